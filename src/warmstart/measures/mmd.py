"""Maximum mean discrepancy: how far apart two sets of features are for a kernel."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import DataError
from warmstart.measures.checks import Floats, check_features, check_same_width
from warmstart.measures.pairwise import squared_distances

_BLOCK = 2**22
"""Pairs of images in one block of a kernel."""

Kernel = Callable[[Floats, Floats], Floats]


def mmd(features_a: ArrayLike, features_b: ArrayLike, *, bandwidth: float | None = None) -> float:
    r"""Squared maximum mean discrepancy with a Gaussian kernel, unbiased, of all images.

    Args:
        features_a: Features of one dataset, shape (n, d), n at least 2.
        features_b: Features of the other, shape (m, d).
        bandwidth: The :math:`\sigma` of :math:`\exp(-\|x - y\|^2 / 2 \sigma^2)`; by default such
            that :math:`2 \sigma^2` is the mean squared distance of two images of both sets.

    Returns:
        Below 2; near 0, also below it, for two samples of one distribution. Lower is more alike.

    Raises:
        DataError: If arrays do not fit each other or are not finite, all images are one, or the
            bandwidth is not above 0.

    Example:
        >>> mmd([[0.0], [1.0]], [[0.0], [1.0]], bandwidth=1.0) < 0
        True

    References:
        Gretton et al., "A kernel two-sample test", JMLR 2012.
    """
    a, b = _checked(features_a, features_b)
    if bandwidth is None:
        scale = 2.0 * float(np.concatenate([a, b]).var(axis=0).sum())
    else:
        scale = 2.0 * bandwidth**2 if bandwidth > 0 else 0.0
    if scale <= 0:
        raise DataError(
            "The bandwidth is 0: all images have the same features, or bandwidth is not above 0."
        )
    return _unbiased(a, b, lambda x, y: np.exp(squared_distances(x, y) / -scale))


def kid(features_a: ArrayLike, features_b: ArrayLike) -> float:
    r"""Kernel inception distance: unbiased MMD with the kernel :math:`(x^\top y / d + 1)^3`.

    The paper averages over drawn blocks of images, which adds noise; this is what it estimates.

    Args:
        features_a: Features of one dataset, shape (n, d), n at least 2.
        features_b: Features of the other, shape (m, d).

    Returns:
        Near 0, also below it, for two samples of one distribution. Lower is more alike; depends on
        the scale of features.

    Raises:
        DataError: If arrays do not fit each other or are not finite.

    Example:
        >>> kid([[0.0], [0.0]], [[1.0], [1.0]])
        7.0

    References:
        Bińkowski et al., "Demystifying MMD GANs", ICLR 2018.
    """
    a, b = _checked(features_a, features_b)
    return _unbiased(a, b, lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3)


def _checked(features_a: ArrayLike, features_b: ArrayLike) -> tuple[Floats, Floats]:
    a = np.asarray(check_features(features_a, "features_a"), np.float64)
    b = np.asarray(check_features(features_b, "features_b"), np.float64)
    check_same_width(a, b)
    return a, b


def _unbiased(a: Floats, b: Floats, kernel: Kernel) -> float:
    return _mean_of_others(a, kernel) + _mean_of_others(b, kernel) - 2 * _mean(a, b, kernel)


def _mean(a: Floats, b: Floats, kernel: Kernel) -> float:
    total = sum(float(kernel(rows, b).sum()) for rows in _blocks(a, len(b)))
    return total / (len(a) * len(b))


def _mean_of_others(a: Floats, kernel: Kernel) -> float:
    """Mean over pairs of different images."""
    own = sum(float(kernel(row[None], row[None])[0, 0]) for row in a)
    n = len(a)
    return (_mean(a, a, kernel) * n * n - own) / (n * (n - 1))


def _blocks(a: Floats, others: int) -> Iterator[Floats]:
    step = max(1, _BLOCK // others)
    for first in range(0, len(a), step):
        yield a[first : first + step]
