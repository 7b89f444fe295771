"""Types and checks shared by the metrics."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.errors import DataError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def check_binary(labels: ArrayLike, scores: ArrayLike) -> tuple[Bools, Floats]:
    """Return which images are positive and their scores, both (n,).

    Raises:
        DataError: If shapes disagree, a label is not 0 or 1, or a score is not finite.
    """
    y, s = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    if y.ndim != 1 or s.shape != y.shape:
        raise DataError(f"labels {y.shape} and scores {s.shape} must both have shape (n,).")
    _check_members(y, 2)
    _check_finite(s[:, None])
    return y.astype(np.bool_), s


def check_classes(labels: ArrayLike, scores: ArrayLike) -> tuple[Ints, Floats]:
    """Return class numbers (n,) and class probabilities (n, K).

    Raises:
        DataError: If shapes disagree, a label is not in 0..K-1, or a score is not finite.
    """
    y, s = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    if y.ndim != 1 or s.ndim != 2 or len(s) != len(y) or s.shape[1] < 2:
        raise DataError(
            f"labels {y.shape} and scores {s.shape} must have shapes (n,) and (n, K), K >= 2."
        )
    _check_members(y, s.shape[1])
    _check_finite(s)
    return y.astype(np.int64), s


def check_multilabel(labels: ArrayLike, scores: ArrayLike, width: int) -> tuple[Floats, Floats]:
    """Return labels and probabilities, both (n, L); NaN is a missing label.

    Raises:
        DataError: If shapes disagree, a label is not 0, 1 or NaN, or a score is not finite.
    """
    y, s = np.asarray(labels, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if y.ndim != 2 or s.shape != y.shape or y.shape[1] != width:
        raise DataError(
            f"labels {y.shape} and scores {s.shape} must both have shape (n, {width}), "
            "one column per label name."
        )
    _check_members(y[~np.isnan(y)], 2)
    _check_finite(s)
    return y, s


def check_weights(weights: ArrayLike, n: int) -> NDArray[Any]:
    """Return how often each resample holds each image, (B, n), whatever its dtype.

    Raises:
        DataError: If the shape is not (B, n).
    """
    w = np.asarray(weights)
    if w.ndim != 2 or w.shape[1] != n:
        raise DataError(f"weights have shape {w.shape}; (resamples, {n}) was expected.")
    return w


def _check_members(labels: NDArray[Any], classes: int) -> None:
    wrong = ~np.isin(labels, np.arange(classes))
    if wrong.any():
        value = labels[wrong][0]
        raise DataError(f"label {value} is none of the classes 0 to {classes - 1}.")


def _check_finite(scores: Floats) -> None:
    bad = ~np.isfinite(scores).all(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise DataError(f"scores row {row} holds NaN or inf; that run's network diverged.")
