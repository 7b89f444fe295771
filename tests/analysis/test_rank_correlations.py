import numpy as np
import pytest
from scipy import stats

from warmstart.analysis.rank_correlations import (
    CORRELATIONS,
    kendall,
    pearson,
    spearman,
    weighted_pearson,
    weighted_ranks,
    weighted_tau,
)

SCIPY = {
    "pearson": stats.pearsonr,
    "spearman": stats.spearmanr,
    "kendall": stats.kendalltau,
    "weighted_tau": stats.weightedtau,
}
every = pytest.mark.parametrize("name", CORRELATIONS)


def pairs(seed, n, ties):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(2, n))
    return np.round(2 * values) if ties else values


@every
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("n", [2, 3, 15, 60])
def test_equals_scipy(name, n, ties):
    for seed in range(5):
        x, y = pairs(seed, n, ties)
        if np.ptp(x) and np.ptp(y):
            expected = SCIPY[name](x, y).statistic
            assert CORRELATIONS[name](x, y) == pytest.approx(expected, abs=1e-12)


def test_weighted_tau_ranks_by_both_arguments_as_scipy_does_by_default():
    x, y = [4.0, 3.0, 2.0, 1.0], [3.0, 4.0, 1.0, 2.0]
    by_both = stats.weightedtau(x, y, rank=True).statistic
    by_one = [stats.weightedtau(*pair, rank=None).statistic for pair in ((x, y), (y, x))]
    assert by_both == pytest.approx(np.mean(by_one))
    assert weighted_tau(np.array(x), np.array(y)) == pytest.approx(by_both)
    # pair (i, j) weighs 1 / (1 + r_i) + 1 / (1 + r_j), r counted from 0 at the top
    weigh = [1, 1 / 2, 1 / 3, 1 / 4]
    total = 3 * sum(weigh)
    wrong = weigh[0] + weigh[1] + weigh[2] + weigh[3]  # the pairs (0, 1) and (2, 3) are exchanged
    assert by_both == pytest.approx((total - 2 * wrong) / total)


@every
def test_many_rows_at_once_are_the_single_ones(name, monkeypatch):
    rng = np.random.default_rng(0)
    x, y = np.round(rng.normal(size=(2, 7, 9)), 1)
    correlation = CORRELATIONS[name]
    single = [correlation(a, b) for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(correlation(x, y), single, atol=1e-12)
    np.testing.assert_allclose(correlation(x, y[0]), [correlation(a, y[0]) for a in x], atol=1e-12)
    monkeypatch.setattr("warmstart.analysis.rank_correlations.MOST_CELLS", 1)
    np.testing.assert_allclose(correlation(x, y), single, atol=1e-12)


@every
def test_what_says_the_same_of_all_agrees_as_well_as_chance(name):
    x = np.array([0.1, 0.1, 0.1])
    assert CORRELATIONS[name](x, np.array([1.0, 2.0, 3.0])) == 0.0
    assert CORRELATIONS[name](np.array([1.0, 2.0, 3.0]), x) == 0.0
    assert CORRELATIONS[name](np.array([1.0]), np.array([2.0])) == 0.0


@every
def test_turned_round_it_changes_its_sign(name):
    x, y = pairs(3, 12, ties=False)
    assert CORRELATIONS[name](y, x) == pytest.approx(CORRELATIONS[name](x, y))
    if name != "weighted_tau":  # there the top has another place
        assert CORRELATIONS[name](-x, y) == pytest.approx(-CORRELATIONS[name](x, y))


def test_weights_stand_for_repetition():
    x, y = pairs(1, 8, ties=True)
    counts = np.array([[2.0, 0, 1, 3, 1, 0, 1, 2], [1.0] * 8])
    for weights, found in zip(counts, weighted_pearson(x, y, counts), strict=True):
        rows = np.repeat(np.arange(8), weights.astype(int))
        assert found == pytest.approx(stats.pearsonr(x[rows], y[rows]).statistic)
    ranks = [weighted_ranks(values, counts) for values in (x, y)]
    for weights, found in zip(counts, weighted_pearson(*ranks, counts), strict=True):
        rows = np.repeat(np.arange(8), weights.astype(int))
        assert found == pytest.approx(stats.spearmanr(x[rows], y[rows]).statistic)


def test_all_are_told_apart_from_each_other():
    x = np.array([0.0, 1.0, 2.0, 30.0])
    y = np.array([0.0, 2.0, 1.0, 3.0])
    found = {f(x, y).round(6).item() for f in (pearson, spearman, kendall, weighted_tau)}
    assert len(found) == 4
