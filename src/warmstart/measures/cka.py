"""Centred kernel alignment of two representations of the same images."""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import DataError
from warmstart.measures.checks import Floats
from warmstart.measures.pairwise import squared_distances
from warmstart.measures.representation import centred_pair


def linear_cka(
    activations_a: ArrayLike, activations_b: ArrayLike, *, debiased: bool = True
) -> float:
    """Centred kernel alignment with inner products.

    Args:
        activations_a: One row per image, shape (n, d); n at least 4.
        activations_b: The same images, shape (n, e). More neurons than images are fine.
        debiased: Estimate each part without bias. The plain form rises towards 1 with more neurons
            than images, whatever they show.

    Returns:
        At most 1, for representations that are rotations and scalings of each other; about 0,
        also below it, for independent ones (plain: above 0). Higher is more alike.

    Raises:
        DataError: If rows do not match, there are fewer than four, a value is not finite, or a
            representation is constant.

    Example:
        >>> a = [[0.0], [1.0], [3.0], [4.0]]
        >>> round(linear_cka(a, [[-2 * x] for x, in a]), 6)
        1.0

    References:
        Kornblith et al., "Similarity of neural network representations revisited", ICML 2019;
        debiased as in Nguyen, Raghu and Kornblith, ICLR 2021.
    """
    a, b = centred_pair(activations_a, activations_b, least=4)
    if a.shape[1] + b.shape[1] > 2 * len(a):
        return _alignment(a @ a.T, b @ b.T, debiased)
    lengths_a, lengths_b = np.square(a).sum(axis=1), np.square(b).sum(axis=1)

    def part(x: Floats, y: Floats, p: Floats, q: Floats) -> float:
        whole = float(np.square(x.T @ y).sum())
        if not debiased:
            return whole
        n = len(x)  # Song et al. 2012, with kernels whose rows sum to zero
        own, means = float(p @ q), float(p.sum() * q.sum()) / ((n - 1) * (n - 2))
        return whole - own + means - 2 * own / (n - 2)

    cross = part(a, b, lengths_a, lengths_b)
    return _ratio(cross, part(a, a, lengths_a, lengths_a), part(b, b, lengths_b, lengths_b))


def kernel_cka(
    activations_a: ArrayLike,
    activations_b: ArrayLike,
    *,
    bandwidth: float = 0.5,
    debiased: bool = True,
) -> float:
    """Centred kernel alignment with Gaussian kernels.

    Args:
        activations_a: One row per image, shape (n, d); n at least 4. Needs n x n numbers.
        activations_b: The same images, shape (n, e).
        bandwidth: In units of each side's median distance between two images.
        debiased: Estimate each part without bias.

    Returns:
        At most 1; about 0 for independent representations; higher is more alike.

    Raises:
        DataError: If rows do not match, there are fewer than four, a value is not finite, the
            median distance is zero, or the bandwidth is not above 0.

    Example:
        >>> a = [[0.0], [1.0], [3.0], [4.0]]
        >>> round(kernel_cka(a, [[7 - x] for x, in a]), 6)
        1.0

    References:
        Kornblith et al., "Similarity of neural network representations revisited", ICML 2019.
    """
    a, b = centred_pair(activations_a, activations_b, least=4)
    if not bandwidth > 0:
        raise DataError(f"bandwidth is {bandwidth:g}; expected a number above 0.")
    return _alignment(_gaussian(a, bandwidth), _gaussian(b, bandwidth), debiased)


def _gaussian(x: Floats, bandwidth: float) -> Floats:
    squared = squared_distances(x, x)
    median = float(np.median(squared[np.triu_indices(len(x), 1)]))
    if median <= 0:
        raise DataError(
            "the median distance of two images is 0, more than half of all are alike; kernel_cka "
            "needs different ones."
        )
    kernel: Floats = np.exp(squared / (-2 * bandwidth**2 * median))
    return kernel


def _alignment(k: Floats, m: Floats, debiased: bool) -> float:
    part = _unbiased_part if debiased else _plain_part
    return _ratio(part(k, m), part(k, k), part(m, m))


def _plain_part(k: Floats, m: Floats) -> float:
    return float((_centre(k) * _centre(m)).sum())


def _centre(k: Floats) -> Floats:
    means = k.mean(axis=0)
    centred: Floats = k - means - means[:, None] + means.mean()
    return centred


def _unbiased_part(k: Floats, m: Floats) -> float:
    """Hilbert-Schmidt independence criterion without bias, times n (n - 3)."""
    n = len(k)
    k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
    rows_k, rows_m = k.sum(axis=1), m.sum(axis=1)
    means = rows_k.sum() * rows_m.sum() / ((n - 1) * (n - 2))
    return float((k * m).sum() + means - 2 * (rows_k @ rows_m) / (n - 2))


def _ratio(cross: float, own_a: float, own_b: float) -> float:
    if own_a <= 0 or own_b <= 0:
        raise DataError(
            "too few images to tell how a representation varies without bias; take more images, or "
            "debiased=False."
        )
    return cross / float(np.sqrt(own_a) * np.sqrt(own_b))
