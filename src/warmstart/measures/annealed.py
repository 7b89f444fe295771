"""Entropic transport as geomloss 0.2.6 stops it: one step for each halving of the regularisation.

It is what the published OTDD values were computed with. It is not converged: on small sets it is
off by up to an eighth. `transport` has the converged cost.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import logsumexp

from warmstart.measures.checks import Floats


def annealed_cost(cost: Floats, regularisation: float, diameter: float) -> float:
    """Entropic cost of transport between two sets of equal weights.

    Args:
        cost: Cost of each pair, shape (n, m).
        regularisation: Weight of the entropy, in the unit of the cost.
        diameter: Where the regularisation starts is its square: the diagonal of the box that
            holds both sets.
    """
    steps = _steps(regularisation, diameter)
    f, g = _softmin(steps[0], cost, None), _softmin(steps[0], cost.T, None)
    for step in steps:
        f, g = (f + _softmin(step, cost, g)) / 2, (g + _softmin(step, cost.T, f)) / 2
    f, g = _softmin(steps[-1], cost, g), _softmin(steps[-1], cost.T, f)
    return float(f.mean() + g.mean())


def diameter_of(a: Floats, b: Floats) -> float:
    """Diagonal of the box that holds both sets, (n, d) and (m, d)."""
    high = np.maximum(a.max(axis=0), b.max(axis=0))
    low = np.minimum(a.min(axis=0), b.min(axis=0))
    return float(np.linalg.norm(high - low))


def _steps(regularisation: float, diameter: float) -> Sequence[float]:
    halvings = np.arange(np.log(diameter**2), np.log(regularisation), 2 * np.log(0.5))
    return [diameter**2, *np.exp(halvings).tolist(), regularisation]


def _softmin(step: float, cost: Floats, potential: Floats | None) -> Floats:
    exponent = (-cost if potential is None else potential - cost) / step
    found: Floats = -step * logsumexp(exponent, axis=1, b=1 / cost.shape[1])
    return found
