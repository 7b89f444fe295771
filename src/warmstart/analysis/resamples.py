"""What varies in the intervals and p-values of agreement, drawn once for all measures.

- over targets: as many origins as there are get drawn with replacement, with all their targets.
  Would the measure also rank sources for targets not seen? Experience and scores stay as they are.
- over folds: the repeats (seeds and folds) of each target are drawn with replacement, the same for
  all its sources. Would the same targets agree again in other runs? Noise is added to noise, so
  that agreement falls: the interval may lie below the value.
- p: candidates change places, the same way on every target. Would any other ranking agree as well?
  What is told apart is the order of sources, which much resembles itself from target to target;
  places changed anew on each target would take that for evidence. Few candidates change places in
  every way there is, so that p is exact.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations as every_order

import numpy as np

from warmstart.analysis.cells import Candidate, Cell
from warmstart.analysis.intervals import LEVEL
from warmstart.analysis.rank_correlations import MOST_CELLS
from warmstart.metrics.arrays import Bools, Floats, Ints

MIN_ORIGINS = 2
"""One target cannot say how far targets differ."""
PERMUTATIONS = 10_000
"""With m measures Holm's p cannot come below m / 10,001: 0.003 for thirty of them."""


@dataclass(frozen=True, eq=False)
class Resamples:
    """Draws shared by all measures, so that their intervals can be compared.

    Attributes:
        origins: How often each resample holds the targets of each cell's origin, shape (B, cells).
        repeats: Per cell which of its repeats each resample holds, shape (B, r).
        distinct: How many origins there are.
        candidates: Those of all cells, in sorted order.
        orders: Per permutation the number of the candidate whose score each gets, shape (P, n).
        exact: Whether these are all permutations there are.
    """

    origins: Ints
    repeats: Sequence[Ints]
    distinct: int
    candidates: tuple[Candidate, ...]
    orders: Ints
    exact: bool

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

    def permuted(
        self, candidates: Sequence[Candidate], scores: Floats, rows: slice = slice(None)
    ) -> Floats:
        """Scores with candidates in other places, one row per permutation.

        Whoever would get the score of a candidate that is not there gets that candidate's instead,
        and so on: some of the candidates change places among themselves, every way equally often.

        Args:
            candidates: Some of all, such as those of one cell.
            scores: One number for each.
            rows: Which of the permutations.
        """
        orders = self.orders[rows]
        members = [self.candidates.index(candidate) for candidate in candidates]
        position = np.full(len(self.candidates), -1)
        position[members] = np.arange(len(members))
        given = orders[:, members]
        while (absent := position[given] < 0).any():
            given = np.where(absent, np.take_along_axis(orders, given, axis=1), given)
        moved: Floats = scores[position[given]]
        return moved

    def p_value(
        self, value: Floats, judge: Callable[[slice], Floats], higher: Bools, *, width: int
    ) -> Floats:
        """Share of permutations at least as good; of drawn ones the value itself is one more.

        Args:
            value: Shape (s,).
            judge: Gives the same of some permutations, shape (rows, s).
            higher: Whether higher is better, shape (s,).
            width: Numbers in a row of what ``judge`` looks at; bounds its memory.

        Returns:
            Above 0, at most 1, shape (s,).
        """
        sign = np.where(higher, 1.0, -1.0)
        count, rows = len(self.orders), max(1, MOST_CELLS // width)
        parts = [judge(slice(start, start + rows)) for start in range(0, count, rows)]
        as_good = sum((sign * part >= sign * value - 1e-12).sum(axis=0) for part in parts)
        share: Floats = (as_good + (not self.exact)) / (count + (not self.exact))
        return share


def draw(
    cells: Sequence[Cell], *, resamples: int, seed: int, permutations: int = PERMUTATIONS
) -> Resamples:
    """Draw targets, repeats and permutations.

    Args:
        cells: Places to rank.
        resamples: How many draws of targets and of repeats, B.
        permutations: How many permutations, P; all of them where there are no more.
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
    every = tuple(sorted({candidate for cell in cells for candidate in cell.candidates}))
    exact = math.factorial(len(every)) <= permutations
    if exact:
        orders = np.array(list(every_order(range(len(every)))))
    else:
        orders = rng.permuted(np.tile(np.arange(len(every)), (permutations, 1)), axis=1)
    return Resamples(counts[:, places], repeats, len(names), every, orders, exact)


def percentiles(values: Floats) -> tuple[Floats, Floats]:
    """Low and high end of the middle 95 % of resamples, along the first axis, NaN left out."""
    known = values[np.isfinite(values).all(axis=1)]
    if not len(known):
        return _nothing(values.shape[1])
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def _nothing(width: int) -> tuple[Floats, Floats]:
    return np.full(width, np.nan), np.full(width, np.nan)
