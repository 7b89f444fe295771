"""SFDA: linear discriminant analysis made to prove itself on images moved where it is unsure."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import softmax

from warmstart.measures.checks import Floats, Ints
from warmstart.measures.discriminant import fit_discriminant
from warmstart.measures.features import products
from warmstart.measures.target import Target, mean_over, targets


def sfda(features: ArrayLike, labels: ArrayLike) -> float:
    """Self-challenging Fisher discriminant analysis.

    A first discriminant analysis, that of `lda`, gives each image a probability of its own class;
    a softmax over those of all classes softens it to c. The image moves to c times itself plus
    1 - c times the mean of the other classes' means, and a second analysis with the same shrinkage
    gives the score, on the moved images.

    Args:
        features: Features of the target's images, shape (n, d); not written to.
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): the mean
            over labels.

    Returns:
        Mean probability of the true class, 0 to 1, higher is better; 1 for most features with
        d >= n. Depends on the scale of features. The paper takes the logarithm, its code does not.

    Raises:
        DataError: If shapes disagree, a value is not finite, there is one class only, or no class
            has two images that differ.

    Example:
        >>> features = [[0.0, 1.0], [0.1, 0.7], [1.0, 0.3], [1.1, 0.0]]
        >>> sfda(features, [0, 0, 1, 1]) > sfda(features, [0, 1, 0, 1])
        True

    References:
        Shao et al., Not All Models Are Equal, ECCV 2022.
    """
    return mean_over(targets(features, labels), target_sfda)


def target_sfda(target: Target) -> float:
    """`sfda` of one question."""
    features = target.features
    kept = target.of_true_class(softmax(target.posteriors, axis=1))
    others = (target.means.sum(axis=0) - target.means) / (len(target.means) - 1)
    means = _moved_means(target, kept, others)
    centred = (points - means[classes] for points, classes in _moved(target, kept, others))
    within = products(centred, features.width)
    within /= features.n
    fitted = fit_discriminant(means, within, target.shares, target.shrinkage, features.d)
    total = 0.0
    for points, classes in _moved(target, kept, others):
        total += float(fitted.posteriors(points)[np.arange(len(points)), classes].sum())
    return total / features.n


def _moved(target: Target, kept: Floats, others: Floats) -> Iterator[tuple[Floats, Ints]]:
    """Yield the moved points with their classes, some at a time."""
    start = 0
    for block in target.features.blocks():
        rows = slice(start, start + len(block))
        classes, share = target.codes[rows], kept[rows, None]
        yield share * block + (1 - share) * others[classes], classes
        start += len(block)


def _moved_means(target: Target, kept: Floats, others: Floats) -> Floats:
    """Means of the classes of the moved points, shape (K, p)."""
    weights = target.one_hot * kept[:, None] / target.counts
    rest = 1 - weights.sum(axis=0)
    return np.asarray(target.features.sums(weights) + rest[:, None] * others)
