"""How alike two targets are: whether scores speak of the same candidates in the same way."""

from collections.abc import Sequence

import numpy as np

from warmstart.metrics.arrays import Floats
from warmstart.recommendation.places import Place

MIN_COMMON = 5
"""Fewer scores in common say nothing."""


def likeness(a: Place, b: Place) -> float:
    """Correlation of the scores two targets have in common, standardised over common candidates.

    Returns:
        From -1 to 1, higher: more alike. NaN where fewer than `MIN_COMMON` scores of the same
        measure and candidate are known for both, or one side is the same everywhere.
    """
    x, y = _in_common(a, b)
    if len(x) < MIN_COMMON or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    x, y = x - x.mean(), y - y.mean()
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


def likenesses(place: Place, places: Sequence[Place]) -> Floats:
    """`likeness` of one target to each of several."""
    return np.array([likeness(place, other) for other in places], dtype=np.float64)


def _in_common(a: Place, b: Place) -> tuple[Floats, Floats]:
    names = [name for name in a.scores if name in b.scores]
    mine, theirs = a.among(b.candidates), b.among(a.candidates)
    if not names or not mine.candidates:
        return np.empty(0), np.empty(0)
    row_of = {key: row for row, key in enumerate(theirs.keys)}
    rows = [row_of[key] for key in mine.keys]
    x = np.concatenate([mine.known_scores[name] for name in names])
    y = np.concatenate([theirs.known_scores[name][rows] for name in names])
    both = np.isfinite(x) & np.isfinite(y)
    return x[both], y[both]
