"""What varies in the intervals and p-values of agreement, drawn once for all measures.

- over targets: as many origins as there are get drawn with replacement, with all their targets; of
  fewer than eight, whose bootstrap would be too narrow, Student's t is taken
  (`warmstart.analysis.over_targets`). Would the measure also rank sources for targets not seen?
  Experience and scores stay as they are.
- over folds: the repeats (seeds and folds) of each target are drawn with replacement, the same for
  all its sources. Would the same targets agree again in other runs? Noise is added to noise, so
  that agreement falls: the interval may lie below the value.
- p: candidates change places, the same way on every target and with every network. Would any other
  ranking agree as well? What is told apart is the order of sources, which much resembles itself
  from target to target; places changed anew on each target, or with each network, would take that
  for evidence. Few candidates change places in every way there is, so that p is exact. Of drawn
  permutations there are as many as it takes to see `ENOUGH` as good as the value (Besag and
  Clifford, "Sequential Monte Carlo p-values", Biometrika 1991), so that small p are known well.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations as every_order

import numpy as np

from warmstart.analysis.cells import Cell
from warmstart.analysis.intervals import LEVEL
from warmstart.analysis.over_targets import (
    FEW,
    student_interval,
    target_weights,
    weighted_mean,
)
from warmstart.analysis.rank_correlations import MOST_CELLS
from warmstart.metrics.arrays import Bools, Floats, Ints

PERMUTATIONS = 100_000
"""At most. With m measures Holm's p cannot come below m / 100,001: 0.0003 for thirty of them."""
FIRST = 10_000
"""Permutations that are always looked at."""
ENOUGH = 100
"""After so many at least as good p is known to within a tenth of itself (one standard error)."""


@dataclass(frozen=True, eq=False)
class Resamples:
    """Draws shared by all measures, so that their intervals can be compared.

    Attributes:
        targets: Of each cell.
        origins: Of each cell.
        drawn: How often each resample holds the targets of each cell's origin, shape (B, cells).
        repeats: Per cell which of its repeats each resample holds, shape (B, r).
        names: Of the candidates of all cells, in sorted order.
        orders: Per permutation the number of the candidate whose score each gets, shape (P, n).
        exact: Whether these are all permutations there are.
    """

    targets: tuple[str, ...]
    origins: tuple[str, ...]
    drawn: Ints
    repeats: Sequence[Ints]
    names: tuple[str, ...]
    orders: Ints
    exact: bool

    def weights(self, used: Bools) -> Floats:
        """Of cells, so that every target counts once; shape (cells,), 0 where not used."""
        return target_weights(self.targets, used)

    def distinct(self, used: Bools) -> int:
        """How many origins these cells have."""
        return len({origin for origin, keep in zip(self.origins, used, strict=True) if keep})

    def over_targets(self, values: Floats, used: Bools) -> tuple[Floats, Floats, Floats]:
        """Mean over targets, and its interval.

        Args:
            values: One row per cell, shape (cells, s).
            used: Which cells count, shape (cells,).

        Returns:
            Mean, low and high, shape (s,); no ends (NaN) with one origin.
        """
        weights = self.weights(used)
        mean = weighted_mean(values, weights)
        if self.distinct(used) < FEW:
            return mean, *student_interval(values, weights, self.origins)
        counts = self.drawn * weights
        total = counts.sum(axis=1, keepdims=True)
        sums = counts @ np.where(used[:, None], values, 0.0)
        return mean, *percentiles(sums[total[:, 0] > 0] / total[total[:, 0] > 0])

    def permuted(self, names: Sequence[str], scores: Floats, rows: slice = slice(None)) -> Floats:
        """Scores with candidates in other places, one row per permutation.

        Whoever would get the score of a candidate that is not there gets that candidate's instead,
        and so on: some of the candidates change places among themselves, every way equally often.

        Args:
            names: Of some candidates, such as those of one cell.
            scores: One number for each.
            rows: Which of the permutations.
        """
        orders = self.orders[rows]
        members = [self.names.index(name) for name in names]
        position = np.full(len(self.names), -1)
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
        rows = max(1, min(FIRST, MOST_CELLS // width))
        as_good, done = np.zeros(len(value)), 0
        for start in range(0, len(self.orders), rows):
            part = judge(slice(start, start + rows))
            as_good += (sign * part >= sign * value - 1e-12).sum(axis=0)
            done += len(part)
            if not self.exact and done >= FIRST and (as_good >= ENOUGH).all():
                break
        share: Floats = (as_good + (not self.exact)) / (done + (not self.exact))
        return share


def draw(
    cells: Sequence[Cell], *, resamples: int, seed: int, permutations: int = PERMUTATIONS
) -> Resamples:
    """Draw targets, repeats and permutations.

    Args:
        cells: Places to rank.
        resamples: How many draws of targets and of repeats, B.
        permutations: How many permutations at most, P; all of them where there are no more.
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
    every = tuple(sorted({name for cell in cells for name in cell.names}))
    exact = math.factorial(len(every)) <= permutations
    if exact:
        orders = np.array(list(every_order(range(len(every)))))
    else:
        apart = np.random.default_rng([seed, 1])  # p must not hang on how much else is drawn
        orders = apart.permuted(np.tile(np.arange(len(every)), (permutations, 1)), axis=1)
    return Resamples(
        targets=tuple(cell.target for cell in cells),
        origins=tuple(cell.origin for cell in cells),
        drawn=counts[:, places],
        repeats=repeats,
        names=every,
        orders=orders,
        exact=exact,
    )


def percentiles(values: Floats) -> tuple[Floats, Floats]:
    """Low and high end of the middle 95 % of resamples, along the first axis, NaN left out."""
    known = values[np.isfinite(values).all(axis=1)]
    if not len(known):
        return _nothing(values.shape[1])
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def _nothing(width: int) -> tuple[Floats, Floats]:
    return np.full(width, np.nan), np.full(width, np.nan)
