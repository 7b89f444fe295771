"""How well a network classifies the images of one test part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from warmstart.metrics.arrays import Floats, check_binary, check_classes, check_multilabel
from warmstart.metrics.bootstrap import (
    resampled_accuracy,
    resampled_auc_ovr,
    resampled_balanced_accuracy,
)


def roc_auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the ROC curve: how often a positive image scores above a negative one.

    Args:
        labels: 0 or 1 for each image, shape (n,).
        scores: Higher for class 1, shape (n,). Only their order counts; a tie counts one half.

    Returns:
        Between 0 and 1, higher is better, 0.5 for guessing; NaN if one class is missing.

    Raises:
        DataError: If shapes disagree, a label is not 0 or 1, or a score is not finite.

    Example:
        >>> roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])
        0.875
    """
    positive, s = check_binary(labels, scores)
    negatives, hits = np.sort(s[~positive]), s[positive]
    if not len(negatives) or not len(hits):
        return float("nan")
    below = np.searchsorted(negatives, hits, side="left").sum()
    upto = np.searchsorted(negatives, hits, side="right").sum()
    return float((below + upto) / 2 / (len(hits) * len(negatives)))


def auc_ovr(
    labels: ArrayLike, scores: ArrayLike, average: Literal["weighted", "macro"] = "weighted"
) -> float:
    """AUC of every class against the rest, averaged over the classes present.

    Args:
        labels: Class of each image, 0 to K-1, shape (n,).
        scores: Probability of each class, shape (n, K). With K = 2 this is the plain AUC of
            column 1.
        average: ``"weighted"`` by prevalence in these images, as *Cats, not CAT scans* did, or
            ``"macro"``, every class alike.

    Returns:
        Between 0 and 1, higher is better. A class that no image has contributes nothing; NaN if
        all images have one class.

    Raises:
        DataError: If shapes disagree, a label is not in 0..K-1, or a score is not finite.

    Example:
        >>> auc_ovr([0, 1, 2], [[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.1, 0.6, 0.3]], "macro")
        0.75
    """
    y, s = check_classes(labels, scores)
    if s.shape[1] == 2:
        return roc_auc(y, s[:, 1])
    present, counts = np.unique(y, return_counts=True)
    if len(present) < 2:
        return float("nan")
    aucs = [roc_auc(y == c, s[:, c]) for c in present]
    return float(np.average(aucs, weights=counts if average == "weighted" else None))


def accuracy(labels: ArrayLike, scores: ArrayLike) -> float:
    """Share of images whose most probable class is right; NaN without images.

    Args and errors are those of `auc_ovr`. Higher is better; depends on the class balance.
    """
    y, s = check_classes(labels, scores)
    return float(np.mean(s.argmax(axis=1) == y)) if len(y) else float("nan")


def balanced_accuracy(labels: ArrayLike, scores: ArrayLike) -> float:
    """Share of images recognised, within each class present, averaged; NaN without images.

    Args and errors are those of `auc_ovr`. Higher is better; 1/K for guessing.
    """
    y, s = check_classes(labels, scores)
    right = s.argmax(axis=1) == y
    return float(np.mean([right[y == c].mean() for c in np.unique(y)])) if len(y) else float("nan")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric of single-label classification, and the same for many resamples at once.

    Attributes:
        name: What the study file calls it.
        title: What a sentence calls it.
        compute: (labels (n,), scores (n, K)) -> value.
        resample: (labels (n,), scores (n, K), weights (B, n)) -> values (B,).
        higher_is_better: Direction.
        cite: Where it is used or defined.
    """

    name: str
    title: str
    compute: Callable[[ArrayLike, ArrayLike], float]
    resample: Callable[[ArrayLike, ArrayLike, ArrayLike], Floats]
    higher_is_better: bool
    cite: str


_ROWS = (
    Metric(
        name="auc_weighted_ovr",
        title="AUC",
        compute=lambda labels, scores: auc_ovr(labels, scores, "weighted"),
        resample=lambda labels, scores, w: resampled_auc_ovr(labels, scores, w, "weighted"),
        higher_is_better=True,
        cite="van den Brandt et al. 2021, Cats, not CAT scans; Provost & Domingos 2000",
    ),
    Metric(
        name="auc_macro_ovr",
        title="macro AUC",
        compute=lambda labels, scores: auc_ovr(labels, scores, "macro"),
        resample=lambda labels, scores, w: resampled_auc_ovr(labels, scores, w, "macro"),
        higher_is_better=True,
        cite="Fawcett 2006, An introduction to ROC analysis",
    ),
    Metric(
        name="balanced_accuracy",
        title="balanced accuracy",
        compute=balanced_accuracy,
        resample=resampled_balanced_accuracy,
        higher_is_better=True,
        cite="Brodersen et al. 2010, The balanced accuracy and its posterior distribution",
    ),
    Metric(
        name="accuracy",
        title="accuracy",
        compute=accuracy,
        resample=resampled_accuracy,
        higher_is_better=True,
        cite="share of images classified correctly",
    ),
)
METRICS = {m.name: m for m in _ROWS}


def classification_metrics(labels: ArrayLike, scores: ArrayLike) -> dict[str, float]:
    """Every row of `METRICS` for one test part with one class per image.

    Args and errors are those of `auc_ovr`.

    Example:
        >>> classification_metrics([0, 1], [[0.9, 0.1], [0.6, 0.4]])["auc_weighted_ovr"]
        1.0
    """
    return {name: metric.compute(labels, scores) for name, metric in METRICS.items()}


def multilabel_metrics(
    labels: ArrayLike, scores: ArrayLike, names: Sequence[str]
) -> list[tuple[str, str, float]]:
    """Every row of `METRICS` for each yes/no label of one test part.

    A label is a two-class problem, so both AUC metrics are its plain AUC, and accuracies cut at
    one half.

    Args:
        labels: 0, 1 or NaN where it is not known, shape (n, L); unknown ones are left out.
        scores: Probability of yes, shape (n, L).
        names: Name of each label, length L.

    Returns:
        (label name, metric, value), in the order of ``names``. An AUC is NaN where the known
        labels are all yes or all no.

    Raises:
        DataError: If shapes disagree, a label is not 0, 1 or NaN, or a score is not finite.
    """
    y, s = check_multilabel(labels, scores, len(names))
    rows = []
    for j, label in enumerate(names):
        known = ~np.isnan(y[:, j])
        found = classification_metrics(y[known, j], two_columns(s[known, j]))
        rows += [(label, metric, value) for metric, value in found.items()]
    return rows


def two_columns(scores: Floats) -> Floats:
    """Probabilities of no and yes, shape (n, 2), from those of yes, shape (n,)."""
    return np.column_stack([1.0 - scores, scores])
