"""How many more patients, or trainings, it takes to tell two candidates apart.

Both answers take the present difference for the true one. Patients: groups are drawn with
replacement, as in `warmstart.analysis.intervals`, which gives the spread of the paired difference
at the present size; its variance falls with the number of groups. The trained networks are kept:
what they would gain from more patients does not enter. Trainings: the interval of the corrected
resampled t test, which further repeats on the same images can narrow only so far.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.analysis.comparison import SAME
from warmstart.analysis.intervals import (
    LEVEL,
    MIN_GROUPS,
    Draw,
    draw_groups,
    mean_over_parts,
    resampled_metric,
)
from warmstart.analysis.predictions import Predictions
from warmstart.errors import DataError
from warmstart.metrics.arrays import Floats
from warmstart.metrics.classification import Metric

POWER = 0.8
"""Share of studies of that size whose interval would not hold 0."""
MOST = 64
"""More than this many times what there is now is no number to plan with."""


@dataclass(frozen=True, kw_only=True)
class Needed:
    """Groups that it takes to tell two candidates apart.

    Attributes:
        groups: How many there are.
        more: How many more are needed: 0 where those there are suffice, infinity where it takes
            more than `MOST` times as many, NaN where nothing can be said.
        low: The same if the difference is as large as the upper end of its interval.
        high: And as small as the lower end; infinity where its sign is not clear.
    """

    groups: int
    more: float
    low: float
    high: float


def groups_needed(
    first: Sequence[Predictions],
    second: Sequence[Predictions],
    metric: Metric,
    *,
    resamples: int = 300,
    rng: np.random.Generator,
) -> Needed:
    """How many groups (patients) more to tell two candidates apart.

    Told apart: the 95 % interval of the difference over groups does not hold 0, in 80 % of studies
    of that size. The difference is the displayed one: the metric inside each test part, then the
    mean over parts (over labels before, where there are several).

    Args:
        first: Out-of-fold predictions of one candidate, one per test part.
        second: Those of the other, for the same images in the same order. Where groups are not
            known, every image is its own.
        metric: Row of `warmstart.metrics.METRICS`.
        resamples: How many draws of groups.
        rng: Source of randomness.

    Raises:
        DataError: If the two are not about the same images.
    """
    _check_pairs(first, second)
    draw = draw_groups([part.groups for part in first], resamples=resamples, rng=rng)
    count = len(draw.groups)
    if count < MIN_GROUPS:
        return Needed(groups=count, more=np.nan, low=np.nan, high=np.nan)
    (value,) = _differences(first, second, metric, draw.once)
    draws = _differences(first, second, metric, draw)
    draws = draws[np.isfinite(draws)]
    if len(draws) < 2 or np.ptp(draws) < SAME:
        return Needed(groups=count, more=np.nan, low=np.nan, high=np.nan)
    spread = float(draws.std(ddof=1))
    ends = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    nearest = 0.0 if ends[0] <= 0 <= ends[1] else float(np.abs(ends).min())
    return Needed(
        groups=count,
        more=_more(count, float(value), spread),
        low=_more(count, float(np.abs(ends).max()), spread),
        high=_more(count, nearest, spread),
    )


def hours_needed(
    differences: Floats, *, test_share: float, per_repeat: int, minutes: float
) -> float:
    """How long further repeats with other seeds take until two candidates are told apart.

    Told apart: the 95 % interval of the corrected resampled t test does not hold 0 if the mean and
    the spread of the differences stay as they are.

    Args:
        differences: Paired differences of the metric, one per (seed, fold), NaN where one of the
            two was not trained, shape (J,).
        test_share: n_test / n_train of the folds. This part of the variance stays, however often
            training is repeated: the test images are the same.
        per_repeat: How many differences one repeat adds, such as the folds of a cross-validation.
        minutes: How long training both takes, for one difference.

    Returns:
        Hours: 0 where the differences there are suffice, infinity where even `MOST` times as many
        would not, NaN where nothing can be said (fewer than two differences, or all equal).

    References:
        Nadeau & Bengio, "Inference for the generalization error", Machine Learning 2003, eq. 9.
    """
    from scipy.special import stdtrit  # scipy.stats takes a second to import

    known = differences[np.isfinite(differences)]
    if len(known) < 2 or np.ptp(known) < SAME:
        return float("nan")
    repeats = np.arange(int(np.ceil((MOST - 1) * len(known) / per_repeat)) + 1)
    counts = len(known) + repeats * per_repeat
    error = np.sqrt((1 / counts + test_share) * known.var(ddof=1))
    reach = stdtrit(counts - 1, (1 + LEVEL) / 2) * error
    enough = repeats[reach < abs(known.mean())]
    return float(enough[0]) * per_repeat * minutes / 60 if len(enough) else float("inf")


def _more(count: int, difference: float, spread: float) -> float:
    """Further groups for a difference whose standard deviation now is ``spread``."""
    from scipy.special import ndtri

    if abs(difference) < SAME:
        return float("inf")
    ratio = float(ndtri((1 + LEVEL) / 2) + ndtri(POWER)) * spread / abs(difference)
    return float(max(np.ceil((ratio**2 - 1) * count), 0)) if ratio**2 <= MOST else float("inf")


def _differences(
    first: Sequence[Predictions], second: Sequence[Predictions], metric: Metric, draw: Draw
) -> Floats:
    """Difference of the means over test parts in every resample, shape (B,)."""
    return mean_over_parts(
        [
            _resampled(a, metric, draw) - _resampled(b, metric, draw)
            for a, b in _pairs(first, second)
        ]
    )


def _resampled(part: Predictions, metric: Metric, draw: Draw) -> Floats:
    names = [str(j) for j in range(part.labels.shape[1])] if part.multilabel else ()
    return resampled_metric(part, metric, draw, names)[""]


def _check_pairs(first: Sequence[Predictions], second: Sequence[Predictions]) -> None:
    if not first or len(first) != len(second):
        raise DataError(
            f"{len(first)} and {len(second)} test parts were given; both candidates need "
            "predictions of the same parts, at least one."
        )
    for number, (a, b) in enumerate(_pairs(first, second)):
        same = np.array_equal(a.groups, b.groups)
        if not (same and np.array_equal(a.labels, b.labels, equal_nan=True)):
            raise DataError(
                f"test part {number}: the two candidates have other groups or labels; "
                "predictions of the same images in the same order were expected."
            )


def _pairs(
    first: Sequence[Predictions], second: Sequence[Predictions]
) -> list[tuple[Predictions, Predictions]]:
    return list(zip(first, second, strict=True))
