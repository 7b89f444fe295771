import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from warmstart.measures import h_score, shrinkage_h_score
from warmstart.measures.features import Features
from warmstart.measures.h_score import shrinkage_of


@pytest.fixture
def problem(rng):
    y = np.repeat([0, 1, 2], (30, 20, 10))
    return rng.normal(size=(60, 7)) + 0.8 * np.eye(3, 7)[y], y


def class_means(x, y):
    means = np.stack([x[y == k].mean(axis=0) for k in range(y.max() + 1)])
    return means[y]


def test_is_the_trace_of_its_definition(problem):
    x, y = problem
    expected = np.trace(np.linalg.pinv(np.cov(x.T)) @ np.cov(class_means(x, y).T))
    assert h_score(x, y) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("d", [7, 90], ids=["n>d", "d>n"])
def test_shrinkage_is_that_of_ledoit_and_wolf(rng, d):
    x = rng.normal(size=(60, d)) * np.linspace(1, 2, d) + 3
    assert shrinkage_of(Features(x)) == pytest.approx(LedoitWolf().fit(x).shrinkage_, rel=1e-9)


@pytest.mark.parametrize("repeats", [1, 12], ids=["n>d", "d>n"])
def test_shrinkage_h_score_is_the_trace_of_its_definition(problem, rng, repeats):
    x, y = problem
    x = np.hstack([x + 0.3 * rng.normal(size=x.shape) for _ in range(repeats)])
    fitted = LedoitWolf().fit(x)
    between = np.cov(class_means(x, y).T)
    expected = (1 - fitted.shrinkage_) * np.trace(np.linalg.solve(fitted.covariance_, between))
    assert shrinkage_h_score(x, y) == pytest.approx(expected, rel=1e-9)


def test_with_as_many_features_as_images_it_says_nothing_and_the_shrunk_one_does(rng):
    y = np.arange(40) % 4
    noise = rng.normal(size=(40, 60))
    informative = noise + 3 * np.eye(4, 60)[y]
    assert h_score(noise, y) == pytest.approx(3, rel=1e-9)
    assert h_score(informative, y) == pytest.approx(3, rel=1e-9)
    assert shrinkage_h_score(informative, y) > 3 * shrinkage_h_score(noise, y)


def test_one_feature_is_its_own_sphere_and_not_shrunk(rng):
    x, y = rng.normal(size=(30, 1)), np.arange(30) % 2
    x += y[:, None]
    assert LedoitWolf().fit(x).shrinkage_ == 0
    expected = np.cov(class_means(x, y).T) / x.var()
    assert shrinkage_h_score(x, y) == pytest.approx(float(expected), rel=1e-9)
