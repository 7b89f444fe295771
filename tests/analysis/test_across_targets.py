import baycomp
import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from scipy import stats

from made_tables import made_results, tidy
from warmstart.analysis.across_targets import (
    critical_difference,
    friedman,
    pairwise_practical,
    ranks_of,
    signed_rank,
)
from warmstart.analysis.cells import cells_of

Q_AT_5_PERCENT = {2: 1.960, 3: 2.343, 4: 2.569, 5: 2.728, 6: 2.850, 8: 3.031, 10: 3.164}
"""Demsar 2006, table 5a."""


def cells(**options):
    results = made_results(**options)
    return cells_of(tidy(results[results["source"] != "random"])[0], "auc")[0]


@pytest.mark.parametrize("count", Q_AT_5_PERCENT)
def test_critical_difference_has_the_published_quantiles(count):
    error = np.sqrt(count * (count + 1) / (6 * 14))
    assert critical_difference(count, 14) / error == pytest.approx(Q_AT_5_PERCENT[count], abs=1e-3)


def test_ranks_and_friedman_are_those_of_scipy():
    found = ranks_of(cells(sources=5, targets=9, shared=0.5))
    gains = np.array([cell.gains for cell in cells(sources=5, targets=9, shared=0.5)])
    assert found.p == pytest.approx(stats.friedmanchisquare(*gains.T).pvalue)
    ranks = stats.rankdata(-gains, axis=1).mean(axis=0)
    own = found.table.set_index("candidate")["rank"]
    assert own[[f"s{i}" for i in range(5)]].tolist() == pytest.approx(ranks)


def test_nemenyi_agrees_with_the_critical_difference():
    found = ranks_of(cells(sources=6, targets=12, shared=0.8))
    rank = found.table.set_index("candidate")["rank"]
    apart = np.abs(rank[found.pairs["candidate"]].values - rank[found.pairs["other"]].values)
    assert ((found.pairs["p"] < 0.05) == (apart > found.critical_difference)).all()


def test_nemenyi_is_that_of_scikit_posthocs():
    made = cells(sources=6, targets=12, shared=0.8)
    expected = scikit_posthocs.posthoc_nemenyi_friedman(np.array([cell.gains for cell in made]))
    pairs = ranks_of(made).pairs
    number = {name: i for i, name in enumerate(made[0].names)}
    of_library = [
        expected.iloc[number[a], number[b]]
        for a, b in zip(pairs["candidate"], pairs["other"], strict=True)
    ]
    assert len(pairs) == 15
    assert pairs["p"].tolist() == pytest.approx(of_library, abs=1e-12)


def test_candidates_that_are_missing_somewhere_are_named():
    results = made_results(sources=4)
    gone = (results["source"] == "s1") & (results["target"] == "t0")
    found = ranks_of(cells_of(tidy(results[~gone])[0], "auc")[0])
    assert found.left_out == ("s1",)
    assert "s1" not in set(found.table["candidate"])


def test_two_candidates_or_one_target_are_not_tested():
    assert np.isnan(ranks_of(cells(sources=2)).p)
    assert np.isnan(ranks_of(cells(targets=1)).critical_difference)
    assert friedman(np.full((4, 3), 2.0)) == 1.0


def by_definition(d, rope, rng, draws=4000):
    """Share of draws in which below, within, above has the most Walsh averages."""
    z = np.concatenate([[0.0], d])
    wins = np.zeros(3)
    for _ in range(draws):
        weights = rng.dirichlet([0.5] + [1.0] * len(d))
        share = np.zeros(3)
        for i, a in enumerate(z):
            for j, b in enumerate(z):
                mean = (a + b) / 2
                share[0 if mean < -rope else 2 if mean > rope else 1] += weights[i] * weights[j]
        wins[np.argmax(share)] += 1
    return wins / draws


@pytest.mark.parametrize(
    ("d", "rope"),
    [
        ([0.83, 1.5, -0.2, 2.0, 0.1, 0.94], 0.5),
        ([0.83, 1.5, -0.2, 2.0, 0.1, 0.94], 0.0),
        ([0.0, 0.0, 0.0, 0.0], 0.0),
        ([0.0, 0.0, -0.5, 0.0, 1.0], 0.0),
        ([1.0, 0.0, 1.0, -1.0, 0.0], 0.5),  # Walsh averages on the ends of the region
    ],
)
def test_signed_rank_is_its_definition(d, rope):
    d = np.array(d)
    found = signed_rank(d, rope=rope, rng=np.random.default_rng(0))
    expected = by_definition(d, rope, np.random.default_rng(1))
    assert found == pytest.approx(tuple(expected), abs=0.03)
    assert sum(found) == pytest.approx(1.0)


@pytest.mark.parametrize(("targets", "rope"), [(4, 0.5), (11, 0.5), (11, 1.0)])
def test_signed_rank_is_that_of_baycomp(targets, rope):
    d = np.random.default_rng(targets).normal(0.4, 1.0, targets)
    found = signed_rank(d, rope=rope, rng=np.random.default_rng(0))
    expected = baycomp.SignedRankTest.probs(
        np.zeros(targets), d, rope, nsamples=20_000, random_state=1
    )
    assert found == pytest.approx(tuple(map(float, expected)), abs=0.02)


def test_signed_rank_sees_what_is_plain():
    rng = np.random.default_rng(0)
    assert signed_rank(np.full(8, 3.0), rope=0.5, rng=rng)[2] > 0.99
    assert signed_rank(np.full(8, 0.1), rope=0.5, rng=rng)[1] == 1.0
    low, _, high = signed_rank(np.array([-2.0, 2.0, -1.0, 1.0]), rope=0.1, rng=rng)
    assert low == pytest.approx(high, abs=0.02)


def test_equal_candidates_are_the_same_also_without_a_region():
    for d in (np.zeros(5), np.full(5, 1e-14), np.array([3e-15, -2e-14])):
        for rope in (0.0, 0.5):
            assert signed_rank(d, rope=rope, rng=np.random.default_rng(0)) == (0.0, 1.0, 0.0)


def test_pairs_with_one_origin_in_common_are_left_out():
    rows = [("a", "t", 0.9), ("b", "t", 0.8), ("a", "u", 0.9), ("b", "u", 0.7), ("c", "u", 0.5)]
    results = pd.DataFrame(rows, columns=["source", "target", "value"])
    found = pairwise_practical(cells_of(tidy(results)[0], "auc")[0], rope=0.5, seed=0)
    assert found[["candidate", "other", "origins"]].to_numpy().tolist() == [["a", "b", 2]]
    assert found["difference"].item() == pytest.approx(15.0)
