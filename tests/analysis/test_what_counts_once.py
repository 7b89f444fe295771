"""Networks, relatives and missing runs: none of them is another target."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from made_tables import QUICK, ask, made_measures, made_results, row

ONCE = ["value", "targets_low", "targets_high", "p", "p_holm", "targets"]


def copied(table, times=3):
    return pd.concat([table.assign(network=f"n{i}") for i in range(times)], ignore_index=True)


def test_the_same_results_under_three_networks_are_no_more_evidence():
    results = made_results(noise=0.02, targets=5)
    measure = made_measures(results, 0.05)
    one = ask(results, measure)
    three = ask(copied(results), copied(measure))
    assert (three.targets, three.places, three.origins) == (5, 15, 5)
    for scope, columns in (("within", ONCE), ("pooled", ["value", "p", "targets"])):
        told = f"scope == '{scope}' and kind != 'ceiling'"
        if scope == "pooled":  # of ties, which copies are, the others make something else
            told += " and statistic in ['pearson', 'spearman']"
        a, b = (found.agreement.query(told) for found in (one, three))
        pd.testing.assert_frame_equal(
            a[columns].reset_index(drop=True), b[columns].reset_index(drop=True)
        )
    assert three.ranks.p == pytest.approx(one.ranks.p)
    assert three.ranks.origins == 5
    pd.testing.assert_frame_equal(three.practical, one.practical)


def test_relatives_count_as_one_in_tests_across_targets():
    results = made_results(noise=0.02, targets=5)
    again = results[results["target"] == "t0"].assign(target="t0 from the side")
    both = pd.concat([results, again], ignore_index=True)
    both["origin"] = both["target"].str.slice(0, 2)
    one, more = ask(results), ask(both)
    assert (more.targets, more.origins, more.ranks.origins) == (6, 5, 5)
    assert more.ranks.p == pytest.approx(one.ranks.p)
    pd.testing.assert_frame_equal(more.practical, one.practical)


def test_what_a_measure_cannot_name_is_lost_all_the_same():
    results = made_results(noise=0.0, targets=4)
    means = results.groupby(["target", "source"])["value"].mean().unstack()
    own = means.drop(columns="random")
    best = own.idxmax(axis=1)
    silent = made_measures(results, 0.0)
    silent = silent[silent["source"] != silent["target"].map(best)]
    found = ask(results, silent, made_measures(results, 0.0, "all"))
    top = own.max(axis=1)
    second = own.apply(lambda values: values.nlargest(2).iloc[-1], axis=1)
    lost = 100 * (top - second).mean()
    assert row(found, "good", "regret_1")["value"] == pytest.approx(lost)
    assert row(found, "good", "hit_3")["value"] == 0.0
    assert row(found, "good", "kendall")["value"] == pytest.approx(1.0)
    assert row(found, "all", "regret_1")["value"] == pytest.approx(0.0)


def test_the_ceiling_of_a_measure_is_that_of_what_it_ranks():
    results = made_results(noise=0.03, repeats=6)
    measure = made_measures(results, 0.03)
    some = measure["source"].isin(["s0", "s1", "s2", "s3"])
    alone = ask(results, measure[some])
    beside = ask(results, measure[some], made_measures(results, 0.03, "all"))
    for statistic in ("kendall", "weighted_tau"):
        shares = [row(found, "good", statistic)["ceiling_share"] for found in (alone, beside)]
        assert shares[1] == pytest.approx(shares[0])
        top = [row(found, "half of the repeats", statistic)["value"] for found in (alone, beside)]
        assert abs(top[0] - top[1]) > 0.005


def test_sources_are_compared_on_the_folds_that_all_of_them_have():
    results = made_results(noise=0.0, repeats=4, targets=3)
    easy = results["fold"] == 0
    results.loc[easy, "value"] += 0.05
    missing = (results["target"] == "t1") & (results["source"] == "s3") & ~easy
    measure = made_measures(results, 0.0)
    whole, holes = ask(results, measure), ask(results[~missing], measure)
    for statistic in ("kendall", "regret_1"):
        a, b = (row(found, "good", statistic)["value"] for found in (whole, holes))
        assert a == pytest.approx(b)
    assert (
        "Runs are missing: on t1 candidates are compared by the 1 of 4 repeats (folds and seeds) "
        "that all of them have."
    ) in holes.notes
    apart = (results["target"] == "t1") & (results["fold"] % 2 == (results["source"] == "s3"))
    assert (
        "Runs are missing: on t1 no repeat was done with all candidates. Each is judged by its "
        "own, so that differences between folds count as differences between candidates."
    ) in ask(results[~apart], measure).notes


def test_what_is_left_out_is_not_compared_either():
    results = made_results(targets=3, noise=0.01)
    itself = results[results["source"] == "s0"].assign(source="t0", value=0.99)
    both = pd.concat([results, itself], ignore_index=True)
    out, kept = (ask(both, question=replace(QUICK, self_pairs=self)) for self in (False, True))
    assert "t0" not in set(out.comparisons.query("target == 't0'")["source"])
    assert "t0" in set(kept.comparisons.query("target == 't0'")["source"])
    assert "random" in set(out.comparisons["source"])


def test_few_targets_have_the_interval_of_student():
    results = made_results(noise=0.01, targets=4)
    measure = made_measures(results, 0.05)
    found = row(ask(results, measure), "good", "kendall")
    means = results.groupby(["target", "source"])["value"].mean()
    taus = [
        stats.kendalltau(means[t][own["source"]].to_numpy(), own["value"].to_numpy()).statistic
        for t, own in measure.groupby("target")
    ]
    low, high = stats.t.interval(0.95, 3, np.mean(taus), stats.sem(taus))
    ends = found["targets_low"], found["targets_high"]
    assert ends == pytest.approx((max(low, -1.0), min(high, 1.0)))
