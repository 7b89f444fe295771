import numpy as np
import pytest
from scipy.linalg import eigh
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from warmstart.measures import lda, ncti, ncti_among, ncti_parts, sfda
from warmstart.measures.ncti import NctiParts


@pytest.fixture(params=[6, 80], ids=["n>d", "d>n"])
def problem(request, rng):
    y = np.repeat([0, 1, 2], (30, 12, 6))
    x = 0.4 * rng.normal(size=(48, request.param)) @ np.diag(np.linspace(0.3, 1, request.param))
    return x + 0.3 * np.eye(3, request.param)[y] + 1, y


def by_eigenvectors(x, y, shrinkage=None):
    """Posteriors as published: all generalised eigenvectors, of the whole covariance."""
    n, d = x.shape
    means = np.stack([x[y == k].mean(axis=0) for k in range(3)])
    shares = np.bincount(y) / n
    within = sum(p * np.cov(x[y == k].T, bias=True) for k, p in enumerate(shares))
    if shrinkage is None:
        a = b = within.sum(axis=1)
        for _ in range(3):
            b = within @ a / np.linalg.norm(within @ a)
            a = within @ b / np.linalg.norm(within @ b)
        shrinkage = max(np.exp(-5 * a @ within @ b), 1e-10)

    def shrunk(c):
        return (1 - shrinkage) * c + shrinkage * np.trace(c) / d * np.eye(d)

    _, axes = eigh(shrunk(np.cov(x.T, bias=True)) - shrunk(within), shrunk(within))
    weights = means @ axes @ axes.T
    logits = x @ weights.T - np.sum(means * weights, axis=1) / 2 + np.log(shares)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True), shrinkage, means


def test_lda_is_the_mean_posterior_of_its_definition(problem):
    x, y = problem
    expected = by_eigenvectors(x, y)[0][np.arange(48), y].mean()
    assert expected > 0.4
    assert lda(x, y) == pytest.approx(expected, rel=1e-8)


def test_sfda_is_the_mean_posterior_of_its_definition(problem):
    x, y = problem
    p, shrinkage, means = by_eigenvectors(x, y)
    soft = np.exp(p) / np.exp(p).sum(axis=1, keepdims=True)
    kept = soft[np.arange(48), y][:, None]
    others = (means.sum(axis=0) - means) / 2
    moved = kept * x + (1 - kept) * others[y]
    expected = by_eigenvectors(moved, y, shrinkage)[0][np.arange(48), y].mean()
    assert sfda(x, y) == pytest.approx(expected, rel=1e-8)


def test_classes_far_apart_leave_enough_digits_for_the_spread_within(rng):
    y = np.repeat([0, 1], 30)
    x = rng.normal(size=(60, 4)) * 0.3 + np.where(y[:, None], [0.2, 0, 0, 0], 0)
    apart = x + np.where(y[:, None], [0, 0, 0, 1e7], 0)
    assert 0.5 < lda(x, y) < 0.99
    assert lda(apart, y) == 1


def test_ncti_parts_are_those_of_sklearns_discriminant_analysis(problem):
    x, y = problem
    centred = x - x.mean(axis=0)
    _, s, axes = np.linalg.svd(centred, full_matrices=False)
    kept = (centred @ axes.T)[:, : min(64, np.sum(s > 1e-6 * s[0]))]
    shrinkage = float(np.exp(-np.sum(s[:32] ** 2) / 47))
    model = LinearDiscriminantAnalysis(solver="eigen", shrinkage=shrinkage).fit(kept, y)
    posteriors, axes = model.predict_proba(kept), model.transform(kept)

    def nuclear(matrix):
        return np.linalg.svd(matrix, compute_uv=False).sum()

    parts = ncti_parts(x, y)
    assert parts.sureness == pytest.approx(posteriors[np.arange(48), y].mean(), rel=1e-8)
    assert parts.spread == pytest.approx(nuclear(axes - axes.mean(axis=0)), rel=1e-6)
    expected = np.log(sum(nuclear(posteriors[y == k]) for k in range(3)))
    assert parts.variability == pytest.approx(expected, rel=1e-8)
    total = parts.sureness + np.log(parts.spread) - parts.variability
    assert ncti(x, y) == pytest.approx(total, rel=1e-12)


def test_ncti_among_networks_brings_each_part_to_the_range_0_to_1():
    parts = [NctiParts(10, 0.5, 3), NctiParts(30, 0.7, 1), NctiParts(20, 0.5, 2)]
    assert ncti_among(parts) == pytest.approx([0 + 0 - 1, 1 + 1 - 0, 0.5 + 0 - 0.5])
    assert ncti_among([parts[0], parts[0]]) == pytest.approx([0, 0])
