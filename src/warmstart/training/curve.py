"""How many steps did a training need to become this good? Reads what it recorded on the way."""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import DataError


def steps_to_threshold(curve: ArrayLike, threshold: float, *, stay: int | None = 1) -> float:
    """Return the first step from which the AUC is at least ``threshold``.

    As *Transfusion* measures the speed of convergence: no smoothing, steps and not epochs.

    Args:
        curve: Step and AUC of each measurement, shape (n, 2), in any order; of a run's
            ``curve.parquet`` the columns ``step`` and ``auc``.
        threshold: The AUC to reach.
        stay: Measurements in a row that must reach it, the crossing included: 1 for "crossed",
            m for "crossed and stayed for m measurements", ``None`` for all that follow, to the
            last.

    Returns:
        The step of the crossing, on the grid of the measurements; inf if it is not reached, or
        if training ended before ``stay`` measurements. An AUC that is NaN reaches nothing.

    Raises:
        DataError: If the curve does not have two columns, or ``stay`` is less than 1.

    Example:
        >>> curve = [(10, 0.6), (20, 0.8), (30, 0.7), (40, 0.8), (50, 0.9)]
        >>> steps_to_threshold(curve, 0.8), steps_to_threshold(curve, 0.8, stay=2)
        (20.0, 40.0)
        >>> steps_to_threshold([*curve, (60, 0.7), (70, 0.8)], 0.8, stay=None)
        70.0
        >>> steps_to_threshold(curve, 0.95)
        inf
    """
    table = np.asarray(curve, dtype=np.float64)
    if table.size and (table.ndim != 2 or table.shape[1] != 2):
        raise DataError(f"A curve has the two columns step and auc; got shape {table.shape}.")
    if stay is not None and stay < 1:
        raise DataError(f"stay counts measurements and is at least 1; got {stay}.")
    table = table.reshape(-1, 2)
    table = table[np.argsort(table[:, 0], kind="stable")]
    reached = table[:, 1] >= threshold  # False for NaN
    if stay is None:
        stayed = np.logical_and.accumulate(reached[::-1])[::-1]
    elif len(reached) < stay:
        return float("inf")
    else:
        stayed = np.all(np.lib.stride_tricks.sliding_window_view(reached, stay), axis=1)
    return float(table[stayed.argmax(), 0]) if stayed.any() else float("inf")
