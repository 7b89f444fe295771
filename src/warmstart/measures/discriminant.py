"""Linear discriminant analysis, regularised as SFDA and ETran do."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import softmax

from warmstart.measures.checks import Floats

_LEAST_SHRINKAGE = 1e-10
_ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Discriminant:
    """A linear classifier of K classes.

    Attributes:
        weights: Shape (K, p).
        offsets: Shape (K,).
    """

    weights: Floats
    offsets: Floats

    def posteriors(self, points: Floats) -> Floats:
        """Probability of each class for each point, (m, p) to (m, K)."""
        return np.asarray(softmax(points @ self.weights.T + self.offsets, axis=1))


def fit_discriminant(
    means: Floats, within: Floats, shares: Floats, shrinkage: float, d: int
) -> Discriminant:
    """Gaussian classes of one covariance, shrunk towards a sphere.

    Args:
        means: Mean of each class, shape (K, p).
        within: Covariance within classes, shape (p, p); not kept.
        shares: Prior probability of each class, shape (K,).
        shrinkage: Weight of the sphere, 0 to 1.
        d: Dimensions the sphere has; those beyond p hold no variance.
    """
    sphere = shrinkage * float(np.trace(within)) / d
    shrunk = (1 - shrinkage) * within
    shrunk[np.diag_indices(len(shrunk))] += sphere
    factor = cho_factor(shrunk, lower=True, overwrite_a=True, check_finite=False)
    weights = cho_solve(factor, means.T, check_finite=False).T
    return Discriminant(weights, np.log(shares) - (means * weights).sum(axis=1) / 2)


def adaptive_shrinkage(within: Floats, ones: Floats) -> float:
    """exp(-5 times the largest eigenvalue), at least 1e-10.

    The eigenvalue is what three double steps of the power method from ``within @ ones`` give: that
    is how the scores are published, converged or not.

    Args:
        within: Covariance within classes, shape (p, p).
        ones: The vector of ones in the basis of the points, shape (p,).
    """
    x = y = within @ ones
    for _ in range(_ROUNDS):
        y = _unit(within @ x)
        x = _unit(within @ y)
    return max(float(np.exp(-5 * (x @ within @ y))), _LEAST_SHRINKAGE)


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else vector
