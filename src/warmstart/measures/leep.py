"""LEEP: how well the source's class probabilities, relabelled, predict the target's classes."""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.measures.checks import Floats, Ints
from warmstart.measures.labels import check_targets
from warmstart.measures.probabilities import check_probabilities


def leep(source_probabilities: ArrayLike, labels: ArrayLike) -> float:
    r"""Log expected empirical prediction.

    The source's head gives each target image probabilities :math:`p_i(z)` of source classes. With
    :math:`p(y, z)` their mean over images of class y, an image is predicted by
    :math:`\sum_z p(y \mid z) p_i(z)`; LEEP is the mean log-likelihood of that. Source classes that
    no image has a probability of do not count.

    Args:
        source_probabilities: Softmax outputs of the source's own head, shape (n, z).
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): the mean
            over labels.

    Returns:
        Nats per image, at most 0; higher is better. A head that says nothing gives minus the
        entropy of the labels. Compare networks on one target only.

    Raises:
        DataError: If shapes disagree, rows are not probabilities, or there is one class only.

    Example:
        >>> leep([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [7, 7, 3])
        0.0

    References:
        Nguyen et al., LEEP, ICML 2020.
    """
    p = check_probabilities(source_probabilities)
    return float(
        np.mean([mean_log_likelihood(p, codes) for codes in check_targets(labels, len(p))])
    )


def mean_log_likelihood(p: Floats, codes: Ints) -> float:
    """`leep` of probabilities (n, z) and classes 0 to K-1 without gaps, both checked."""
    return float(np.log(expected_predictions(p, codes)).mean())


def expected_predictions(p: Floats, codes: Ints) -> Floats:
    """Probability that each image's own class is predicted with, shape (n,)."""
    joint = np.eye(int(codes.max()) + 1)[codes].T @ p
    mass = joint.sum(axis=0)
    given = np.divide(joint, mass, out=np.zeros_like(joint), where=mass > 0)
    predicted: Floats = (p @ given.T)[np.arange(len(p)), codes]
    return predicted
