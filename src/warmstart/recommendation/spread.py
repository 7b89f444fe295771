"""How far the AUC of one training lies from what the start is worth, for want of test images."""

from collections.abc import Sequence
from math import comb

import numpy as np

TYPICAL = 0.8
"""AUC that the spread is computed for; it is somewhat less for higher ones."""
TRAINING = 1.0
"""Standard deviation between trainings on the same images, in AUC points."""


def auc_spread(positives: float, negatives: float) -> float:
    """Standard deviation of an AUC of `TYPICAL` over test images.

    Args:
        positives: Test images of the class.
        negatives: The others.

    Returns:
        In the unit of the AUC; infinity where one of the two kinds is missing.

    References:
        Hanley & McNeil, "The meaning and use of the area under a receiver operating characteristic
        (ROC) curve", Radiology 1982, equation 2.
    """
    if min(positives, negatives) < 1:
        return float("inf")
    auc = TYPICAL
    both, twice = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (positives - 1) * (both - auc**2)
    variance += (negatives - 1) * (twice - auc**2)
    return float(np.sqrt(variance / (positives * negatives)))


def fold_noise(counts: Sequence[int], images: int, folds: int, *, multilabel: bool) -> float:
    """Standard deviation of the score of one training on one fold, in AUC points.

    Classes are weighed as in the weighted one-vs-rest AUC, labels alike. AUCs of labels are taken
    to vary independently over images; those of two classes are the same number, and those of more
    correlate by one over the number of pairs of classes, as far as simulations show. Half of the
    variance over images is taken to be common to all candidates, which are tested on the same ones.

    Args:
        counts: Images of each class, or with each label.
        images: All images.
        folds: How many folds they are split into.
        multilabel: Whether counts are of labels.
    """
    sizes = np.ones(len(counts)) if multilabel else np.array(counts, dtype=np.float64)
    spreads = [
        auc_spread(max(count / folds, 1), max((images - count) / folds, 1)) for count in counts
    ]
    parts = 100 * sizes / sizes.sum() * np.array(spreads)
    shared = 0.0 if multilabel else 1 / max(comb(len(counts), 2), 1)
    over_images = (1 - shared) * float(parts @ parts) + shared * float(parts.sum()) ** 2
    return float(np.sqrt(TRAINING**2 + over_images / 2))
