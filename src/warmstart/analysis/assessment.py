"""How good the out-of-fold predictions of one network are, class by class.

What varies in the intervals: groups of test images, drawn with replacement. The trained networks,
folds and seeds are kept as they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from warmstart.analysis.calibration import Calibration, Estimate, calibration
from warmstart.analysis.intervals import Draw, draw_groups, mean_over_parts, resampled_metric
from warmstart.analysis.predictions import OneVsRest, Predictions, one_vs_rest, pool
from warmstart.analysis.roc import class_curves
from warmstart.metrics import METRICS
from warmstart.metrics.bootstrap import resampled_roc_auc
from warmstart.metrics.classification import roc_auc

RESAMPLES = 1000
MEAN = "mean"
"""What the row of the mean over classes or labels is called."""
NUMBERS = (
    *("class", "images", "positive", "auc", "auc_low", "auc_high"),
    *("calibration_error", "calibration_error_low", "calibration_error_high"),
    *("brier", "brier_low", "brier_high"),
)
RELIABILITY = ("curve", "bin", "images", "predicted", "observed", "low", "high")


@dataclass(frozen=True, kw_only=True, eq=False)
class Assessment:
    """How good predictions are.

    Attributes:
        numbers: Columns `NUMBERS`, a row per class or label (of two classes the second), after
            one for their mean where there are several. AUC within each fold, then averaged; its
            mean over classes is weighted by prevalence.
        roc: Columns curve, false_positive_rate, true_positive_rate, of all folds together.
        reliability: Columns `RELIABILITY`, of all folds together.
    """

    numbers: pd.DataFrame
    roc: pd.DataFrame
    reliability: pd.DataFrame

    @property
    def per_class(self) -> pd.DataFrame:
        """The numbers without their mean."""
        return self.numbers[self.numbers["positive"].notna()]


def assess(folds: Sequence[Predictions], names: Sequence[str]) -> Assessment:
    """Assess the predictions of the test parts of one or several folds.

    Args:
        folds: Predictions of each fold's test part.
        names: Of the classes or labels, in the order of the scores.

    Raises:
        DataError: If the names are not as many as the scores.
    """
    rng = np.random.default_rng(0)
    draw = draw_groups([fold.groups for fold in folds], resamples=RESAMPLES, rng=rng)
    together = one_vs_rest(pool(folds), names)
    known = [one for one in together if len(one.positive)]
    told = [calibration(one, draw) for one in known]
    per_fold = [{one.name: one for one in one_vs_rest(fold, names)} for fold in folds]
    rows = [
        _row(one, _auc([fold[one.name] for fold in per_fold], draw), own.error, own.brier)
        for one, own in zip(known, told, strict=True)
    ]
    if len(rows) > 1:
        rows.insert(0, _mean_row(folds, names, told, draw))
    points = [row for one, own in zip(known, told, strict=True) for row in _points(one.name, own)]
    return Assessment(
        numbers=pd.DataFrame(rows, columns=list(NUMBERS)),
        roc=class_curves(known),
        reliability=pd.DataFrame(points, columns=list(RELIABILITY)),
    )


def _row(one: OneVsRest, auc: Estimate, error: Estimate, brier: Estimate) -> tuple[object, ...]:
    count = len(one.positive), int(one.positive.sum())
    return one.name, *count, *_numbers(auc, error, brier)


def _mean_row(
    folds: Sequence[Predictions], names: Sequence[str], told: Sequence[Calibration], draw: Draw
) -> tuple[object, ...]:
    metric = METRICS["auc_weighted_ovr"]
    each = [resampled_metric(fold, metric, draw.once, names)[""].item() for fold in folds]
    drawn = [resampled_metric(fold, metric, draw, names)[""] for fold in folds]
    auc = Estimate(_mean(each), mean_over_parts(drawn))
    error, brier = (
        Estimate(_mean([q.value for q in several]), mean_over_parts([q.draws for q in several]))
        for several in ([own.error for own in told], [own.brier for own in told])
    )
    return MEAN, sum(len(fold.groups) for fold in folds), pd.NA, *_numbers(auc, error, brier)


def _numbers(auc: Estimate, error: Estimate, brier: Estimate) -> tuple[float, ...]:
    return (
        *(auc.value, *auc.interval()),
        *(error.value, *error.reflected_interval()),
        *(brier.value, *brier.interval()),
    )


def _auc(parts: Sequence[OneVsRest], draw: Draw) -> Estimate:
    """AUC within each fold, then the mean over folds that have both classes."""
    drawn = [
        resampled_roc_auc(part.positive, part.scores, draw.weights(part.groups)) for part in parts
    ]
    each = [roc_auc(part.positive, part.scores) for part in parts]
    return Estimate(_mean(each), mean_over_parts(drawn))


def _points(name: str, own: Calibration) -> Iterator[tuple[object, ...]]:
    columns = own.images, own.predicted, own.observed, own.low, own.high
    for place, row in enumerate(zip(*columns, strict=True), start=1):
        yield name, place, *row


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")
