"""TransRate: how many nats fewer the features of one class need than those of all."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cholesky, eigvalsh

from warmstart.measures.checks import Floats, Ints
from warmstart.measures.features import SMALLEST, Features, products
from warmstart.measures.target import Target, mean_over, targets

DISTORTION = 1e-4
"""What the coding rate allows as squared error."""
_MOST_ROUNDING = 1e-6


def transrate(
    features: ArrayLike, labels: ArrayLike, *, weighted: bool = True, unit_length: bool = False
) -> float:
    r"""Coding rate of the features less that within classes.

    :math:`R(Z) - \sum_k \frac{n_k}{n} R(Z_k)` with :math:`R(Z) = \frac12 \log\det(I + Z^\top Z /
    (n \epsilon))`, the features Z centred once, over all images, :math:`\epsilon = 10^{-4}`.

    Args:
        features: Features of the target's images, shape (n, d).
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): the mean
            over labels.
        weighted: Weight classes by their share, as the paper does; else all alike, as its
            published code snippet does: the same for balanced classes, far too high for others.
        unit_length: The convention of the authors' repository: images scaled to length 1,
            centred, scaled to length 1 again; the result divided by the rank.

    Returns:
        Nats, at least 0 if weighted; higher is better. Grows with the scale and the number of
        features unless ``unit_length``.

    Raises:
        DataError: If shapes disagree, a value is not finite, all images have the same features, or
            there is one class only.

    Example:
        >>> features = [[0.0, 1.0], [0.1, 0.8], [1.0, 0.1], [1.1, 0.0]]
        >>> transrate(features, [0, 0, 1, 1]) > transrate(features, [0, 1, 0, 1])
        True

    References:
        Huang et al., Frustratingly Easy Transferability Estimation, ICML 2022.
    """
    score = _unit_length_transrate if unit_length else target_transrate
    return mean_over(targets(features, labels), lambda target: score(target, weighted))


def target_transrate(target: Target, weighted: bool = True) -> float:
    """`transrate` of one question."""
    features = target.features
    whole = float(np.log1p(features.spectrum.values / (features.n * DISTORTION)).sum()) / 2
    within = [_class_rate(features, rows) for rows in target.classes()]
    return whole - float(_weights(target, weighted) @ within)


def _class_rate(features: Features, rows: Ints) -> float:
    """Coding rate of some images; a class of more images than coordinates is read in parts."""
    width = features.width
    if len(rows) <= width:
        return _rate(_smaller(features.points(rows)), len(rows))
    parts = (rows[start : start + width] for start in range(0, len(rows), width))
    return _rate(products(map(features.points, parts), width), len(rows))


def _smaller(points: Floats) -> Floats:
    """Products of the rows or of the columns, whichever are fewer."""
    return points @ points.T if len(points) < points.shape[1] else points.T @ points


def _rate(inner: Floats, n: int) -> float:
    """Coding rate of n images from the products of their rows or columns, which are used up."""
    inner /= n * DISTORTION
    if np.finfo(np.float64).eps * np.trace(inner) > _MOST_ROUNDING:  # of zero, beside the 1
        values = eigvalsh(inner, overwrite_a=True, check_finite=False)
        return float(np.log1p(values[values > SMALLEST * values[-1]]).sum()) / 2
    inner[np.diag_indices(len(inner))] += 1
    return float(np.log(np.diag(cholesky(inner, overwrite_a=True, check_finite=False))).sum())


def _unit_length_transrate(target: Target, weighted: bool) -> float:
    rows = _unit(np.asarray(target.features.rows, np.float64))
    rows = _unit(rows - rows.mean(axis=0))
    inner = _smaller(rows)
    rank = int(np.linalg.matrix_rank(inner, hermitian=True))
    whole = _rate(inner, len(rows))
    within = [_rate(_smaller(rows[chosen]), len(chosen)) for chosen in target.classes()]
    return (whole - float(_weights(target, weighted) @ within)) / rank


def _unit(rows: Floats) -> Floats:
    """Rows of length 1; zero stays zero."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1.0)


def _weights(target: Target, weighted: bool) -> Floats:
    return target.shares if weighted else np.full(len(target.counts), 1 / len(target.counts))
