"""Claims are judged on results whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from warmstart.analysis.claim_differences import NO_SPREAD, compare_claims
from warmstart.analysis.claim_numbers import KEPT_COLUMNS, numbers_of
from warmstart.analysis.claims import COLUMNS, Claim, verdicts
from warmstart.analysis.comparison import ALL_EQUAL
from warmstart.analysis.steps import COLUMNS as STEPS

FOLDS = 5


def results(means, *, noise=0.002, folds=FOLDS, seed=0, label=""):
    """Results of places (network, source, arm, target) with known means and a little noise."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            **dict(zip(("network", "source", "arm", "target"), place, strict=True)),
            "seed": 0,
            "fold": fold,
            "label": label,
            "metric": "auc",
            "value": mean + noise * rng.standard_normal(),
            "n_train": 80,
            "n_test": 20,
        }
        for place, mean in means.items()
        for fold in range(folds)
    ]
    return pd.DataFrame(rows)


def at(source, target="t", network="n", arm="full"):
    return network, source, arm, target


def judged(claim, table, planned=None, *, steps=None, kept=None):
    planned = table if planned is None else planned
    compared = compare_claims([claim], numbers(table, steps, kept), planned)
    return verdicts([claim], compared).iloc[0], compared


def numbers(table, steps=None, kept=None):
    steps = pd.DataFrame(columns=STEPS) if steps is None else steps
    kept = pd.DataFrame(columns=KEPT_COLUMNS) if kept is None else kept
    return numbers_of(table, "auc", steps=steps, kept=kept)


def a_claim(**changes):
    return Claim(**{"name": "c", "says": "It is so", "compare": {"source": ["a"]}, **changes})


def test_a_source_that_is_above_all_others_everywhere_holds():
    means = {at("a", t): 0.9 for t in "tu"} | {at(s, t): 0.8 for s in "bc" for t in "tu"}
    verdict, compared = judged(a_claim(), results(means))
    assert verdict["verdict"] == "holds"
    assert verdict["why"].startswith("in all 4 comparisons: a to b on t +0.1")
    assert set(zip(compared["other_source"], compared["target"], strict=True)) == {
        ("b", "t"),
        ("c", "t"),
        ("b", "u"),
        ("c", "u"),
    }


def test_one_source_that_is_above_it_makes_the_claim_fail():
    means = {at("a"): 0.9, at("b"): 0.8, at("c"): 0.95}
    verdict, compared = judged(a_claim(), results(means))
    assert verdict["verdict"] == "fails"
    assert verdict["why"].startswith("1 of 2 comparisons: a to c on t \N{MINUS SIGN}0.0")
    assert compared.set_index("other_source")["outcome"].to_dict() == {"b": "holds", "c": "fails"}


def test_a_difference_that_folds_cannot_show_is_undecided():
    table = results({at("a"): 0.9, at("b"): 0.899}, noise=0.02)
    verdict, _ = judged(a_claim(), table)
    assert verdict["verdict"] == "undecided"


def test_missing_results_are_undecided_and_named():
    planned = results({at("a"): 0.9, at("b"): 0.8, at("c"): 0.8})
    there = planned[planned["source"] != "c"]
    verdict, compared = judged(a_claim(), there, planned)
    assert (verdict["verdict"], verdict["why"]) == (
        "undecided",
        "1 of 2 comparisons: a to c on t (no results)",
    )
    assert compared["outcome"].tolist() == ["holds", "undecided"]


def test_before_anything_has_run_every_claim_is_undecided():
    planned = results({at("a"): 0.9, at("b"): 0.8})
    verdict, _ = judged(a_claim(), planned.head(0), planned)
    assert (verdict["verdict"], verdict["why"]) == (
        "undecided",
        "1 of 1 comparison: a to b on t (no results)",
    )


def test_two_folds_decide_nothing():
    verdict, _ = judged(a_claim(), results({at("a"): 0.9, at("b"): 0.1}, folds=2))
    assert (verdict["verdict"], verdict["why"]) == (
        "undecided",
        "1 of 1 comparison: a to b on t (too few folds (2))",
    )


def test_differences_without_any_spread_decide_nothing():
    verdict, compared = judged(a_claim(), results({at("a"): 0.9, at("b"): 0.8}, noise=0))
    assert verdict["verdict"] == "undecided"
    assert compared["reason"].tolist() == [ALL_EQUAL]


def test_what_is_not_planned_is_not_compared():
    claim = a_claim(to={"source": ["b", "c"]}, targets=("t", "u"))
    means = {at("a", "t"): 0.9, at("b", "t"): 0.8, at("a", "u"): 0.9, at("c", "u"): 0.8}
    verdict, compared = judged(claim, results(means))
    assert verdict["verdict"] == "holds"
    assert len(compared) == 2


def test_a_claim_about_nothing_that_is_planned_says_so():
    verdict, compared = judged(a_claim(targets=("elsewhere",)), results({at("a"): 0.9}))
    assert (verdict["verdict"], verdict["why"]) == (
        "undecided",
        "the study plans nothing that it is about",
    )
    assert compared.columns.tolist() == COLUMNS
    assert compared.empty


