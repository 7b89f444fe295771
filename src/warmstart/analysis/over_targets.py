"""Means over targets, and their intervals when targets are what varies.

A target counts once, with however many networks or arms it was tried; targets of one origin
(relatives) vary together.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from warmstart.analysis.intervals import LEVEL
from warmstart.metrics.arrays import Bools, Floats

FEW = 8
"""With fewer origins a bootstrap of them is much too narrow: Student's t is taken instead."""
MIN_ORIGINS = 2
"""One target cannot say how far targets differ."""


def target_weights(targets: Sequence[str], used: Bools | None = None) -> Floats:
    """Weights of cells that give every target the same sum, 1; 0 for cells that are not used.

    Args:
        targets: Target of each cell.
        used: Which cells count; all by default.

    Example:
        >>> target_weights(["a", "a", "b"]).tolist()
        [0.5, 0.5, 1.0]
    """
    kept = np.ones(len(targets), dtype=bool) if used is None else used
    counts = Counter(target for target, keep in zip(targets, kept, strict=True) if keep)
    return np.array(
        [keep / counts[t] if keep else 0.0 for t, keep in zip(targets, kept, strict=True)]
    )


def student_interval(
    values: Floats, weights: Floats, origins: Sequence[str]
) -> tuple[Floats, Floats]:
    """95 % interval of a weighted mean by Student's t, one degree of freedom less than origins.

    The variance is that of a ratio: how far the sums of origins lie from what the mean lets expect
    of as much weight. With one cell per origin it is the usual interval of a mean.

    Args:
        values: Shape (cells, s).
        weights: Shape (cells,); cells of weight 0 do not count.
        origins: Of each cell.

    Returns:
        Low and high, shape (s,); NaN with fewer than `MIN_ORIGINS` origins.

    References:
        Cochran, Sampling Techniques, 3rd ed. 1977, section 6.4 (ratio estimator).
    """
    from scipy.special import stdtrit

    names = sorted({origin for origin, w in zip(origins, weights, strict=True) if w > 0})
    if len(names) < MIN_ORIGINS:
        return np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    count = len(names)
    mean = weighted_mean(values, weights)
    rest = np.where(weights[:, None] > 0, weights[:, None] * (values - mean), 0.0)
    own = np.array([rest[[origin == name for origin in origins]].sum(axis=0) for name in names])
    error = np.sqrt(count / (count - 1) * (own**2).sum(axis=0)) / weights.sum()
    reach = float(stdtrit(count - 1, (1 + LEVEL) / 2)) * error
    return mean - reach, mean + reach


def weighted_mean(values: Floats, weights: Floats) -> Floats:
    """Mean over cells, shape (s,); values of weight 0 may be NaN."""
    kept = weights > 0
    mean: Floats = weights[kept] @ values[kept] / weights.sum()
    return mean
