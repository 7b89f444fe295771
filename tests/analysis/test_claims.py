"""Claims are judged on results whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from made_claims import FOLDS, a_claim, at, judged, numbers, results
from warmstart.analysis.claim_differences import compare_claims
from warmstart.analysis.claims import COLUMNS, verdicts
from warmstart.analysis.comparison import ALL_EQUAL


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
