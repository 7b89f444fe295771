"""The gain of each pair, and the noise floor of its target."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from made_tables import QUICK, ask, made_measures, made_results, row, tidy
from warmstart.analysis.evidence import figure_4

PERCENT, POINTS = "percent of the baseline", "AUC points above the target's mean"


def noisy(**sizes):
    """Results whose folds differ in difficulty, for the baseline too."""
    results = made_results(noise=0.02, **sizes)
    hard = np.random.default_rng(3).normal(0, 0.05, len(results))
    return results.assign(value=results["value"] + hard[results["fold"]])


def points(results, *measures, **asked):
    return figure_4(*tidy(results, *measures), replace(QUICK, **asked))


def folds_of(results, target):
    """Fold after fold the AUC of every source, and of random."""
    own = results[results["target"] == target]
    return {
        fold: dict(zip(rows["source"], rows["value"], strict=True))
        for fold, rows in own.groupby("fold")
    }


def deviation(gains):
    """The sample standard deviation, written out."""
    mean = sum(gains) / len(gains)
    return (sum((gain - mean) ** 2 for gain in gains) / (len(gains) - 1)) ** 0.5


@pytest.mark.parametrize("per", ["mean", "fold"])
def test_the_spread_is_of_what_each_repeat_gains_over_its_own_baseline(per):
    results = noisy(sources=3, targets=2)
    results = results.drop(results.query("source == 's1' and fold == 2").index)
    found = points(results, made_measures(results, 0.01), baseline_per=per)
    assert set(found["unit"]) == {PERCENT}
    for one in found.to_dict("records"):
        folds = folds_of(results, one["target"]).values()
        pairs = [(fold[one["source"]], fold["random"]) for fold in folds if one["source"] in fold]
        mean = sum(base for _, base in pairs) / len(pairs)
        gains = [100 * (s - base) / (base if per == "fold" else mean) for s, base in pairs]
        assert one["gain"] == pytest.approx(sum(gains) / len(gains))
        assert one["spread"] == pytest.approx(deviation(gains))


def test_where_all_repeats_gain_the_same_there_is_no_spread():
    results = noisy(sources=3, targets=2)
    random = results["source"] == "random"
    bases = results[random].set_index(["target", "fold"])["value"]
    keys = pd.MultiIndex.from_frame(results[["target", "fold"]])
    own = results["source"].str[1:].replace("andom", "0").astype(float)
    results["value"] = bases.loc[keys].to_numpy() + 0.01 * own
    found = points(results, made_measures(results, 0.01))
    np.testing.assert_allclose(found["spread"], 0, atol=1e-9)


def test_one_repeat_in_common_with_the_baseline_has_no_spread():
    results = noisy(sources=3, targets=2)
    results = results[(results["source"] != "s1") | (results["fold"] == 2)]
    found = points(results, made_measures(results, 0.01)).set_index("source")
    assert found.loc["s1", "spread"].isna().all()
    assert found.loc[["s0", "s2"], "spread"].notna().all()


def test_one_pair_without_a_baseline_gives_all_pairs_of_its_measures_another_unit():
    results = noisy(sources=3, targets=3)
    results = results[(results["source"] != "random") | (results["target"] != "t1")]
    everywhere = made_measures(results, 0.01)
    elsewhere = made_measures(results, 0.01, "elsewhere").query("target != 't1'")
    found = points(results, everywhere, elsewhere)
    units = found.groupby("measure")["unit"].unique().map(list).to_dict()
    assert units == {"good": [POINTS], "elsewhere": [PERCENT]}
    for one in found[found["measure"] == "good"].to_dict("records"):
        above = []
        for fold in folds_of(results, one["target"]).values():
            values = [value for source, value in fold.items() if source != "random"]
            above.append(100 * (fold[one["source"]] - sum(values) / 3))
        assert one["gain"] == pytest.approx(sum(above) / len(above))
        assert one["spread"] == pytest.approx(deviation(above))


def test_without_a_baseline_gains_are_over_the_mean_of_the_target():
    results = made_results(repeats=1)
    results = results[results["source"] != "random"]
    found = ask(results, made_measures(results, 0.01))
    assert set(found.points["unit"]) == {"AUC points above the target's mean"}
    np.testing.assert_allclose(found.points.groupby("target")["gain"].sum(), 0, atol=1e-9)
    assert np.isfinite(row(found, "good", "pearson", "pooled")["value"])


def test_the_noise_floor_is_the_distance_of_a_target_to_itself():
    results = made_results()
    near = made_measures(results, 0.0, higher=False)
    near["value"] += 1
    itself = pd.DataFrame({"source": ["t0"], "target": ["t0"], "measure": "good", "value": [0.07]})
    found = ask(results, pd.concat([near, itself.assign(higher_is_better=False)]))
    floors = found.points.groupby("target")["floor"].first()
    assert floors["t0"] == 0.07
    assert floors.drop("t0").isna().all()
    given = near.assign(floor=np.where(near["target"] == "t1", 0.03, np.nan))
    floors = ask(results, given).points.groupby("target")["floor"].first()
    assert floors["t1"] == 0.03
    assert floors.drop("t1").isna().all()


def test_a_floor_that_is_zero_by_definition_is_none():
    results = made_results()
    near = made_measures(results, 0.0, higher=False).assign(floor=0.0)
    assert points(results, near)["floor"].isna().all()