@pytest.mark.parametrize(
    ("difference", "expect", "verdict"),
    [
        (0.002, "same", "holds"),
        (0.05, "same", "fails"),
        (-0.05, "same", "fails"),
        (0.012, "same", "undecided"),
        (0.05, "not_lower", "holds"),
        (-0.002, "not_lower", "holds"),
        (-0.05, "not_lower", "fails"),
        (-0.012, "not_lower", "undecided"),
    ],
)
def test_what_counts_as_the_same(difference, expect, verdict):
    noise = np.array([-2, -1, 0, 1, 2]) * 0.002
    table = results({at("a"): 0.8, at("b"): 0.8}, noise=0)
    table.loc[table["source"] == "a", "value"] += difference + noise
    found, _ = judged(a_claim(expect=expect, within=0.01), table)
    assert found["verdict"] == verdict


def test_networks_and_arms_are_compared_where_all_else_is_equal():
    means = {
        (network, source, arm, "t"): 0.8 + 0.1 * (source == "a")
        for network in "mn"
        for source in "ab"
        for arm in ("full", "few")
    }
    claim = a_claim(compare={"source": ["a"], "arm": ["few"]}, to={"source": ["b"]})
    _, compared = judged(claim, results(means))
    assert compared["network"].tolist() == compared["other_network"].tolist() == ["m", "n"]
    assert set(compared["arm"]) == set(compared["other_arm"]) == {"few"}

    across = a_claim(
        compare={"network": ["m"], "source": ["a"]}, to={"network": ["n"], "source": ["b"]}
    )
    verdict, compared = judged(across, results(means))
    assert compared[["arm", "other_arm"]].values.tolist() == [["full", "full"], ["few", "few"]]
    assert "m a to n b on t" in verdict["why"]


def test_the_mean_over_labels_is_compared_unless_a_label_is_named():
    good = results({at("a"): 0.9, at("b"): 0.8}, label="x")
    bad = results({at("a"): 0.2, at("b"): 0.5}, label="y", seed=1)
    table = pd.concat([good, bad], ignore_index=True)
    for label, verdict, difference in (
        ("x", "holds", 0.1),
        ("y", "fails", -0.3),
        ("", "fails", -0.1),
    ):
        found, compared = judged(a_claim(label=label), table)
        assert found["verdict"] == verdict
        assert compared["difference"].item() == pytest.approx(difference, abs=0.01)


def test_the_test_is_that_of_nadeau_and_bengio():
    table = results({at("a"): 0.9, at("b"): 0.89}, noise=0.01)
    _, compared = judged(a_claim(), table)
    values = table.pivot(index="fold", columns="source", values="value")
    d = values["a"] - values["b"]
    error = np.sqrt((1 / FOLDS + 20 / 80) * d.var(ddof=1))
    t = d.mean() / error
    row = compared.iloc[0]
    assert row["p_holds"] == pytest.approx(2 * stats.t.sf(abs(t), FOLDS - 1))
    ends = stats.t.interval(0.95, FOLDS - 1, loc=d.mean(), scale=error)
    assert (row["low"], row["high"]) == pytest.approx(ends)


def test_equivalence_is_the_worse_of_two_tests():
    table = results({at("a"): 0.9, at("b"): 0.898}, noise=0.002)
    _, compared = judged(a_claim(expect="same", within=0.01), table)
    values = table.pivot(index="fold", columns="source", values="value")
    d = values["a"] - values["b"]
    error = np.sqrt((1 / FOLDS + 20 / 80) * d.var(ddof=1))
    both = [2 * stats.t.sf(abs(d.mean() - bound) / error, FOLDS - 1) for bound in (-0.01, 0.01)]
    assert compared["p_holds"].item() == pytest.approx(max(both))


def test_failing_is_corrected_for_the_number_of_comparisons_and_holding_is_not():
    means = {at("a"): 0.8} | {at(s): 0.79 for s in "bcdefg"}
    many = results(means, noise=0.004, seed=3)
    _, compared = judged(a_claim(), many)
    alone = [judged(a_claim(to={"source": [s]}), many)[1]["p_holds"].item() for s in "bcdefg"]
    assert compared["p_holds"].tolist() == pytest.approx(alone)

    swapped = many.assign(value=1 - many["value"])
    _, compared = judged(a_claim(), swapped)
    raw = [judged(a_claim(to={"source": [s]}), swapped)[1]["p_fails"].item() for s in "bcdefg"]
    assert min(compared["p_fails"]) == pytest.approx(6 * min(raw))


def test_claims_keep_their_order_and_are_judged_one_by_one():
    table = results({at("a"): 0.9, at("b"): 0.8})
    claims = [a_claim(name="second", compare={"source": ["b"]}), a_claim(name="first")]
    found = verdicts(claims, compare_claims(claims, numbers(table), table))
    assert found[["claim", "verdict"]].values.tolist() == [["second", "fails"], ["first", "holds"]]


# Other numbers than the metric. A run is measured every 10 steps, to step 100.


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
