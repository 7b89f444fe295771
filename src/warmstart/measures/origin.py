"""Classifier of origin: can a linear classifier tell which dataset an image is from?"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from warmstart.measures.checks import Ints, check_features, check_same_width
from warmstart.measures.labels import check_groups
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

    Images of equal features are in one fold: those that both datasets have would teach the
    classifier the wrong answer for the very images it is then asked about.

    Args:
        features_a: Features of one dataset, shape (n, d).
        features_b: Features of the other, shape (m, d).
        groups: Group of each image, such as its patient, those of ``features_a`` first, shape
            (n + m,); all images of a group are in one fold. Each image is its own by default.
        folds: How many.
        seed: Draws which of equal groups goes to which fold.

    Returns:
        0.5 where nothing tells them apart, as for a dataset and itself; 1 where everything does;
        lower is more alike. An AUC below 0.5 is chance and counts as 0.5. Datasets of different
        cameras or hospitals are at 1 however alike their content is.

    Raises:
        DataError: If arrays do not fit each other or are not finite, or all images have the same
            features.
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
    features = np.concatenate([a, b])
    which = np.repeat([0, 1], [len(a), len(b)])
    units = _units(features, check_groups(groups, len(features)))
    return max(0.5, linear_probe(features, which, groups=units, folds=folds, seed=seed))


def _units(features: NDArray[Any], groups: Ints) -> Ints:
    """What one fold must hold whole: groups, joined where they share an image."""
    known: dict[bytes, int] = {}
    same = [known.setdefault(row.tobytes(), len(known)) for row in features + 0.0]  # no -0
    joins = coo_array((np.ones(len(same)), (groups, np.array(same) + len(groups))))
    nodes = len(groups) + len(known)
    joins.resize(nodes, nodes)
    found: Ints = connected_components(joins, directed=False)[1][groups]
    return found
