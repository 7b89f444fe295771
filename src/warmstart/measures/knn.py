"""Nearest neighbours: whether the images most like an image are of its class."""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import ConfigError
from warmstart.measures.checks import Floats, Ints
from warmstart.measures.target import Target, targets

BLOCK = 512
"""Images whose distances to all others are held at once."""
_ROUNDING = 1e-12
"""Share of the largest squared length by which equal squared distances may differ."""


def knn(features: ArrayLike, labels: ArrayLike, *, k: int = 1) -> float:
    """Accuracy of the nearest neighbours, each image predicted from all others.

    Distances are Euclidean. Images as far as the k-th share the places that are left among them;
    classes with equally many votes share the prediction. So neither the order of the images nor
    the names of the classes matter, and an image that occurs twice is its own neighbour's.

    Args:
        features: Features of the target's images, shape (n, d).
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): the mean
            over labels.
        k: How many neighbours vote.

    Returns:
        Share of the images predicted right, 0 to 1, higher is better; depends on the class
        balance.

    Raises:
        DataError: If shapes disagree, a value is not finite, all images have the same features, or
            there is one class only.
        ConfigError: If k is not between 1 and n - 1.

    Example:
        >>> knn([[0.0], [0.2], [1.0], [1.2]], [0, 0, 1, 1])
        1.0

    References:
        Cover & Hart, Nearest neighbor pattern classification, 1967.
    """
    found = targets(features, labels)
    n = found[0].features.n
    if not 1 <= k < n:
        raise ConfigError(f"knn got k = {k}; expected 1 to {n - 1}, one less than the images.")
    return targets_knn(found, k)


def targets_knn(found: list[Target], k: int = 1) -> float:
    """`knn` of all questions."""
    features = found[0].features
    points = features.every_point()
    slack = _ROUNDING * float(features.norms.max())
    right = 0.0
    for start in range(0, features.n, BLOCK):
        rows = np.arange(start, min(start + BLOCK, features.n))
        squared = features.norms[rows, None] + features.norms - 2 * points[rows] @ points.T
        squared[np.arange(len(rows)), rows] = np.inf
        shares = _shares(squared, k, slack)
        right += sum(_right(shares @ target.one_hot, target.codes[rows]) for target in found)
    return right / (features.n * len(found))


def _right(votes: Floats, classes: Ints) -> float:
    """How many images are predicted right, those with several winners in part."""
    winners = votes >= votes.max(axis=1, keepdims=True) - 1e-9
    own = winners[np.arange(len(votes)), classes]
    return float((own / winners.sum(axis=1)).sum())


def _shares(squared: Floats, k: int, slack: float) -> Floats:
    """How much of a vote each image has, (b, n) squared distances to (b, n); rows sum to k."""
    last = np.partition(squared, k - 1, axis=1)[:, [k - 1]]
    nearer = squared < last - slack
    level = (squared <= last + slack) & ~nearer
    left = k - nearer.sum(axis=1, keepdims=True)
    return np.asarray(nearer + level * (left / level.sum(axis=1, keepdims=True)))
