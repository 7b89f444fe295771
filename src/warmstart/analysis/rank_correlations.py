"""Correlation coefficients over the last axis of arrays, so that many resamples go at once.

Each coefficient lies between -1 and 1 and is symmetric in its arguments. Where one argument is the
same everywhere it is 0: what says the same of all sources agrees as well as chance does.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from warmstart.metrics.arrays import Bools, Floats, Ints

MOST_CELLS = 2_000_000
"""Pairs of elements that are looked at together: bounds the memory of `kendall`."""

Correlation = Callable[[Floats, Floats], Floats]


def pearson(x: Floats, y: Floats) -> Floats:
    """Product-moment correlation.

    Args:
        x: Shape (..., n), finite.
        y: Shape (..., n), finite; leading axes are broadcast against those of ``x``.

    Returns:
        Shape (...).
    """
    return weighted_pearson(x, y, np.ones(x.shape[-1:]))


def spearman(x: Floats, y: Floats) -> Floats:
    """Pearson's correlation of the ranks, ties ranked in their middle; shapes as in `pearson`."""
    return pearson(middle_ranks(x), middle_ranks(y))


def kendall(x: Floats, y: Floats) -> Floats:
    """Kendall's tau-b: concordant less discordant pairs, corrected for ties.

    Shapes as in `pearson`.

    References:
        Kendall, "The treatment of ties in ranking problems", Biometrika 1945.
    """
    return _in_chunks(lambda a, b: _tau(a, b, np.ones(a.shape[-1:])), x, y)


def weighted_tau(x: Floats, y: Floats) -> Floats:
    """Kendall's tau in which an exchange near the top counts more (hyperbolic weights).

    A pair weighs 1 / (1 + r) + 1 / (1 + s), r and s the places of its members from the top,
    counted from 0. Places are taken once by falling ``x`` and once by falling ``y``, ties by the
    other argument, and the two results averaged: the default of `scipy.stats.weightedtau`.

    Shapes as in `pearson`.

    References:
        Vigna, "A weighted correlation index for rankings with ties", WWW 2015.
    """

    def both(a: Floats, b: Floats) -> Floats:
        first = _tau(a, b, 1 / (1 + _places(a, b)))
        return 0.5 * (first + _tau(a, b, 1 / (1 + _places(b, a))))

    return _in_chunks(both, x, y)


CORRELATIONS: Mapping[str, Correlation] = MappingProxyType(
    {
        "pearson": pearson,
        "spearman": spearman,
        "kendall": kendall,
        "weighted_tau": weighted_tau,
    }
)


def middle_ranks(x: Floats) -> Floats:
    """Rank along the last axis from 1 for the lowest; equal values share the mean of theirs."""
    from scipy.stats import rankdata  # takes a second to import

    ranks: Floats = rankdata(x, axis=-1)
    return ranks


def weighted_pearson(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Pearson's correlation in which each element counts ``weights`` times; shapes (..., n)."""
    total = weights.sum(axis=-1, keepdims=True)
    a, b = (v - (weights * v).sum(axis=-1, keepdims=True) / total for v in (x, y))
    spread = np.sqrt((weights * a**2).sum(axis=-1) * (weights * b**2).sum(axis=-1))
    flat = _constant(x, weights) | _constant(y, weights)
    return _ratio((weights * a * b).sum(axis=-1), np.where(flat, 0.0, spread))


def weighted_ranks(x: Floats, weights: Floats) -> Floats:
    """Middle ranks when each element of x (n,) stands there ``weights`` times, less one half.

    Args:
        x: Shape (n,).
        weights: Shape (B, n).

    Returns:
        Shape (B, n), also for elements that stand there 0 times.
    """
    below = (x[None, :] < x[:, None]) + 0.5 * (x[None, :] == x[:, None])
    ranks: Floats = weights @ below.T
    return ranks


def _tau(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Tau-b of (..., n), in which the pair (i, j) weighs w_i + w_j."""
    i, j = np.triu_indices(x.shape[-1], k=1)
    heavy = weights[..., i] + weights[..., j]
    a, b = (np.sign(values[..., i] - values[..., j]) for values in (x, y))
    agreeing = (heavy * a * b).sum(axis=-1)
    untied = [(heavy * np.abs(s)).sum(axis=-1) for s in (a, b)]
    return _ratio(agreeing, np.sqrt(untied[0] * untied[1]))


def _places(x: Floats, y: Floats) -> Ints:
    """Place of each element by falling x, ties by falling y, counted from 0."""
    order = np.lexsort((y, x), axis=-1)[..., ::-1]
    return np.argsort(order, axis=-1, kind="stable")


def _in_chunks(function: Correlation, x: Floats, y: Floats) -> Floats:
    """Apply a function that needs n^2 cells per row to as many rows at a time as fit."""
    a, b = np.broadcast_arrays(x, y)
    n = a.shape[-1]
    rows = max(1, MOST_CELLS // max(1, n * n))
    flat = [values.reshape(-1, n) for values in (a, b)]
    count = math.prod(a.shape[:-1])
    parts = [
        function(flat[0][start : start + rows], flat[1][start : start + rows])
        for start in range(0, count, rows)
    ]
    return np.concatenate(parts).reshape(a.shape[:-1]) if parts else np.empty(a.shape[:-1])


def _constant(x: Floats, weights: Floats) -> Bools:
    """Whether all elements that count are equal."""
    high = np.where(weights > 0, x, -np.inf).max(axis=-1)
    flat: Bools = np.where(weights > 0, x, np.inf).min(axis=-1) == high
    return flat


def _ratio(above: Floats, below: Floats) -> Floats:
    out = np.zeros(np.broadcast_shapes(above.shape, below.shape))
    np.divide(above, below, out=out, where=below > 0)
    return np.clip(out, -1.0, 1.0)
