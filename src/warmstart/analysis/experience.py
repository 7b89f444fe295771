"""What a candidate gave on other targets, in numbers that compare across targets."""

from collections.abc import Sequence

import numpy as np

from warmstart.analysis.cells import Candidate
from warmstart.metrics.arrays import Floats


def standardised(values: Floats) -> Floats:
    """Standard deviations from the mean of what is known; 0 where unknown or all are equal."""
    known = np.isfinite(values)
    if not known.any() or np.ptp(values[known]) == 0:
        return np.zeros(len(values))
    centred = values - values[known].mean()
    return np.where(known, centred / values[known].std(), 0.0)


def standings_of(
    candidates: Sequence[Candidate], others: Sequence[tuple[Sequence[Candidate], Floats]]
) -> list[list[float]]:
    """Return for each candidate its standings on the other targets it was tried on.

    Args:
        candidates: Network and source of each.
        others: Per target its candidates, and the standardised gain of each.
    """
    tables = [dict(zip(tried, standing.tolist(), strict=True)) for tried, standing in others]
    return [[table[one] for table in tables if one in table] for one in candidates]


def mean_standings(told: Sequence[Sequence[float]]) -> Floats:
    """Mean standing of each candidate; one that was tried nowhere counts as average, 0."""
    return np.array([np.mean(values) if values else 0.0 for values in told])
