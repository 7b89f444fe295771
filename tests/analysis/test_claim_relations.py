"""Claims about correlations are judged on sources and networks whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from warmstart.analysis.claim_relations import HAND_MADE, rank_interval, relate_claims
from warmstart.analysis.claims import COLUMNS, Claim, verdicts
from warmstart.analysis.tidy import RESULTS, tidy_measures, tidy_results

FOLDS = 3


def results(means, **more):
    """Tidy results of (network, source, arm, target) with known means."""
    rows = [
        dict(zip(("network", "source", "arm", "target"), place, strict=True))
        | {"seed": 0, "fold": fold, "metric": "auc", "value": mean + 0.0001 * (fold - 1)}
        | {"n_train": 80, "n_test": 20}
        | {name: value.get(place, "") for name, value in more.items()}
        for place, mean in means.items()
        for fold in range(FOLDS)
    ]
    return tidy_results(pd.DataFrame(rows), "results").table


def measure(values, *, name="far", better="lower", network=""):
    """A tidy table of one measure, by source or (source, target)."""
    rows = [
        {"source": place[0], "target": place[1], "measure": name, "value": value}
        | {"higher_is_better": better == "higher", "network": network}
        for place, value in values.items()
    ]
    return tidy_measures(pd.DataFrame(rows), "measures").table


def judged(claim, table, measures, planned=None):
    places = table if planned is None else planned
    baseline = {"baseline": "random", "baseline_per": "mean"}
    compared = relate_claims([claim], table, measures, places, "auc", **baseline)
    assert compared.columns.tolist() == COLUMNS
    return verdicts([claim], compared).iloc[0], compared


def a_claim(**changes):
    own = {"name": "c", "says": "It says little", "relate": "far", "expect": "little"}
    return Claim(**{**own, "within": 0.5, **changes})


def sources(gains, distances, target="t"):
    """Sources of given AUC and distance."""
    names = [f"s{i:03d}" for i in range(len(gains))]
    places = {("n", s, "full", target): 0.7 + 0.001 * g for s, g in zip(names, gains, strict=True)}
    return places, {(s, target): d for s, d in zip(names, distances, strict=True)}


def drawn(n, rho, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x, rho * x + np.sqrt(1 - rho**2) * rng.normal(size=n)


@pytest.mark.parametrize("n", [6, 8, 25])
def test_the_correlation_is_spearmans_and_a_small_distance_should_be_better(n):
    gains, distances = drawn(n, -0.6, seed=n)
    means, values = sources(gains, distances)
    _, compared = judged(a_claim(), results(means), measure(values))
    expected = -stats.spearmanr(gains, distances).statistic
    row = compared.iloc[0]
    assert row["difference"] == pytest.approx(expected)
    assert (row["n"], row["target"], row["network"], row["arm"]) == (n, "t", "n", "full")
    error = np.sqrt((1 + expected**2 / 2) / (n - 3))
    ends = np.tanh(np.arctanh(expected) + stats.norm.ppf([0.025, 0.975]) * error)
    assert (row["low"], row["high"]) == pytest.approx(tuple(ends))


@pytest.mark.parametrize("n", [6, 8, 20])
@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_the_interval_misses_the_truth_on_each_side_as_rarely_as_it_says(n, rho):
    """Simulated; Spearman's correlation of normal variables is known."""
    rng = np.random.default_rng(n)
    x = rng.normal(size=(4000, n))
    y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=(4000, n))
    truth = 6 / np.pi * np.arcsin(rho / 2)
    found = [stats.spearmanr(*pair).statistic for pair in zip(x, y, strict=True)]
    ends = np.array([rank_interval(value, n) for value in found])
    noise = 3 * np.sqrt(0.025 * 0.975 / 4000)
    assert (ends[:, 0] > truth).mean() < 0.025 + noise
    assert (ends[:, 1] < truth).mean() < 0.025 + noise
    assert ((ends[:, 0] < truth) & (truth < ends[:, 1])).mean() < 0.99  # not needlessly wide


@pytest.mark.parametrize(
    ("n", "rho", "expect", "verdict"),
    [
        (60, 0.0, "little", "holds"),
        (60, 0.95, "little", "fails"),
        (60, -0.95, "little", "fails"),
        (8, 0.0, "little", "undecided"),
        (60, 0.6, "higher", "holds"),
        (60, -0.6, "higher", "fails"),
        (8, 0.3, "higher", "undecided"),
    ],
)
def test_what_says_little_and_what_says_much(n, rho, expect, verdict):
    gains, scores = drawn(n, rho, seed=5)
    means, values = sources(gains, scores)
    found, _ = judged(
        a_claim(expect=expect, within=0.5 if expect == "little" else 0.0),
        results(means),
        measure(values, better="higher"),
    )
    assert found["verdict"] == verdict


def test_the_whole_of_a_verdict():
    means, values = sources(range(6), [1, 3, 2, 5, 4, 6])
    found, compared = judged(a_claim(), results(means), measure(values, better="higher"))
    assert compared["difference"].item() == pytest.approx(1 - 6 * 4 / 210)
    low, high = rank_interval(1 - 24 / 210, 6)
    assert (found["verdict"], found["why"]) == (
        "undecided",
        "1 of 1 comparison: rank correlation with far (n, full) on t "
        f"+0.886 [{low:.3f}, {high:.3f}]",
    )


