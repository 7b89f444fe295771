"""Properties of labels, each a number, and how far the properties of two datasets differ."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.errors import DataError
from warmstart.measures.checks import as_array
from warmstart.measures.labels import check_labels

_IN_RATIO = ("size", "classes", "imbalance", "resolution", "vendi")
"""Properties of which twice as much is the same step everywhere; others differ by subtraction."""


def size(labels: ArrayLike) -> float:
    """Number of images.

    Args:
        labels: Class of each image, shape (n,).

    Returns:
        1 or more.

    Raises:
        DataError: If there are none.

    Example:
        >>> size(["cat", "dog", "cat"])
        3.0

    References:
        van den Brandt et al., "Cats, not CAT scans", 2021.
    """
    return float(_images_in(labels))


def classes(labels: ArrayLike) -> float:
    """Number of classes that images have.

    Args:
        labels: Class of each image, shape (n,).

    Returns:
        2 or more.

    Raises:
        DataError: If there is one class only.

    Example:
        >>> classes(["cat", "dog", "cat"])
        2.0

    References:
        van den Brandt et al., "Cats, not CAT scans", 2021.
    """
    return float(len(_counts(labels)))


def imbalance(labels: ArrayLike) -> float:
    """How many times as many images the largest class has as the smallest.

    Args:
        labels: Class of each image, shape (n,).

    Returns:
        1 or more; 1 is balanced.

    Raises:
        DataError: If there is one class only.

    Example:
        >>> imbalance([0, 0, 0, 1])
        3.0

    References:
        van den Brandt et al., "Cats, not CAT scans", 2021.
    """
    counts = _counts(labels)
    return float(counts.max() / counts.min())


def label_entropy(labels: ArrayLike) -> float:
    """Entropy of the class frequencies, as a share of what equal classes would have.

    Args:
        labels: Class of each image, shape (n,).

    Returns:
        Above 0, at most 1; 1 is balanced.

    Raises:
        DataError: If there is one class only.

    Example:
        >>> label_entropy([0, 1, 0, 1])
        1.0

    References:
        Shannon, "A mathematical theory of communication", 1948.
    """
    counts = _counts(labels)
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum() / np.log(len(counts)))


def property_differences(a: Mapping[str, float], b: Mapping[str, float]) -> dict[str, float]:
    """How far the properties of two datasets differ.

    Size, number of classes, imbalance, resolution and diversity differ by the logarithm to base 2
    of their ratio, so 1 is twice as much; the others by subtraction.

    Args:
        a: Value of each property of one dataset.
        b: Those of the other; what only one has is left out.

    Returns:
        0 or more for each property; lower is more alike.

    Example:
        >>> property_differences({"size": 100.0, "colour": 0.0}, {"size": 400.0, "colour": 9.0})
        {'size': 2.0, 'colour': 9.0}
    """
    return {
        name: abs(math.log2(a[name] / b[name])) if name in _IN_RATIO else abs(a[name] - b[name])
        for name in a
        if name in b
    }


def _counts(labels: ArrayLike) -> NDArray[np.int64]:
    return np.bincount(check_labels(labels, _images_in(labels)))


def _images_in(labels: ArrayLike) -> int:
    y = as_array(labels, "labels")
    if not y.ndim or not len(y):
        raise DataError(
            f"labels have shape {y.shape}; expected one class per image, of one image at least."
        )
    return len(y)
