"""Optimal transport between two sets of images of equal weight, from the cost of each pair."""

import os
from collections.abc import Iterator

import numpy as np
from scipy.special import logsumexp

from warmstart.errors import DataError
from warmstart.measures.checks import Floats

_TOLERANCE = 1e-5
"""Mass that may still be at the wrong place; values are then right to about 1e-7 relative."""

_MOST_STEPS = 20_000
_LARGE = 1e100


def exact_cost(cost: Floats) -> float:
    """Cost of the cheapest plan, by network simplex.

    Args:
        cost: Cost of each pair, shape (n, m).
    """
    os.environ.setdefault("POT_BACKEND_DISABLE_PYTORCH", "1")  # read when POT is imported
    import ot

    value, log = ot.emd2([], [], cost, numItermax=10_000_000, log=True)
    if log["warning"]:
        raise DataError(f"Exact transport between {cost.shape} images failed: {log['warning']}")
    return float(value)


def entropic_cost(cost: Floats, regularisation: float) -> float:
    """Entropic cost of transport, as the value of its dual, until the plan's sums are right.

    Args:
        cost: Cost of each pair, shape (n, m).
        regularisation: Weight of the entropy, in the unit of the cost.

    Raises:
        DataError: If Sinkhorn's iteration does not converge.
    """
    n, m = cost.shape
    f, g = np.zeros(n), np.zeros(m)
    for step in _falling(cost, regularisation):
        f = _softmin(step, cost, g)
        g = _softmin(step, cost.T, f)
        f, g = _scale(cost, f, g, step, _MOST_STEPS if step == regularisation else 20)
    return float(f.mean() + g.mean())


def entropic_self_cost(cost: Floats, regularisation: float) -> float:
    """`entropic_cost` of a set to itself, whose two potentials are one: a few dozen steps.

    Args:
        cost: Symmetric, shape (n, n).
        regularisation: Weight of the entropy, in the unit of the cost.
    """
    f = np.zeros(len(cost))
    for step in _falling(cost, regularisation):
        f = (f + _softmin(step, cost, f)) / 2
        f = _scale_self(cost, f, step, _MOST_STEPS if step == regularisation else 20)
    return 2.0 * float(f.mean())


def _falling(cost: Floats, regularisation: float) -> Iterator[float]:
    """Halve the regularisation from the largest cost down to what is wanted."""
    step = float(cost.max(initial=0.0))
    while step > regularisation:
        yield step
        step /= 2
    yield regularisation


def _softmin(step: float, cost: Floats, potential: Floats) -> Floats:
    """Potential of the rows that answers one of the columns."""
    found: Floats = -step * logsumexp((potential - cost) / step, axis=1, b=1 / cost.shape[1])
    return found


def _plan(cost: Floats, f: Floats, g: Floats, step: float) -> Floats:
    plan: Floats = np.exp((f[:, None] + g - cost) / step) / cost.size
    return plan


def _scale(cost: Floats, f: Floats, g: Floats, step: float, most: int) -> tuple[Floats, Floats]:
    """Scale rows and columns of the plan until both have their sums."""
    n, m = cost.shape
    plan, u, v = _plan(cost, f, g, step), np.ones(n), np.ones(m)
    for _ in range(most):
        rows = plan @ v
        if np.abs(u * rows - 1 / n).sum() < _TOLERANCE:
            break
        u = 1 / (n * rows)
        v = 1 / (m * (u @ plan))
        if max(u.max(), v.max(), 1 / u.min(), 1 / v.min()) > _LARGE:
            f, g = f + step * np.log(u), g + step * np.log(v)
            plan, u, v = _plan(cost, f, g, step), np.ones(n), np.ones(m)
    else:
        _check_converged(most, step, cost)
    return f + step * np.log(u), g + step * np.log(v)


def _scale_self(cost: Floats, f: Floats, step: float, most: int) -> Floats:
    n = len(cost)
    plan, u = _plan(cost, f, f, step), np.ones(n)
    for _ in range(most):
        rows = plan @ u
        if np.abs(u * rows - 1 / n).sum() < _TOLERANCE:
            break
        u = np.sqrt(u / (n * rows))
    else:
        _check_converged(most, step, cost)
    return f + step * np.log(u)


def _check_converged(most: int, step: float, cost: Floats) -> None:
    if most == _MOST_STEPS:
        raise DataError(
            f"Sinkhorn's iteration did not converge in {most:,} steps with regularisation "
            f"{step:g} and costs up to {cost.max():g}; use solver='exact', or a regularisation of "
            f"at least {cost.max() / 100:.2g}."
        )
