"""A mixture of Gaussians with full covariances, started from k-means."""

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.linalg.blas import dsyrk
from scipy.special import logsumexp

from warmstart.measures.checks import Floats, Ints

_RIDGE = 1e-6
_LEAST_RIDGE = 1e-10
"""Share of the variance that is added at least, where features are large."""
_TOLERANCE = 1e-3
_ROUNDS = 100
_LEAST = 1e-10
"""A point with less than this share of a component says nothing about it."""


def mixture_posteriors(points: Floats, components: int, rng: np.random.Generator) -> Floats:
    """Fit a mixture; return the share of each component in each point, (n, p) to (n, M).

    Expectation and maximisation alternate until the mean log-likelihood rises by less than 0.001,
    at most 100 times; 1e-6 is added to every variance, at least 1e-10 of what the points have.

    Args:
        points: Shape (n, p).
        components: How many, at most n.
        rng: Draws the start of k-means.
    """
    shares = np.eye(components)[k_means(points, components, rng)]
    before = -np.inf
    for _ in range(_ROUNDS):
        logs = _log_densities(points, shares)
        total = logsumexp(logs, axis=1, keepdims=True)
        shares = np.exp(logs - total)
        if abs(total.mean() - before) < _TOLERANCE:
            break
        before = total.mean()
    return shares


def k_means(points: Floats, clusters: int, rng: np.random.Generator) -> Ints:
    """Cluster of each point, shape (n,); starts from k-means++ and ends when nothing changes.

    Args:
        points: Shape (n, p).
        clusters: How many, at most n; fewer are filled where fewer points differ.
        rng: Draws the start.
    """
    centres = _spread_out(points, clusters, rng)
    nearest = np.full(len(points), -1)
    for _ in range(3 * _ROUNDS):
        found = _squared(points, centres).argmin(axis=1)
        if np.array_equal(found, nearest):
            break
        nearest = found
        members = np.eye(clusters)[nearest]
        counts = members.sum(axis=0)
        filled = counts > 0
        centres[filled] = (members.T @ points)[filled] / counts[filled, None]
    return nearest


def _spread_out(points: Floats, clusters: int, rng: np.random.Generator) -> Floats:
    """Centres drawn one by one: of a few candidates, far points first, the one that helps most."""
    tries = 2 + int(np.log(clusters))
    chosen = [int(rng.integers(len(points)))]
    left = _squared(points, points[chosen])[:, 0]
    while len(chosen) < clusters:
        far = left / left.sum() if left.sum() > 0 else None
        candidates = rng.choice(len(points), tries, p=far)
        reached = np.minimum(left[:, None], _squared(points, points[candidates]))
        best = int(reached.sum(axis=0).argmin())
        chosen.append(int(candidates[best]))
        left = reached[:, best]
    return np.asarray(points[chosen])


def _squared(points: Floats, centres: Floats) -> Floats:
    """Squared distances, shape (n, M)."""
    lengths = np.square(points).sum(axis=1)[:, None] + np.square(centres).sum(axis=1)
    return np.asarray(np.maximum(lengths - 2 * points @ centres.T, 0.0))


def _log_densities(points: Floats, shares: Floats) -> Floats:
    """Log of weight times density of each component, refitted to the shares, shape (n, M)."""
    width = points.shape[1]
    ridge = max(_RIDGE, _LEAST_RIDGE * float(points.var(axis=0).mean()))
    counts = shares.sum(axis=0) + 10 * np.finfo(np.float64).eps
    found = np.empty_like(shares)
    for component, count in enumerate(counts):
        members = np.flatnonzero(shares[:, component] > _LEAST)
        share = shares[members, component, None] / count
        mean = (share * points[members]).sum(axis=0)
        spread = np.sqrt(share) * (points[members] - mean)
        # SciPy's BLAS throughout: threads that wait for NumPy's own would take its cores
        covariance = dsyrk(1.0, spread.T, lower=1)
        covariance[np.diag_indices(width)] += ridge
        factor = cholesky(covariance, lower=True, overwrite_a=True, check_finite=False)
        scaled = solve_triangular(
            factor, (points - mean).T, lower=True, overwrite_b=True, check_finite=False
        )
        squared = np.einsum("ij,ij->j", scaled, scaled)
        size = 2 * np.log(np.diag(factor)).sum() + width * np.log(2 * np.pi)
        found[:, component] = np.log(count / counts.sum()) - (squared + size) / 2
    return found
