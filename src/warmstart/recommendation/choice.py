"""What trainings came to, and which candidate is taken for it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.analysis.practical import COUNTS
from warmstart.metrics.arrays import Bools, Floats
from warmstart.recommendation.verification import Plan, believed


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What trainings came to, candidates in the order of the plan.

    Attributes:
        short: AUC points of short trainings, shape (folds, candidates), NaN where there is none.
        full: Those of whole trainings.
        ruled_out: Names of those that a test ruled out.
    """

    short: Floats
    full: Floats
    ruled_out: Sequence[str]

    @property
    def whole(self) -> Bools:
        """Which candidates have a whole training, shape (candidates,)."""
        return np.asarray(np.isfinite(self.full).any(axis=0))

    @property
    def any_full(self) -> bool:
        """Whether a whole training was done."""
        return bool(self.whole.any())

    @property
    def measured(self) -> Floats:
        """AUC points of the trainings that count: whole ones, or short ones if there are no others.

        Shape (folds, candidates), NaN where there is none.
        """
        return self.full if self.any_full else self.short

    @property
    def filled(self) -> Floats:
        """AUC points to choose by, shape (folds, candidates); NaN in folds that say nothing.

        What a candidate would have come to, where it was trained in short only, is taken to differ
        from the leader as it did in its whole trainings, and by how much the short ones of this
        fold differ from those of these. Where it has no whole one, by the short ones alone.
        """
        if not self.any_full:
            return _without_broken_fold(self.short)
        leader = int(np.isfinite(self.full).sum(axis=0).argmax())
        ahead, early = (t - t[:, [leader]] for t in (self.full, self.short))
        missed = _mean(ahead - early)  # by short trainings; 0 where nothing says by how much
        guess = self.full[:, [leader]] + early + missed
        return np.clip(np.where(np.isfinite(self.full), self.full, guess), 0, 100)

    @property
    def able(self) -> Bools:
        """Which candidates may be started from, shape (candidates,): those most is known of."""
        known = self.whole if self.any_full else np.isfinite(self.filled).any(axis=0)
        return np.asarray(known | ~known.any())

    @property
    def told(self) -> Bools:
        """Which folds say something, shape (folds,)."""
        return np.asarray(np.isfinite(self.filled).any(axis=1))


def standings(plan: Plan, table: Floats, whole: Bools) -> Floats:
    """What each candidate is thought to gain over one of them, in AUC points, shape (n,).

    Args:
        plan: What was predicted.
        table: AUC points, shape (folds, candidates); all NaN: nothing was trained.
        whole: Which candidates have a whole training; short ones, of the others, count less.
    """
    early, late = (believed(plan, number, plan.candidates, table.T)[0] for number in (0, 1))
    return np.where(whole, late, early)


def pick(standing: Floats, costs: Floats, able: Bools) -> int:
    """Return the candidate to start from: the cheapest of those at most `COUNTS` apart.

    Args:
        standing: Of `standings`.
        costs: Of each candidate.
        able: Which may be taken; one at least.
    """
    told = np.where(able, standing, -np.inf)
    return int(np.argmin(np.where(told >= told.max() - COUNTS, costs, np.inf)))


def _without_broken_fold(table: Floats) -> Floats:
    """Without the last fold, if the budget broke it off and there is another."""
    rows = np.flatnonzero(np.isfinite(table).any(axis=1))
    counts = np.isfinite(table).sum(axis=1)
    if len(rows) > 1 and counts[rows[-1]] < counts[rows[-2]]:
        table = table.copy()
        table[rows[-1]] = np.nan
    return table


def _mean(table: Floats) -> Floats:
    """Mean of what is known over folds, 0 where nothing is."""
    known = np.isfinite(table)
    found: Floats = np.where(known, table, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return found
