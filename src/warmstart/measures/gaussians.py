"""Gaussians kept as factors of their covariances, and the Wasserstein distance between them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from warmstart.measures.checks import Floats


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A Gaussian with covariance ``factor.T @ factor``.

    Attributes:
        mean: Shape (d,).
        factor: Shape (r, d), r at most the smaller of images and dimensions: where there are fewer
            images than dimensions, no d x d matrix is ever made.
    """

    mean: Floats
    factor: Floats

    @cached_property
    def trace(self) -> float:
        """Total variance."""
        return float(np.square(self.factor).sum())


def fit_gaussian(features: Floats) -> Gaussian:
    """Fit mean and unbiased covariance; one image has no spread.

    Args:
        features: Shape (n, d).
    """
    n, d = features.shape
    mean = features.mean(axis=0)
    factor = (features - mean) / np.sqrt(max(n - 1, 1))
    return Gaussian(mean, np.asarray(np.linalg.qr(factor, mode="r")) if n > d else factor)


def squared_wasserstein(a: Gaussian, b: Gaussian) -> float:
    """Squared 2-Wasserstein distance of two Gaussians.

    The trace of the square root of a product of covariances is the sum of the singular values of
    the product of their factors, an r x r matrix.
    """
    cross = np.linalg.svd(a.factor @ b.factor.T, compute_uv=False).sum()
    shift = np.square(a.mean - b.mean).sum()
    return max(0.0, float(shift + (a.trace + b.trace) - 2.0 * cross))
