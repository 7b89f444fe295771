"""What a network says of images, and how good that is."""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from warmstart.metrics.classification import (
    auc_ovr,
    classification_metrics,
    multilabel_metrics,
    roc_auc,
)
from warmstart.training.batches import Batches
from warmstart.training.inference import predict


def scores_of(
    model: nn.Module, batches: Batches, positions: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the probability of each class, or of yes for each label, shape (n, K or L)."""
    logits = predict(model, batches, positions).to(torch.float64)
    one_label = batches.labels.ndim == 1
    return (logits.softmax(1) if one_label else logits.sigmoid()).numpy()


def mean_auc(labels: NDArray[Any], scores: NDArray[np.float64]) -> float:
    """Return the AUC that studies report, with several labels the mean of theirs.

    Args:
        labels: Classes (n,), or yes/no labels (n, L) with NaN for missing.
        scores: Shape (n, K) or (n, L).

    Returns:
        NaN if no label has both classes, or if a score is NaN.

    Example:
        >>> yes_no = np.array([[0, 1], [1, np.nan], [0, 1.0]])
        >>> mean_auc(yes_no, np.array([[0.1, 0.5], [0.9, 0.5], [0.2, 0.5]]))
        1.0
    """
    if not np.isfinite(scores).all():
        return math.nan
    if labels.ndim == 1:
        return auc_ovr(labels, scores)
    known = ~np.isnan(labels)
    each = [roc_auc(labels[rows, k], scores[rows, k]) for k, rows in enumerate(known.T)]
    told = [auc for auc in each if not math.isnan(auc)]
    return float(np.mean(told)) if told else math.nan


def part_metrics(
    labels: NDArray[Any], scores: NDArray[np.float64], classes: tuple[str, ...]
) -> list[dict[str, object]]:
    """Return every metric of one part, as rows for ``metrics.json``; what has no value is None."""
    if labels.ndim == 1:
        rows = [("", name, value) for name, value in classification_metrics(labels, scores).items()]
    else:
        rows = list(multilabel_metrics(labels, scores, classes))
    return [
        {"label": label, "metric": metric, "value": None if math.isnan(value) else value}
        for label, metric, value in rows
    ]
