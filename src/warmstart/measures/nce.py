"""NCE: how much the source's most probable class leaves unknown about the target's class."""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.measures.checks import Ints
from warmstart.measures.labels import check_targets
from warmstart.measures.probabilities import check_probabilities


def nce(source_probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Negative conditional entropy of the label, given the source's most probable class.

    Args:
        source_probabilities: Softmax outputs of the source's own head, shape (n, z). Of classes
            that are equally probable the first counts.
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): the mean
            over labels.

    Returns:
        Nats per image, -log K to 0; higher is better. Compare networks on one target only.

    Raises:
        DataError: If shapes disagree, rows are not probabilities, or there is one class only.

    Example:
        >>> nce([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]], ["benign", "benign", "malignant"])
        0.0

    References:
        Tran, Nguyen & Hassner, Transferability and Hardness of Supervised Classification Tasks,
        ICCV 2019.
    """
    p = check_probabilities(source_probabilities)
    source = p.argmax(axis=1)
    return float(np.mean([_minus_entropy(source, y) for y in check_targets(labels, len(p))]))


def _minus_entropy(source: Ints, codes: Ints) -> float:
    joint = np.zeros((int(source.max()) + 1, int(codes.max()) + 1))
    np.add.at(joint, (source, codes), 1 / len(codes))
    given = joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-300)
    found = np.sum(joint[joint > 0] * np.log(given[joint > 0]))
    return min(float(found), 0.0) + 0.0
