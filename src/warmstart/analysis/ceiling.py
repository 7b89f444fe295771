"""How well a study could be predicted at best: by its own repeats."""

from collections.abc import Sequence

import numpy as np

from warmstart.analysis.agreement import STATISTICS, agreement, resampled_gains
from warmstart.analysis.cells import Cell
from warmstart.metrics.arrays import Floats

HALF, ONE = "half of the repeats", "one repeat"
SPLITS = 200


def ceilings(cells: Sequence[Cell]) -> dict[str, bool]:
    """Names of the ceilings that differ to whether a single repeat predicts, the first one first.

    Half of three repeats, rounded down, is one repeat.
    """
    halves = any(len(cell.repeats) // 2 > 1 for cell in cells)
    return {HALF: False, ONE: True} if halves else {ONE: True}


def ceiling(cells: Sequence[Cell], *, single: bool, rng: np.random.Generator) -> Floats:
    """How well some repeats of every run predict the mean of the others.

    What varies: which repeats (seeds, folds) predict. Half of them predict the other half, so that
    both sides are noisier than the whole: a measure may exceed the ceiling.

    Args:
        cells: Places to rank.
        single: Whether one repeat predicts all others, instead of half the other half.
        rng: Source of randomness.

    Returns:
        Shape (cells, len(STATISTICS)), each the mean over `SPLITS` splits; NaN where a cell has
        fewer than two repeats or runs are missing.
    """
    rows = []
    for cell in cells:
        count = len(cell.repeats)
        size = 1 if single else count // 2
        if count < 2:
            rows.append(np.full(len(STATISTICS), np.nan))
            continue
        orders = np.argsort(rng.random((SPLITS, count)), axis=1)
        said, truth = (
            100 * resampled_gains(cell.repeats, part)
            for part in (orders[:, :size], orders[:, size:])
        )
        found = agreement(truth, said)
        known = found[np.isfinite(found).all(axis=1)]
        rows.append(known.mean(axis=0) if len(known) else np.full(len(STATISTICS), np.nan))
    return np.array(rows).reshape(len(cells), len(STATISTICS))
