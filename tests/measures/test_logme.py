import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from warmstart.measures import logme
from warmstart.measures.evidence import LEAST_NOISE


def brute_force(x, y):
    """The highest log-density of each one-vs-rest label, by a general optimiser."""
    n, best = len(y), []
    for label in np.unique(y):
        target = (y == label).astype(float)

        def loss(log_ab, target=target):
            weights, noise = np.exp(log_ab)
            covariance = np.eye(n) / noise + x @ x.T / weights
            return -multivariate_normal(cov=covariance).logpdf(target)

        starts = [(0, 0), (3, 3), (6, 1), (-2, 4)]
        found = [minimize(loss, s, method="Nelder-Mead", options={"xatol": 1e-6}) for s in starts]
        best.append(-min(f.fun for f in found) / n)
    return np.mean(best)


def problem(rng, n, d):
    y = rng.permutation(np.arange(n) % 3)
    return 0.5 * np.eye(3, d)[y] + rng.normal(size=(n, d)) + rng.normal(size=d), y


@pytest.mark.parametrize(("n", "d"), [(40, 5), (24, 50)], ids=["n>d", "d>n"])
def test_equals_the_highest_density_of_the_labels(rng, n, d):
    x, y = problem(rng, n, d)
    assert logme(x, y) == pytest.approx(brute_force(x, y), rel=1e-6)


@pytest.mark.parametrize("columns", [[0, 0, 1, 2], [0, 1, 2, 2, 2]])
def test_features_that_repeat_each_other_are_fine(rng, columns):
    x, y = problem(rng, 30, 3)
    assert logme(x[:, columns], y) == pytest.approx(brute_force(x[:, columns], y), rel=1e-6)


def test_with_a_constant_feature_the_model_has_an_intercept(rng):
    x, y = problem(rng, 30, 3)
    x = np.pad(x, ((0, 0), (0, 1)), constant_values=1.0)
    assert logme(x, y) == pytest.approx(brute_force(x, y), rel=1e-6)


def test_labels_that_the_features_fit_without_error_have_the_evidence_of_the_least_noise():
    y = np.arange(30) % 2
    x = np.column_stack([y, 1 - y]).astype(float)
    # The label is a column of length sqrt(15): with ratio r its misfit is 15 r / (r + 15), and the
    # determinant (1 + 15 / r)^2. The smallest ratio that leaves the least noise is the best.
    ratio = np.logspace(-16, 3, 200_000)
    noise = np.maximum(15 * ratio / (ratio + 15) / 30, LEAST_NOISE)
    evidence = -0.5 * (np.log(2 * np.pi * np.e * noise) + 2 * np.log1p(15 / ratio) / 30)
    assert logme(x, y) == pytest.approx(evidence.max(), rel=1e-6)


def test_a_large_offset_costs_no_digits(rng):
    x, y = problem(rng, 60, 6)
    far = x + 1e6
    intercept = np.pad(x, ((0, 0), (0, 1)), constant_values=1e6)
    assert np.isfinite(logme(far, y))
    assert logme(intercept, y) == pytest.approx(logme(intercept[::-1], y[::-1]), rel=1e-9)


def test_published_values_depend_on_absent_classes_and_ours_do_not(rng):
    x, y = problem(rng, 30, 5)
    gap = np.where(y == 2, 5, y)
    assert logme(x, gap) == logme(x, y)
    published = logme(x, y, library_compat=True)
    assert logme(x, gap, library_compat=True) > published + 1
    assert logme(x, gap.astype(str), library_compat=True) == published
