"""How far the AUC of one training lies from what the start is worth, for want of test images."""

from collections.abc import Sequence

import numpy as np

TYPICAL = 0.8
"""AUC that the spread is computed for; it is somewhat less for higher ones."""
TRAINING = 1.0
"""Standard deviation between trainings on the same images, in AUC points."""


def auc_spread(positives: float, negatives: float, auc: float = TYPICAL) -> float:
    """Standard deviation of an AUC over test images.

    Args:
        positives: Test images of the class.
        negatives: The others.
        auc: The AUC, 0 to 1.

    Returns:
        In the unit of the AUC; infinity where one of the two kinds is missing.

    References:
        Hanley & McNeil, "The meaning and use of the area under a receiver operating characteristic
        (ROC) curve", Radiology 1982, equation 2.
    """
    if min(positives, negatives) < 1:
        return float("inf")
    both, twice = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (positives - 1) * (both - auc**2)
    variance += (negatives - 1) * (twice - auc**2)
    return float(np.sqrt(variance / (positives * negatives)))


def fold_noise(counts: Sequence[int], images: int, folds: int) -> float:
    """Standard deviation of the score of one training on one fold, in AUC points.

    Classes are weighed as in the weighted one-vs-rest AUC. Half of the variance over images is
    taken to be common to all candidates, which are tested on the same ones.

    Args:
        counts: Images of each class, or with each label.
        images: All images.
        folds: How many folds they are split into.
    """
    weights = np.array(counts, dtype=np.float64) / sum(counts)
    spreads = [
        auc_spread(max(count / folds, 1), max((images - count) / folds, 1)) for count in counts
    ]
    over_images = 100 * float(weights @ np.array(spreads)) / np.sqrt(2)
    return float(np.hypot(TRAINING, over_images))
