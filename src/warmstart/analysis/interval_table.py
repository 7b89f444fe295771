"""Intervals of every source and target of a study, as one table."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from warmstart.analysis.intervals import (
    Pair,
    Resampled,
    draw_groups,
    interval,
    resampled_metric,
    transferability_interval,
)
from warmstart.analysis.predictions import Predictions, read_predictions
from warmstart.analysis.transferability import CELL, KEY, BaselinePer, baseline_source
from warmstart.metrics.arrays import Floats
from warmstart.metrics.classification import Metric

RESAMPLING_SEED = 0
"""Every target is resampled from this seed, so that its intervals do not depend on the others."""
RunKey = tuple[str, str, str, str, int, int]
"""(network, source, arm, target, seed, fold)"""
ENDS = ["low", "high", "transferability_low", "transferability_high"]
_Found = dict[tuple[str, str], dict[Pair, Floats]]


def interval_table(
    values: pd.DataFrame,
    predictions: Mapping[RunKey, pd.DataFrame],
    metric: Metric,
    *,
    names: Mapping[str, Sequence[str]],
    resamples: int,
    baseline: str,
    baseline_per: BaselinePer,
) -> pd.DataFrame:
    """Bootstrap intervals over groups of test images, for every source of every target.

    One draw of groups per network, arm and target is shared by all sources, folds and labels.

    Args:
        values: Results of one metric, finished runs only, without NaN.
        predictions: Predictions of each run's test part; a call reads each once.
        metric: What to compute again.
        names: For each multi-label target, the names of its labels in order.
        resamples: How many resamples.
        baseline: See `warmstart.analysis.transferability.transferability`.
        baseline_per: Likewise.

    Returns:
        Columns network, arm, target, label, source, low, high, transferability_low,
        transferability_high; NaN where predictions of one of the runs are missing.
    """
    rows: list[tuple[object, ...]] = []
    for (network, arm, target), group in values.groupby(["network", "arm", "target"], sort=True):
        parts = _read(group[KEY].drop_duplicates(), predictions)
        found = _resample(parts, metric, resamples, names.get(str(target), ()))
        base = baseline_source(baseline, str(target))
        for (label, source), own in group.groupby(["label", "source"], sort=True):
            pairs = list(zip(own["seed"], own["fold"], strict=True))
            mine = found.get((str(label), str(source)), {})
            ends = _ends(mine, pairs, found.get((str(label), base), {}), baseline_per)
            rows.append((network, arm, target, label, source, *ends))
    return pd.DataFrame(rows, columns=[*CELL, "source", *ENDS])


def _ends(
    own: Resampled, pairs: Sequence[Pair], base: Resampled, baseline_per: BaselinePer
) -> tuple[float, float, float, float]:
    """Both intervals; NaN where the displayed mean holds a run without predictions."""
    if any(pair not in own for pair in pairs):
        return (float("nan"),) * 4
    own = {pair: own[pair] for pair in pairs}
    return *interval(own), *transferability_interval(own, base, baseline_per)


def _read(
    keys: pd.DataFrame, predictions: Mapping[RunKey, pd.DataFrame]
) -> dict[tuple[str, Pair], Predictions]:
    """Predictions of every source and (seed, fold) that has them."""
    found = {}
    for network, source, arm, target, seed, fold in keys.itertuples(index=False):
        key = (network, source, arm, target, int(seed), int(fold))
        frame = predictions.get(key)  # `in` would read a file to see whether it is there
        if frame is not None:
            found[source, key[4:]] = read_predictions(frame)
    return found


def _resample(
    parts: Mapping[tuple[str, Pair], Predictions],
    metric: Metric,
    resamples: int,
    names: Sequence[str],
) -> _Found:
    """The metric of every resample, by (label, source) and (seed, fold)."""
    rng = np.random.default_rng(RESAMPLING_SEED)
    draw = draw_groups((p.groups for p in parts.values()), resamples=resamples, rng=rng)
    found: _Found = {}
    for (source, pair), part in parts.items():
        for label, values in resampled_metric(part, metric, draw, names).items():
            found.setdefault((label, source), {})[pair] = values
    return found
