"""How far the results hang on which patients happened to be in the test parts.

What varies: groups (patients) are drawn with replacement, and every metric is computed again from
the out-of-fold predictions. What is kept: the trained networks, the folds and the seeds. The
intervals therefore do not say what another training or another split would give; the comparison of
folds (`warmstart.analysis.comparison`) speaks of that. With a handful of groups they are too
narrow, as percentile intervals are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from warmstart.analysis.predictions import Predictions
from warmstart.analysis.transferability import BaselinePer
from warmstart.errors import DataError
from warmstart.metrics.arrays import Floats
from warmstart.metrics.bootstrap import weighted_mean
from warmstart.metrics.classification import Metric, two_columns

LEVEL = 0.95
"""Intervals hold the middle 95 % of the resamples."""
MIN_GROUPS = 2
"""One group cannot be resampled: every draw is that group."""

Pair = tuple[int, int]
"""(seed, fold)"""
Resampled = Mapping[Pair, Floats]
"""For each test part the metric of every resample, shape (B,)."""


@dataclass(frozen=True)
class Draw:
    """Resamples of groups, shared by all that is to be compared in pairs.

    Attributes:
        groups: Ids, sorted, so that the order of rows cannot change the draw.
        counts: How often each resample holds each group, shape (groups, B).
    """

    groups: pd.Index
    counts: np.ndarray

    def weights(self, groups: np.ndarray) -> np.ndarray:
        """How often each resample holds each image, shape (B, n)."""
        rows = self.groups.get_indexer(pd.Index(groups))
        if (rows < 0).any():
            raise DataError(
                f"group {str(groups[rows < 0][0])!r} was not there when groups were drawn."
            )
        return self.counts[rows].T

    @property
    def once(self) -> "Draw":
        """One resample that holds every group once: the images as they are."""
        return Draw(self.groups, np.ones((len(self.groups), 1), dtype=np.uint16))


def draw_groups(groups: Iterable[np.ndarray], *, resamples: int, rng: np.random.Generator) -> Draw:
    """Draw as many groups as there are, with replacement, ``resamples`` times.

    A single group cannot say how far groups differ: it is never drawn, and what is computed from
    it is NaN.

    Args:
        groups: Group of each image, one array (n,) per test part.
        resamples: How many draws.
        rng: Source of randomness.
    """
    parts = [np.asarray(part, dtype=str) for part in groups]
    names = np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=str)
    counts = np.zeros((len(names), resamples), dtype=np.uint16)
    for b in range(resamples if len(names) >= MIN_GROUPS else 0):
        chosen = rng.integers(len(names), size=len(names))
        counts[:, b] = np.bincount(chosen, minlength=len(names))
    return Draw(pd.Index(names), counts)


def resampled_metric(
    part: Predictions, metric: Metric, draw: Draw, names: Sequence[str]
) -> dict[str, Floats]:
    """The metric of one test part in every resample.

    Args:
        part: Out-of-fold predictions of one run.
        metric: Row of `METRICS`.
        draw: Shared resamples.
        names: Names of the labels of a multi-label target; of another they are not looked at.

    Returns:
        For label ``""``, and for every label of a multi-label target, shape (B,). For these,
        ``""`` is the unweighted mean over the labels that have both classes in a resample.

    Raises:
        DataError: If the names are not as many as the labels.
    """
    weights = draw.weights(part.groups)
    if not part.multilabel:
        return {"": metric.resample(part.labels, part.scores, weights)}
    if len(names) != part.labels.shape[1]:
        raise DataError(f"{len(names)} names were given for {part.labels.shape[1]} labels.")
    values = {}
    for j, name in enumerate(names):
        known = ~np.isnan(part.labels[:, j])
        scores = two_columns(part.scores[known, j])
        values[name] = metric.resample(part.labels[known, j], scores, weights[:, known])
    return {"": mean_over_parts(list(values.values())), **values}


def interval(values: Resampled) -> tuple[float, float]:
    """95 % percentile interval of the mean over test parts.

    The statistic is the displayed one: the metric inside each fold's test part, then the mean over
    seeds and folds. See the module for what varies and what does not.

    Args:
        values: The metric of every resample, for each (seed, fold).

    Returns:
        Low and high; NaN without test parts.
    """
    return percentile_interval(mean_over_parts(list(values.values())))


def transferability_interval(
    source: Resampled, baseline: Resampled, baseline_per: BaselinePer
) -> tuple[float, float]:
    """95 % percentile interval of transferability, in percent of the baseline.

    Source and baseline meet the same resamples, so what a draw does to both cancels out. Only test
    parts that both have are used.

    Args:
        source: The source's metric of every resample, for each (seed, fold).
        baseline: The baseline's, from the same `Draw`.
        baseline_per: See `warmstart.analysis.transferability.transferability`.

    Returns:
        Low and high; NaN without common test parts.
    """
    pairs = [pair for pair in source if pair in baseline]
    if baseline_per == "fold":
        changes = [_change(source[p], baseline[p]) for p in pairs]
        return percentile_interval(mean_over_parts(changes))
    own, base = (mean_over_parts([side[p] for p in pairs]) for side in (source, baseline))
    return percentile_interval(_change(own, base))


def mean_over_parts(parts: Sequence[Floats]) -> Floats:
    """Mean over test parts in every resample, leaving out those it left with one class.

    Args:
        parts: Each (B,), NaN where it is not defined.

    Returns:
        Shape (B,); shape (0,) without parts.
    """
    if not parts:
        return np.empty(0)
    stack = np.stack(parts)
    return weighted_mean(stack, np.ones_like(stack))


def percentile_interval(values: Floats) -> tuple[float, float]:
    """Low and high end of the middle 95 % of resamples, NaN left out; NaN without any."""
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _change(value: Floats, base: Floats) -> Floats:
    out: Floats = np.full(value.shape, np.nan)
    np.divide(100 * (value - base), base, out=out, where=base > 0)
    return out
