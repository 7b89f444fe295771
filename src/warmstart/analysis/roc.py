"""ROC curves of the pooled out-of-fold predictions, as a table to draw."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from warmstart.analysis.predictions import OneVsRest, Predictions, pool, read_predictions
from warmstart.metrics.arrays import Bools, Floats

GRID = np.arange(101) / 100
"""False positive rates at which curves are tabled."""
COLUMNS = [
    "network",
    "source",
    "arm",
    "target",
    "curve",
    "false_positive_rate",
    "true_positive_rate",
]


def roc_table(
    predictions: Mapping[tuple[str, str, str, str, int, int], pd.DataFrame],
) -> pd.DataFrame:
    """One ROC curve per network, source, arm and target, from all its seeds and folds together.

    Pooling mixes the scores of several networks, so the area under the curve is not the mean AUC
    over folds that the tables show; the curve is for looking at.

    Args:
        predictions: Predictions of each run's test part, by (network, source, arm, target, seed,
            fold); a call reads each once.

    Returns:
        Columns network, source, arm, target, curve, false_positive_rate, true_positive_rate (both
        0 to 1), the origin and 101 rows per curve. ``curve`` says what is drawn: nothing for
        two classes, ``"one-vs-rest, weighted"`` by prevalence for more, ``"mean over labels"``
        for several yes/no labels. Curves without both classes are left out.
    """
    runs: dict[tuple[str, ...], list[Predictions]] = {}
    for key in sorted(predictions):
        runs.setdefault(key[:4], []).append(read_predictions(predictions[key]))
    tables = []
    for name, parts in runs.items():
        curve, heights = mean_curve(pool(parts))
        if heights is not None:
            tables.append(_table(name, curve, heights))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def class_curves(questions: Sequence[OneVsRest]) -> pd.DataFrame:
    """One ROC curve per class or label.

    Args:
        questions: Of `warmstart.analysis.predictions.one_vs_rest`.

    Returns:
        Columns curve, false_positive_rate, true_positive_rate (both 0 to 1), the origin and 101
        rows per curve. Curves without both classes are left out.
    """
    curves = [(one.name, roc_curve(one.positive, one.scores, GRID)) for one in questions]
    tables = [
        _points(heights).assign(curve=name) for name, heights in curves if heights is not None
    ]
    return pd.concat(tables)[COLUMNS[4:]] if tables else pd.DataFrame(columns=COLUMNS[4:])


def mean_curve(part: Predictions) -> tuple[str, Floats | None]:
    """What is drawn for these predictions, and its true positive rates at `GRID`."""
    y, s = part.labels, part.scores
    if part.multilabel:
        known = ~np.isnan(y)
        curves = [
            roc_curve(y[known[:, j], j] == 1, s[known[:, j], j], GRID) for j in range(y.shape[1])
        ]
        return "mean over labels", _average(curves, [1.0] * len(curves))
    if s.shape[1] == 2:
        return "", roc_curve(y == 1, s[:, 1], GRID)
    curves = [roc_curve(y == c, s[:, c], GRID) for c in range(s.shape[1])]
    return "one-vs-rest, weighted", _average(curves, np.bincount(y, minlength=s.shape[1]).tolist())


def roc_curve(positive: Bools, scores: Floats, grid: Floats) -> Floats | None:
    """True positive rate at given false positive rates.

    Args:
        positive: Which images are positive, shape (n,).
        scores: Higher for positive, shape (n,). Tied images enter together, on a slanted line.
        grid: False positive rates, 0 to 1, shape (g,).

    Returns:
        Shape (g,), the upper end where the curve rises straight up; ``None`` if one class is
        missing.

    Example:
        >>> roc_curve(np.array([True, False]), np.array([0.5, 0.5]), np.array([0, 0.5, 1])).tolist()
        [0.0, 0.5, 1.0]
    """
    hits = int(positive.sum())
    if hits in (0, len(positive)):
        return None
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.diff(scores[order], append=np.nan) != 0)
    caught = np.cumsum(positive[order])[last]
    tpr = np.concatenate([[0.0], caught / hits])
    fpr = np.concatenate([[0.0], (last + 1 - caught) / (len(positive) - hits)])
    return _heights(fpr, tpr, grid)


def _heights(x: Floats, y: Floats, grid: Floats) -> Floats:
    """Interpolate a rising curve; where it jumps, take the upper end."""
    left = np.searchsorted(x, grid, side="right") - 1
    right = np.minimum(left + 1, len(x) - 1)
    run = np.where(right > left, x[right] - x[left], 1.0)
    heights: Floats = y[left] + (y[right] - y[left]) * (grid - x[left]) / run
    return heights


def _average(curves: Sequence[Floats | None], weights: Sequence[float]) -> Floats | None:
    """Weighted mean of the curves there are."""
    pairs = [(c, w) for c, w in zip(curves, weights, strict=True) if c is not None]
    if not pairs:
        return None
    heights: Floats = np.average([c for c, _ in pairs], axis=0, weights=[w for _, w in pairs])
    return heights


def _table(name: tuple[str, ...], curve: str, heights: Floats) -> pd.DataFrame:
    labels = dict(zip(COLUMNS[:5], (*name, curve), strict=True))
    return _points(heights).assign(**labels)[COLUMNS]


def _points(heights: Floats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "false_positive_rate": np.concatenate([[0.0], GRID]),
            "true_positive_rate": np.concatenate([[0.0], heights]),
        }
    )
