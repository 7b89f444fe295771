"""What to expect of the candidate that was chosen, corrected for having chosen it.

The highest of several means is too high: noise helped it to be the highest. So the choice is made
again for each fold without looking at that fold, and what it takes is averaged there. Nothing
says what the same candidates would give on images of another kind: folds of one dataset share
whatever is odd about it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from warmstart.analysis.comparison import corrected_resampled_interval
from warmstart.errors import DataError
from warmstart.metrics.arrays import Bools, Floats

Rule = Callable[[Floats], int]
"""Chooses a candidate by its number from a table (folds, candidates), higher is better. NaN is
what was not trained or must not be looked at: a candidate without a value is not to be chosen."""

NO_SECOND = "no second fold is complete"
"""Why nothing corrected can be said."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """The candidate to take, and what to expect of it.

    Attributes:
        index: Its number.
        corrected: Mean over folds of what was chosen without looking at them; NaN where no fold
            can be chosen for.
        low: Low end of the 95 % interval of ``corrected`` over folds, at least 0; NaN with fewer
            than two.
        high: High end, at most 1.
        uncorrected: Mean of the candidate over its folds: too high. Not to be shown alone.
        per_fold: Value in each fold of what was chosen without it, shape (folds,); NaN in folds
            that say nothing.
        candidates: How many were chosen among.
        reason: Why ``corrected`` is NaN; empty where it is not.
    """

    index: int
    corrected: float
    low: float
    high: float
    uncorrected: float
    per_fold: Floats
    candidates: int
    reason: str


def highest_mean(table: Floats) -> int:
    """Return the candidate of highest mean among those with most folds, the first of equals.

    One that was given up early is not compared with those that went on: folds differ.

    Args:
        table: Shape (folds, candidates), NaN where there is no value.
    """
    counts = np.isfinite(table).sum(axis=0)
    sums = np.where(np.isfinite(table), table, 0.0).sum(axis=0)
    means = sums / np.maximum(counts, 1)
    return int(np.argmax(np.where(counts == counts.max(), means, -np.inf)))


def choose(table: Floats, rule: Rule = highest_mean, *, test_share: float) -> Chosen:
    """Choose a candidate, and say what to expect of it.

    For each fold the rule sees the other folds and the candidates trained on this one. Where
    candidates were given up after a fold, only the folds before it are seen: who was trained later
    tells how they did on it. With candidates that are all equal, the corrected value is right on
    average.

    Args:
        table: Metric of each candidate per fold or repeat, 0 to 1, in the order of training, shape
            (folds, candidates), higher is better; NaN where a candidate was not trained. A fold
            that was interrupted is best left out: it looks as if the others had been given up.
        rule: How the candidate is chosen.
        test_share: n_test / n_train of the folds. Repeats that share no images need it no less:
            the values of two folds hang together, as each takes part in the choice for the other.

    Raises:
        DataError: If nothing was trained, or the rule takes a candidate without a value.

    Example:
        >>> found = choose(np.array([[0.8, 0.9], [0.8, 0.7], [0.8, 0.9]]), test_share=0.5)
        >>> found.index, round(found.uncorrected, 3), round(found.corrected, 3)
        (1, 0.833, 0.767)

    References:
        Varma & Simon, "Bias in error estimation when using cross-validation for model selection",
        BMC Bioinformatics 2006; for the interval Nadeau & Bengio, "Inference for the
        generalization error", Machine Learning 2003.
    """
    known = np.isfinite(table)
    if not known.any():
        raise DataError(
            f"the table of {table.shape[0]} folds and {table.shape[1]} candidates holds no value; "
            "train at least one candidate on one fold."
        )
    index = _taken(table, rule)
    per_fold = np.array([_without(table, fold, rule) for fold in range(len(table))])
    told = per_fold[np.isfinite(per_fold)]
    low, high = corrected_resampled_interval(told, test_share) if len(told) else (np.nan, np.nan)
    means = (told.mean() if len(told) else np.nan), table[known[:, index], index].mean()
    corrected, uncorrected, low, high = np.clip([*means, low, high], 0, 1).tolist()
    return Chosen(
        index=index,
        corrected=corrected,
        low=low,
        high=high,
        uncorrected=uncorrected,
        per_fold=per_fold,
        candidates=int(known.any(axis=0).sum()),
        reason="" if len(told) else NO_SECOND,
    )


def _without(table: Floats, fold: int, rule: Rule) -> float:
    """Value in a fold of the candidate chosen by others; NaN where there is nothing to go by."""
    known = np.isfinite(table)
    trained = known[fold]
    if trained.sum() == 1:  # whatever would be seen, it would be taken
        return float(table[fold, trained][0])
    seen = np.where(_seen(known, fold)[:, None] & trained, table, np.nan)
    return float(table[fold, _taken(seen, rule)]) if np.isfinite(seen).any() else float("nan")


def _seen(known: Bools, fold: int) -> Bools:
    """Which folds may be looked at to choose for one, shape (folds,)."""
    numbers = np.arange(len(known))
    gave_up = (known[fold] & ~known[fold + 1 :]).any()
    return np.asarray(numbers < fold if gave_up else numbers != fold)


def _taken(table: Floats, rule: Rule) -> int:
    index = rule(table)
    if not np.isfinite(table[:, index]).any():
        raise DataError(
            f"the rule of choice took candidate {index}, which has no value in the folds it was "
            "shown; it must take one that has."
        )
    return index
