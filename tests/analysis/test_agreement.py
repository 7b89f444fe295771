from itertools import combinations, permutations

import numpy as np
import pytest

from warmstart.analysis.agreement import (
    PICKS,
    STATISTICS,
    agreement,
    expected_best,
    resampled_gains,
)


def named(gains, scores):
    found = agreement(np.array(gains, dtype=float), np.array(scores, dtype=float))
    return dict(zip(STATISTICS, found, strict=True))


def by_all_orders(gains, scores, k):
    """Mean over every way to break ties of the best gain among the first k."""
    best = []
    for order in permutations(range(len(gains))):
        places = sorted(range(len(gains)), key=lambda i: (-scores[i], order[i]))
        best.append(max(gains[i] for i in places[:k]))
    return np.mean(best)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("seed", range(6))
def test_ties_are_broken_in_every_way(k, seed):
    rng = np.random.default_rng(seed)
    gains, scores = rng.normal(size=5), rng.integers(0, 3, 5).astype(float)
    expected = by_all_orders(gains, scores, min(k, 5))
    assert expected_best(gains, scores, k) == pytest.approx(expected)


def test_equal_scores_are_a_draw_of_k_sources():
    gains = np.array([90.0, 80.0, 70.0, 60.0])
    for k in (1, 2, 3):
        draws = [max(gains[list(c)]) for c in combinations(range(4), k)]
        assert expected_best(gains, np.zeros(4), k) == pytest.approx(np.mean(draws))


def test_a_perfect_and_a_reversed_measure():
    gains = [90.0, 85.0, 80.0, 70.0]
    good, bad = named(gains, [4, 3, 2, 1]), named(gains, [1, 2, 3, 4])
    assert [good[s] for s in ("spearman", "kendall", "weighted_tau")] == pytest.approx([1, 1, 1])
    assert [good["regret_1"], good["hit_1"]] == [0.0, 1.0]
    assert bad["kendall"] == pytest.approx(-1)
    assert [bad["regret_1"], bad["regret_3"], bad["hit_3"]] == [20.0, 5.0, 0.0]


def test_two_best_sources_are_both_hits():
    found = named([90.0, 90.0, 80.0], [0, 1, 0])
    assert found["hit_1"] == 1.0
    assert named([90.0, 90.0, 80.0], [0, 0, 1])["hit_1"] == 0.0
    assert named([90.0, 90.0, 80.0], [1, 1, 1])["hit_1"] == pytest.approx(2 / 3)


def test_a_single_source_leaves_no_regret():
    found = named([90.0], [3.0])
    assert [found[f"regret_{k}"] for k in PICKS] == [0.0, 0.0]
    assert found["weighted_tau"] == 0.0


def test_a_row_with_a_missing_value_is_missing():
    found = agreement(np.array([[1.0, np.nan, 2.0], [1.0, 3.0, 2.0]]), np.array([1.0, 2.0, 3.0]))
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1]).all()


def test_resampled_gains_are_means_over_the_repeats_drawn():
    repeats = np.array([[0.5, 0.6], [0.7, np.nan], [0.9, 0.8]])
    draws = np.array([[0, 0, 2], [1, 1, 1]])
    found = resampled_gains(repeats, draws)
    np.testing.assert_allclose(found[0], [(0.5 + 0.5 + 0.9) / 3, (0.6 + 0.6 + 0.8) / 3])
    assert found[1, 0] == pytest.approx(0.7)
    assert np.isnan(found[1, 1])
