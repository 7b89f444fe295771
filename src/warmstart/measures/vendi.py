"""Vendi score: how many different images a dataset has."""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import DataError
from warmstart.measures.checks import check_features


def vendi(features: ArrayLike) -> float:
    r"""Effective number of different images, by the cosine of their features.

    The exponential of the entropy of the eigenvalues of :math:`K / n`, where :math:`K_{ij}` is the
    cosine of images i and j.

    Args:
        features: Shape (n, d).

    Returns:
        Between 1, all images are alike, and n, all are orthogonal. Grows with the number of images:
        compare datasets of equal size.

    Raises:
        DataError: If features are not finite, or those of an image are all zero.

    Example:
        >>> round(vendi([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]]), 3)
        1.89

    References:
        Friedman and Dieng, "The Vendi score: a diversity evaluation metric for machine learning",
        TMLR 2023.
    """
    x = np.asarray(check_features(features, least=1), np.float64)
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    if not lengths.all():
        row = int(np.argmin(lengths))
        raise DataError(f"features row {row} is all zero and has no direction; leave it out.")
    x = x / lengths
    inner = x.T @ x if x.shape[0] > x.shape[1] else x @ x.T  # both have the same eigenvalues
    shares = np.linalg.eigvalsh(inner / len(x))
    shares = shares[shares > 0]
    return max(1.0, float(np.exp(-(shares * np.log(shares)).sum())))  # but for rounding
