"""Procrustes similarity: how well one representation can be turned into another."""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.measures.checks import Floats
from warmstart.measures.representation import centred_pair


def procrustes(activations_a: ArrayLike, activations_b: ArrayLike) -> float:
    r"""Similarity of two representations after the best rotation and scaling of one.

    :math:`\|A^\top B\|_*` of centred representations of total variance one; the squared distance
    that the best rotation leaves is twice what is missing to 1.

    Args:
        activations_a: One row per image, shape (n, d).
        activations_b: The same images, shape (n, e). More neurons than images are fine.

    Returns:
        0 to 1, higher is more alike. Independent representations are not at 0, and nearer to 1 the
        more neurons there are: compare with `independent_baseline`.

    Raises:
        DataError: If rows do not match, a value is not finite, or a representation is constant.

    Example:
        >>> round(procrustes([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]],
        ...                  [[5.0, 5.0], [5.0, 7.0], [3.0, 5.0]]), 6)
        1.0

    References:
        Ding, Denain and Steinhardt, "Grounding representation similarity through statistical
        testing", NeurIPS 2021.
    """
    a, b = (_thin(x) for x in centred_pair(activations_a, activations_b))
    cross = np.linalg.svd(a.T @ b, compute_uv=False).sum()
    return min(1.0, float(cross / (np.linalg.norm(a) * np.linalg.norm(b))))


def _thin(x: Floats) -> Floats:
    """The same rows, turned so that no more columns than rows are left."""
    if x.shape[1] <= x.shape[0]:
        return x
    triangle: Floats = np.asarray(np.linalg.qr(x.T, mode="r"))
    return triangle.T
