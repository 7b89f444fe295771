"""Claims about other numbers than the metric. A run is measured every 10 steps, to step 100."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from made_claims import a_claim, at, judged, results
from warmstart.analysis.claim_differences import NO_SPREAD
from warmstart.analysis.claim_numbers import KEPT_COLUMNS
from warmstart.analysis.steps import COLUMNS as STEPS


def steps(of, *, measured_to=100):
    """Steps that runs of sources took to the threshold, by fold; None for never."""
    rows = [
        ["n", source, "full", "t", 0, fold, 0.9, step, step, measured_to]
        for source, found in of.items()
        for fold, step in enumerate(found)
    ]
    table = pd.DataFrame(rows, columns=STEPS)
    return table.astype(dict.fromkeys(["crossed", "stayed", "measured_to"], "Int64"))


def faster(**changes):
    return a_claim(number="steps", to={"source": ["b"]}, expect="lower", **changes)


RUNS = results({at(s): 0.8 for s in "abcd"})


def interval(d):
    error = np.sqrt((1 / len(d) + 20 / 80) * np.var(d, ddof=1))
    return stats.t.interval(0.95, len(d) - 1, loc=np.mean(d), scale=error)


def test_fewer_steps_to_the_threshold_hold_and_more_fail():
    quick, slow = [10, 20, 10, 20, 20], [80, 80, 90, 70, 80]
    table = steps({"a": quick, "b": slow})
    verdict, compared = judged(faster(), RUNS, steps=table)
    low, high = interval(np.subtract(quick, slow))
    assert (compared["low"].item(), compared["high"].item()) == pytest.approx((low, high))
    shown = f"-64 steps [{low:.0f}, {high:.0f}]".replace("-", "\N{MINUS SIGN}")
    assert (verdict["verdict"], verdict["why"]) == (
        "holds",
        f"in 1 comparison: a to b on t {shown}",
    )
    verdict, _ = judged(faster(), RUNS, steps=steps({"a": slow, "b": quick}))
    assert (verdict["verdict"], verdict["why"]) == (
        "fails",
        f"1 of 1 comparison: a to b on t +64 steps [{-high:.0f}, {-low:.0f}]",
    )


def test_a_run_that_never_got_there_counts_as_long_as_it_was_measured():
    table = steps({"a": [10, 20, None, 20, 20], "b": [80, None, 90, None, 80]})
    _, compared = judged(faster(), RUNS, steps=table)
    expected = np.subtract([10, 20, 100, 20, 20], [80, 100, 90, 100, 80])
    assert compared["difference"].item() == pytest.approx(expected.mean())
    assert compared[["low", "high"]].iloc[0].tolist() == pytest.approx(interval(expected))


def test_runs_that_were_measured_to_different_steps_are_compared_up_to_the_fewer():
    """A run of 300 steps that gets there at 200 is not slower than one that stopped at 100."""
    long = steps({"a": [200, 200, 150, 20, 30]}, measured_to=300)
    short = steps({"b": [None, 90, None, 80, 70]})
    _, compared = judged(faster(), RUNS, steps=pd.concat([long, short], ignore_index=True))
    expected = np.subtract([100, 100, 100, 20, 30], [100, 90, 100, 80, 70])
    assert compared["difference"].item() == pytest.approx(expected.mean())


def test_steps_that_folds_cannot_tell_apart_are_undecided():
    table = steps({"a": [10, 90, 20, 80, 30], "b": [40, 50, 30, 60, 50]})
    assert judged(faster(), RUNS, steps=table)[0]["verdict"] == "undecided"


@pytest.mark.parametrize(
    ("table", "runs", "reason"),
    [
        (steps({"a": [None] * 5, "b": [None] * 5}), RUNS, NO_SPREAD),
        (
            steps({"a": [10] * 5}),
            RUNS,
            "no AUC recorded on the way; set finetune.record_every",
        ),
        (steps({"a": [10] * 5}), RUNS[RUNS["source"] != "b"], "no results"),
        (
            steps({"a": [10, 20], "b": [80, 90]}),
            RUNS[RUNS["fold"] < 2],
            "too few folds (2)",
        ),
    ],
    ids=["never", "not recorded", "not trained", "two folds"],
)
def test_steps_that_are_missing_are_undecided_with_what_to_do(table, runs, reason):
    verdict, _ = judged(faster(), runs, RUNS, steps=table)
    assert (verdict["verdict"], verdict["why"]) == (
        "undecided",
        f"1 of 1 comparison: a to b on t ({reason})",
    )


def test_one_difference_is_judged_against_another():
    """From a to b much is saved, from b to c little, from c to d a good deal."""
    of = {"a": [90, 80, 90, 90, 80], "b": [40, 40, 30, 40, 40], "c": [30, 40, 30, 30, 30]}
    of |= {"d": [10, None, 10, 100, 10]}
    saved = a_claim(
        number="steps",
        compare={"source": ["b"]},
        to={"source": ["a"]},
        expect="lower",
        than=tuple(({"source": [one]}, {"source": [other]}) for one, other in ("cb", "dc")),
    )
    verdict, compared = judged(saved, RUNS, steps=steps(of))
    assert compared["than"].tolist() == ["c to b", "d to c"]
    assert compared["outcome"].tolist() == ["holds", "undecided"]
    capped = of | {"d": [10, 100, 10, 100, 10]}
    for (later, earlier), row in zip(("cb", "dc"), compared.itertuples(), strict=True):
        expected = np.subtract(of["b"], of["a"]) - np.subtract(capped[later], of[earlier])
        assert row.difference == pytest.approx(expected.mean())
        assert (row.low, row.high) == pytest.approx(interval(expected))
    assert verdict["why"].startswith("1 of 2 comparisons: b to a against d to c on t ")


def kept(of):
    """What stages of runs of networks kept of their start, from input to output."""
    rows = [
        [network, "a", "full", "t", 0, fold, stage, value, 0.1]
        for (network, stage), found in of.items()
        for fold, value in enumerate(found)
    ]
    return pd.DataFrame(rows, columns=KEPT_COLUMNS)


NETWORKS = results({at("a", network=network): 0.8 for network in ("large-net", "small-net")})
KEPT = kept(
    {
        ("large-net", "conv1"): [0.95, 0.96, 0.94, 0.95, 0.95],
        ("large-net", "block1"): [0.90, 0.90, 0.91, 0.89, 0.90],
        ("large-net", "block2"): [0.60, 0.61, 0.60, 0.60, 0.59],
        ("small-net", "conv1"): [0.50, 0.52, 0.50, 0.51, 0.50],
        ("small-net", "conv2"): [0.50, 0.49, 0.50, 0.50, 0.50],
    }
)


def test_what_networks_kept_is_compared_by_the_mean_of_their_stages():
    claim = a_claim(
        number="kept", compare={"network": ["large-net"]}, to={"network": ["small-net"]}
    )
    verdict, compared = judged(claim, NETWORKS, kept=KEPT)
    large = np.mean([[0.95, 0.96, 0.94, 0.95, 0.95], [0.90, 0.90, 0.91, 0.89, 0.90],
                     [0.60, 0.61, 0.60, 0.60, 0.59]], axis=0)  # fmt: skip
    small = np.mean([[0.50, 0.52, 0.50, 0.51, 0.50], [0.50, 0.49, 0.50, 0.50, 0.50]], axis=0)
    low, high = interval(large - small)
    assert verdict["verdict"] == "holds"
    assert verdict["why"] == (
        f"in 1 comparison: large-net to small-net on t +{(large - small).mean():.3f} "
        f"[{low:.3f}, {high:.3f}]"
    )
    assert compared["n"].item() == 5


def test_what_the_first_stage_kept_is_compared_with_the_last_of_the_same_run():
    claim = a_claim(
        number="kept",
        compare={"network": ["large-net", "small-net"], "stage": ["first"]},
        to={"stage": ["last"]},
    )
    verdict, compared = judged(claim, NETWORKS, kept=KEPT)
    found = compared.set_index("network")
    assert found["difference"].to_dict() == pytest.approx({"large-net": 0.35, "small-net": 0.008})
    assert (set(found["stage"]), set(found["other_stage"])) == ({"first"}, {"last"})
    assert found["outcome"].to_dict() == {"large-net": "holds", "small-net": "undecided"}
    assert verdict["why"].startswith("1 of 2 comparisons: first to last on t (small-net) +0.008 [")


def test_what_was_not_measured_is_undecided_and_names_the_command():
    claim = a_claim(
        number="kept", compare={"network": ["large-net"]}, to={"network": ["small-net"]}
    )
    verdict, _ = judged(claim, NETWORKS)
    assert (verdict["verdict"], verdict["why"]) == (
        "undecided",
        "1 of 1 comparison: large-net to small-net on t (not in kept.csv; `warmstart measures "
        "kept STUDY.toml` writes it)",
    )


def test_a_stage_that_never_answers_is_left_out():
    gone = KEPT.assign(kept=KEPT["kept"].where(KEPT["stage"] != "conv1"))
    claim = a_claim(
        number="kept",
        compare={"network": ["large-net"], "stage": ["first"]},
        to={"network": ["small-net"]},
    )
    _, compared = judged(claim, NETWORKS, kept=gone)
    assert compared["difference"].item() == pytest.approx(0.90 - 0.498)