def test_perfect_agreement_of_few_sources_is_no_certainty():
    low, high = rank_interval(1.0, 6)
    assert 0.5 < low < high < 1
    assert rank_interval(-1.0, 6) == pytest.approx((-high, -low))


def test_each_target_is_a_comparison_and_one_that_fails_is_enough():
    gains, distances = drawn(40, 0.0, seed=2)
    quiet, far = sources(gains, distances, target="quiet")
    loud, near = sources(gains, -np.asarray(gains), target="loud")
    table, measures = results(quiet | loud), measure(far | near)
    found, compared = judged(a_claim(), table, measures)
    assert compared.set_index("target")["outcome"].to_dict() == {"quiet": "holds", "loud": "fails"}
    assert found["verdict"] == "fails"
    only, _ = judged(a_claim(targets=("quiet",)), table, measures)
    assert only["verdict"] == "holds"


def test_the_target_itself_and_what_has_seen_its_images_do_not_count():
    gains, distances = drawn(10, 0.5)
    means, values = sources(gains, distances)
    itself, seen = ("n", "t", "full", "t"), ("n", "s000", "full", "t")
    means[itself], values["t", "t"] = 0.99, 0.0
    table = results(means, shares_images={place: place == seen for place in means})
    _, compared = judged(a_claim(), table, measure(values))
    expected = -stats.spearmanr(gains[1:], distances[1:]).statistic
    assert compared["n"].item() == 9
    assert compared["difference"].item() == pytest.approx(expected)


def test_too_few_sources_are_undecided_with_what_to_do():
    means, values = sources(range(8), range(8))
    told = {place: value for place, value in values.items() if place[0] < "s005"}
    found, _ = judged(a_claim(), results(means), measure(told))
    assert (found["verdict"], found["why"]) == (
        "undecided",
        "1 of 1 comparison: rank correlation with far (n, full) on t (far is known of 5 sources, "
        f"at least 6 are needed; {HAND_MADE})",
    )
    found, _ = judged(a_claim(relate="near"), results(means), measure(values))
    assert "(near is known of 0 sources, at least 6 are needed; " in found["why"]


def test_before_anything_has_run_a_correlation_is_undecided():
    means, values = sources(range(8), range(8))
    nothing = pd.DataFrame(columns=RESULTS)
    found, _ = judged(a_claim(), nothing, measure(values), planned=results(means))
    assert (found["verdict"], found["why"]) == (
        "undecided",
        "1 of 1 comparison: rank correlation with far (n, full) on t (no results)",
    )


def test_networks_are_ranked_with_the_sources_that_a_claim_names():
    """Seven networks; two have their weights from elsewhere, under another name of source."""
    gains, accuracies = drawn(7, 0.4, seed=3)
    role = {i: "here" if i < 5 else "published" for i in range(7)}
    means = {(f"n{i}", role[i], "full", "t"): 0.8 + 0.01 * g for i, g in enumerate(gains)}
    means |= {(f"n{i}", "random", "full", "t"): 0.7 for i in range(7)}
    rows = [
        {"network": f"n{i}", "source": role[i], "target": "t", "measure": "accuracy"}
        | {"value": value, "higher_is_better": True}
        for i, value in enumerate(accuracies)
    ]
    rows += [rows[0] | {"source": "random", "value": 9.0}]
    claim = a_claim(
        relate="accuracy",
        over="networks",
        compare={"source": ["here", "published"], "arm": ["full"]},
    )
    measures = tidy_measures(pd.DataFrame(rows), "measures").table
    found, compared = judged(claim, results(means), measures)
    assert compared["n"].item() == 7
    expected = stats.spearmanr(gains, accuracies).statistic
    assert compared["difference"].item() == pytest.approx(expected)
    assert found["why"].startswith("1 of 1 comparison: rank correlation with accuracy (full) on t ")


def test_the_mean_over_labels_is_ranked_unless_a_label_is_named():
    first, distances = drawn(12, 0.8, seed=1)
    second = np.random.default_rng(8).normal(size=12) * 3
    tables = []
    for label, gains in (("x", first), ("y", second)):
        means, values = sources(gains, distances)
        tables.append(results(means).assign(label=label))
    table = pd.concat(tables, ignore_index=True)
    for label, gains in (("x", first), ("y", second), ("", first + second)):
        _, compared = judged(a_claim(label=label), table, measure(values))
        expected = -stats.spearmanr(gains, distances).statistic
        assert compared["difference"].item() == pytest.approx(expected)


def test_failing_is_corrected_for_the_number_of_targets():
    tables, rows = {}, {}
    for target in "tuvw":
        gains, distances = drawn(15, -0.9, seed=ord(target))
        means, values = sources(gains, distances, target)
        tables, rows = tables | means, rows | values
    _, together = judged(a_claim(), results(tables), measure(rows))
    alone = [
        judged(a_claim(targets=(t,)), results(tables), measure(rows))[1]["p_fails"].item()
        for t in "tuvw"
    ]
    known = np.array(alone)
    assert known.max() < 1
    assert together["p_fails"].min() == pytest.approx(min(1, 4 * known.min()))
