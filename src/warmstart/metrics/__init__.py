"""AUC and its kin, with their uncertainty."""

from warmstart.metrics.bootstrap import (
    resampled_accuracy,
    resampled_auc_ovr,
    resampled_balanced_accuracy,
    resampled_roc_auc,
)
from warmstart.metrics.classification import (
    METRICS,
    Metric,
    accuracy,
    auc_ovr,
    balanced_accuracy,
    classification_metrics,
    multilabel_metrics,
    roc_auc,
)

__all__ = [
    "METRICS",
    "Metric",
    "accuracy",
    "auc_ovr",
    "balanced_accuracy",
    "classification_metrics",
    "multilabel_metrics",
    "resampled_accuracy",
    "resampled_auc_ovr",
    "resampled_balanced_accuracy",
    "resampled_roc_auc",
    "roc_auc",
]
