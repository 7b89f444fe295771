import numpy as np
import pytest

from warmstart.measures import transrate
from warmstart.measures.transrate import DISTORTION


def rate(z):
    return np.linalg.slogdet(np.eye(z.shape[1]) + z.T @ z / (len(z) * DISTORTION))[1] / 2


@pytest.fixture(params=[5, 40], ids=["n>d", "d>n"])
def problem(request, rng):
    y = np.repeat([0, 1, 2], (20, 8, 2))
    return rng.normal(size=(30, request.param)) + 2 * np.eye(3, request.param)[y] + 4, y


def test_is_the_difference_of_coding_rates_weighted_by_class(problem):
    x, y = problem
    z = x - x.mean(axis=0)
    expected = rate(z) - sum(np.mean(y == k) * rate(z[y == k]) for k in range(3))
    assert transrate(x, y) == pytest.approx(expected, rel=1e-9)


def test_unweighted_all_classes_count_alike(problem):
    x, y = problem
    z = x - x.mean(axis=0)
    expected = rate(z) - np.mean([rate(z[y == k]) for k in range(3)])
    assert transrate(x, y, weighted=False) == pytest.approx(expected, rel=1e-9)
    assert transrate(x, y, weighted=False) > transrate(x, y) > 0


def test_unit_length_does_not_depend_on_the_scale_and_stands_zero_rows(problem):
    x, y = problem
    unit = transrate(x, y, unit_length=True)
    assert transrate(1000 * x, y, unit_length=True) == pytest.approx(unit, rel=1e-9)
    x[0] = 0
    assert np.isfinite(transrate(x, y, unit_length=True))


def test_one_class_larger_than_the_features_are_wide_is_read_in_parts(rng):
    x, y = rng.normal(size=(200, 3)), np.arange(200) % 50 // 49
    z = x - x.mean(axis=0)
    expected = rate(z) - sum(np.mean(y == k) * rate(z[y == k]) for k in (0, 1))
    assert transrate(x, y) == pytest.approx(expected, rel=1e-9)


def test_features_so_large_that_the_identity_is_lost_have_the_rate_of_their_rank(rng):
    y = np.arange(40) % 2
    x = np.repeat(1e9 * rng.normal(size=(40, 3)), 2, axis=1)  # rank 3 of 6
    small = np.sqrt(2) * x[:, ::2]  # the same inner products, of full rank
    assert transrate(x, y) == pytest.approx(transrate(small, y), rel=1e-6)
