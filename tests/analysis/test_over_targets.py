"""Means over targets and their intervals."""

import numpy as np
import pytest
from scipy import stats

from warmstart.analysis.over_targets import student_interval, target_weights, weighted_mean


def test_one_cell_per_origin_is_the_usual_interval_of_a_mean():
    values = np.random.default_rng(0).normal(size=(5, 2))
    low, high = student_interval(values, np.ones(5), list("abcde"))
    expected = stats.t.interval(0.95, 4, values.mean(axis=0), stats.sem(values, axis=0))
    assert low == pytest.approx(expected[0])
    assert high == pytest.approx(expected[1])


def test_cells_of_an_origin_vary_together():
    values = np.array([[0.1], [0.3], [0.2], [0.9], [0.4]])
    weights = np.array([1.0, 1.0, 0.5, 0.5, 1.0])
    origins = ["a", "a", "b", "b", "c"]
    mean = (0.1 + 0.3 + 0.1 + 0.45 + 0.4) / 4
    rest = [0.4 - 2 * mean, 0.55 - mean, 0.4 - mean]
    error = np.sqrt(3 / 2 * sum(r**2 for r in rest)) / 4
    low, high = student_interval(values, weights, origins)
    assert weighted_mean(values, weights).item() == pytest.approx(mean)
    assert low.item() == pytest.approx(mean - stats.t.ppf(0.975, 2) * error)
    assert high.item() == pytest.approx(mean + stats.t.ppf(0.975, 2) * error)


def test_every_target_has_the_same_weight_and_unused_cells_none():
    used = np.array([True, True, False, True])
    assert target_weights(["a", "a", "a", "b"], used).tolist() == [0.5, 0.5, 0.0, 1.0]


def test_cells_without_a_value_do_not_count():
    values = np.array([[1.0], [np.nan], [3.0]])
    weights = np.array([1.0, 0.0, 1.0])
    assert weighted_mean(values, weights).tolist() == [2.0]
    low, high = student_interval(values, weights, list("abc"))
    assert low < 2.0 < high


def test_one_origin_has_no_interval():
    assert np.isnan(student_interval(np.ones((2, 1)), np.ones(2), ["a", "a"])).all()


@pytest.mark.parametrize("count", [3, 4, 7])
def test_with_few_origins_the_interval_still_holds_the_mean_as_often_as_it_says(count):
    rng = np.random.default_rng(count)
    held = drawn = 0
    for _ in range(2000):
        values = rng.normal(size=(count, 1))
        low, high = student_interval(values, np.ones(count), [str(i) for i in range(count)])
        held += bool(low < 0 < high)
        means = rng.choice(values[:, 0], size=(200, count)).mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        drawn += bool(low < 0 < high)
    assert 0.935 < held / 2000 < 0.965
    assert drawn / 2000 < 0.91  # the bootstrap, which is why it is not taken here
