"""What leakage was worth: the same images under the user's split and under a clean one."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from warmstart.analysis.interval_table import RESAMPLING_SEED, RunKey
from warmstart.analysis.intervals import (
    Draw,
    draw_groups,
    mean_over_parts,
    percentile_interval,
    resampled_metric,
)
from warmstart.analysis.predictions import read_predictions
from warmstart.metrics.arrays import Floats
from warmstart.metrics.classification import Metric

COLUMNS = [
    *("network", "arm", "source", "target", "clean_target"),
    *("value", "clean_value", "worth", "worth_low", "worth_high"),
]


def leakage_worth(
    predictions: Mapping[RunKey, pd.DataFrame],
    pairs: Sequence[tuple[str, str]],
    metric: Metric,
    *,
    resamples: int,
    names: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """Compare targets of the same images whose groups differ.

    Args:
        predictions: Predictions of each run's test part, with the columns of the design.
        pairs: The user's target, and the one whose groups keep copies on one side.
        metric: What is compared.
        resamples: How many resamples of the clean groups.
        names: For each multi-label target, the names of its labels in order.

    Returns:
        One row per network, arm, source and pair of targets that both have results: the mean
        over seeds and folds under both splits, and ``worth``, the first less the second, with its
        95 % interval. What varies in it: groups of images, drawn with replacement, the same for
        both splits. What is kept: the trained networks, folds and seeds.
    """
    rows = []
    for target, clean in pairs:
        cells = dict.fromkeys(key[:3] for key in predictions if key[3] == target)
        for cell in cells:
            own, other = (_frames(predictions, (*cell, t)) for t in (target, clean))
            if own and other:
                network, source, arm = cell
                values = _compare(own, other, metric, resamples, names.get(target, ()))
                rows.append((network, arm, source, target, clean, *values))
    return pd.DataFrame(rows, columns=COLUMNS)


_Frames = Mapping[tuple[int, int], pd.DataFrame]


def _frames(predictions: Mapping[RunKey, pd.DataFrame], cell: tuple[str, ...]) -> _Frames:
    return {key[4:]: predictions[key] for key in predictions if key[:4] == cell}


def _compare(
    own: _Frames, other: _Frames, metric: Metric, resamples: int, names: Sequence[str]
) -> tuple[float, ...]:
    group_of = {
        path: group
        for frame in other.values()
        for path, group in zip(frame["path"], frame["group"], strict=True)
    }
    own = {pair: frame.assign(group=frame["path"].map(group_of)) for pair, frame in own.items()}
    own = {pair: frame.dropna(subset="group") for pair, frame in own.items()}
    rng = np.random.default_rng(RESAMPLING_SEED)
    groups = [frame["group"].to_numpy(dtype=str) for frame in (*own.values(), *other.values())]
    draw = draw_groups(groups, resamples=resamples, rng=rng)
    value, clean = (_mean(frames, metric, draw.once, names) for frames in (own, other))
    drawn = [_mean(frames, metric, draw, names) for frames in (own, other)]
    low, high = percentile_interval(drawn[0] - drawn[1])
    return float(value[0]), float(clean[0]), float(value[0] - clean[0]), low, high


def _mean(frames: _Frames, metric: Metric, draw: Draw, names: Sequence[str]) -> Floats:
    parts = [read_predictions(frame) for frame in frames.values()]
    return mean_over_parts([resampled_metric(part, metric, draw, names)[""] for part in parts])


def worth_sentences(worth: pd.DataFrame, title: str) -> list[str]:
    """Say for each pair of targets what the user's split was worth to the best clean source."""
    lines = []
    for (target, clean), rows in worth.groupby(["target", "clean_target"], sort=False):
        best = rows.sort_values("clean_value", ascending=False, kind="stable").iloc[0]
        low, high = best["worth_low"], best["worth_high"]
        lines.append(
            f"{target}: with copies of an image on both sides of the split, mean {title} of "
            f"{best['source']} is {best['value']:.3f}; with them on one side ({clean}) it is "
            f"{best['clean_value']:.3f}. Leakage was worth {best['worth']:+.3f} "
            f"[{low:+.3f}, {high:+.3f}]."
        )
    return lines
