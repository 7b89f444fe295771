"""Rankings that cost nothing, which a measure must beat."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from made_tables import ask, made_measures, made_results, row, tidy
from warmstart.analysis.agreement import STATISTICS
from warmstart.analysis.baselines import PRIOR, RANDOM, prior
from warmstart.analysis.cells import cells_of


def test_the_prior_never_sees_the_target_or_its_relatives():
    results = made_results(shared=0.5)
    results["origin"] = results["target"].replace({"t0": "scans", "t1": "scans"})
    cells, _ = cells_of(tidy(results)[0], "auc")
    before = prior(cells)[0]
    changed = results.copy()
    own = changed["target"].isin(["t0", "t1"])
    changed.loc[own, "value"] = np.random.default_rng(9).random(own.sum())
    after = prior(cells_of(tidy(changed)[0], "auc")[0])[0]
    np.testing.assert_allclose(before, after)


def test_the_prior_by_hand_and_for_a_source_tried_nowhere_else():
    rows = [("a", "t", 0.9), ("b", "t", 0.7), ("a", "u", 0.6), ("b", "u", 0.8), ("new", "t", 0.8)]
    results = pd.DataFrame(rows, columns=["source", "target", "value"])
    cells, _ = cells_of(tidy(results)[0], "auc")
    by_target = dict(zip([cell.target for cell in cells], prior(cells), strict=True))
    assert by_target["t"].tolist() == pytest.approx([-1.0, 1.0, 0.0])  # a, b, new


def test_baselines_choose_among_what_measures_speak_of():
    results = made_results()
    measure = made_measures(results, 0.01)
    found = ask(results, measure[measure["source"] != "s7"])
    assert row(found, RANDOM, "kendall")["pairs"] == 42
    assert row(ask(results), RANDOM, "kendall")["pairs"] == 48  # all but the baseline


def test_random_choice_is_what_a_draw_gives():
    results = made_results(repeats=1)
    found = row(ask(results, made_measures(results, 0.01)), RANDOM, "regret_1")
    means = results[results["source"] != "random"].groupby("target")["value"]
    assert found["value"] == pytest.approx(100 * (means.max() - means.mean()).mean())
    assert row(ask(results), RANDOM, "weighted_tau")["value"] == 0.0


def test_sizes_make_baselines():
    results = made_results()
    results["source_images"] = results["source"].str[1:].replace({"andom": None}).astype(float)
    found = ask(results, made_measures(results, 0.01))
    assert row(found, "larger dataset", "kendall")["pairs"] == 48
    assert "larger model" not in set(found.agreement["measure"])


def test_always_imagenet_is_found_in_any_spelling():
    results = made_results().replace({"s2": "ImageNet"})
    found = ask(results, made_measures(results, 0.01))
    means = results[results["source"] != "random"].groupby(["target", "source"])["value"].mean()
    regret = [100 * (means[t].max() - means[t]["ImageNet"]) for t in results["target"].unique()]
    assert row(found, "always imagenet", "regret_1")["value"] == pytest.approx(np.mean(regret))


def test_one_target_has_no_prior_and_no_interval_over_targets():
    results = made_results(targets=1)
    found = ask(results, made_measures(results, 0.01))
    assert PRIOR not in set(found.agreement["measure"])
    assert found.agreement["targets_low"].isna().all()
    assert (
        "With one target, or relatives only, there is no experience with others: no prior."
        in found.notes
    )
    assert np.isnan(found.ranks.p)


def test_the_prior_stands_beside_each_measure_on_the_same_candidates():
    results = made_results(sources=5, targets=4, repeats=1, shared=0.7)
    every = made_measures(results, 0.02, "every")
    gap = ~(every["source"].isin(["s0", "s1"]) & (every["target"] != "t3"))
    some = every[gap].assign(measure="some")
    found = ask(results, every, some)
    means = results[results["source"] != "random"].pivot(
        index="source", columns="target", values="value"
    )
    standing = (means - means.mean()) / means.std(ddof=0)
    taus, regrets = [], []
    for target in means:
        there = some.loc[some["target"] == target, "source"]
        prior_says = standing.drop(columns=target).mean(axis=1)[there]
        gains = means.loc[there, target]
        taus.append(stats.weightedtau(gains.to_numpy(), prior_says.to_numpy()).statistic)
        regrets.append(100 * (gains.max() - gains[prior_says.idxmax()]))
    assert row(found, "some", "weighted_tau")["prior"] == pytest.approx(np.mean(taus))
    assert row(found, "some", "regret_1")["prior"] == pytest.approx(np.mean(regrets))
    for statistic in STATISTICS:
        whole = row(found, PRIOR, statistic)
        assert row(found, "every", statistic)["prior"] == pytest.approx(whole["value"])
        assert np.isnan(whole["prior"])
