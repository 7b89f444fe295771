"""What varies in the intervals and p-values of agreement, drawn once for all measures.

- over targets: as many origins as there are get drawn with replacement, with all their targets.
  Would the measure also rank sources for targets not seen? Experience and scores stay as they are.
- over folds: the repeats (seeds and folds) of each target are drawn with replacement, the same for
  all its sources. Would the same targets agree again in other runs? Noise is added to noise, so
  that agreement falls: the interval may lie below the value.
- p: candidates change places, the same way on every target. Would any other ranking agree as well?
  What is told apart is the order of sources, which much resembles itself from target to target;
  places changed anew on each target would take that for evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.analysis.cells import Candidate, Cell
from warmstart.analysis.intervals import LEVEL
from warmstart.metrics.arrays import Bools, Floats, Ints

MIN_ORIGINS = 2
"""One target cannot say how far targets differ."""


@dataclass(frozen=True, eq=False)
class Resamples:
    """Draws shared by all measures, so that their intervals can be compared.

    Attributes:
        origins: How often each resample holds the targets of each cell's origin, shape (B, cells).
        repeats: Per cell which of its repeats each resample holds, shape (B, r).
        keys: Per candidate two random numbers for each permutation, shape (2, B).
        distinct: How many origins there are.
    """

    origins: Ints
    repeats: Sequence[Ints]
    keys: dict[Candidate, Floats]
    distinct: int

    def over_targets(self, values: Floats, used: Bools) -> tuple[Floats, Floats]:
        """Interval of the mean over cells.

        Args:
            values: One row per cell, shape (cells, s).
            used: Which cells count, shape (cells,).

        Returns:
            Low and high, shape (s,); NaN with one origin.
        """
        if self.distinct < MIN_ORIGINS:
            return _nothing(values.shape[1])
        counts = self.origins * used
        total = counts.sum(axis=1, keepdims=True)
        sums = counts @ np.where(used[:, None], values, 0.0)
        return percentiles(sums[total[:, 0] > 0] / total[total[:, 0] > 0])

    def permuted(self, candidates: Sequence[Candidate], scores: Floats) -> Floats:
        """Scores of a cell with candidates in other places, shape (B, n)."""
        first, second = (
            np.argsort([self.keys[c][side] for c in candidates], axis=0).T for side in (0, 1)
        )
        moved = np.empty(first.shape)
        np.put_along_axis(moved, first, scores[second], axis=1)
        return moved


def draw(cells: Sequence[Cell], *, resamples: int, seed: int) -> Resamples:
    """Draw targets, repeats and permutations.

    Args:
        cells: Places to rank.
        resamples: How many draws of each kind, B.
        seed: The same seed gives the same draws.
    """
    rng = np.random.default_rng(seed)
    names = sorted({cell.origin for cell in cells})
    chosen = rng.integers(len(names), size=(resamples, len(names)))
    counts = np.stack([(chosen == i).sum(axis=1) for i in range(len(names))], axis=1)
    places = [names.index(cell.origin) for cell in cells]
    repeats = [
        rng.integers(len(cell.repeats), size=(resamples, len(cell.repeats))) for cell in cells
    ]
    every = sorted({candidate for cell in cells for candidate in cell.candidates})
    keys = {candidate: rng.random((2, resamples)) for candidate in every}
    return Resamples(counts[:, places], repeats, keys, len(names))


def p_value(value: Floats, permuted: Floats, higher: Bools) -> Floats:
    """Share of permutations that are at least as good, the value itself counted among them.

    Args:
        value: Shape (s,).
        permuted: Shape (B, s).
        higher: Whether higher is better, shape (s,).
    """
    sign = np.where(higher, 1.0, -1.0)
    as_good = (sign * permuted >= sign * value - 1e-12).sum(axis=0)
    share: Floats = (1 + as_good) / (1 + len(permuted))
    return share


def percentiles(values: Floats) -> tuple[Floats, Floats]:
    """Low and high end of the middle 95 % of resamples, along the first axis, NaN left out."""
    known = values[np.isfinite(values).all(axis=1)]
    if not len(known):
        return _nothing(values.shape[1])
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def _nothing(width: int) -> tuple[Floats, Floats]:
    return np.full(width, np.nan), np.full(width, np.nan)
