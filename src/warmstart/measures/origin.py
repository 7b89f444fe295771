"""Classifier of origin: can a linear classifier tell which dataset an image is from?"""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.measures.checks import check_features, check_same_width
from warmstart.measures.linear_probe import FOLDS, linear_probe


def origin(
    features_a: ArrayLike,
    features_b: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    folds: int = FOLDS,
    seed: int = 0,
) -> float:
    """Cross-validated AUC of logistic regression that tells two datasets apart.

    Args:
        features_a: Features of one dataset, shape (n, d).
        features_b: Features of the other, shape (m, d).
        groups: Group of each image, such as its patient, those of ``features_a`` first, shape
            (n + m,); all images of a group are in one fold. Each image is its own by default.
        folds: How many.
        seed: Draws which of equal groups goes to which fold.

    Returns:
        0.5 where nothing tells them apart, 1 where everything does; lower is more alike. Datasets
        of different cameras or hospitals are at 1 however alike their content is.

    Raises:
        DataError: If arrays do not fit each other or are not finite.
        ConfigError: If folds is below 2.

    Example:
        >>> origin([[0.0], [0.1], [0.2]], [[1.0], [1.1], [1.2]], folds=3)
        1.0

    References:
        Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", ICLR 2017.
    """
    a = check_features(features_a, "features_a")
    b = check_features(features_b, "features_b")
    check_same_width(a, b)
    which = np.repeat([0, 1], [len(a), len(b)])
    return linear_probe(np.concatenate([a, b]), which, groups=groups, folds=folds, seed=seed)
