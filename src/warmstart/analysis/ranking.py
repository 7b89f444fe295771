"""One measure judged over all targets: agreement, its intervals, its p-value."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from warmstart.analysis.agreement import BOUNDS, STATISTICS, agreement, resampled_gains
from warmstart.analysis.cells import Cell
from warmstart.analysis.intervals import percentile_interval
from warmstart.analysis.over_targets import FEW
from warmstart.analysis.rank_correlations import (
    CORRELATIONS,
    Correlation,
    pearson,
    spearman,
    weighted_pearson,
    weighted_ranks,
)
from warmstart.analysis.resamples import Resamples, percentiles
from warmstart.metrics.arrays import Bools, Floats, Ints

MIN_CANDIDATES = 2
"""One candidate leaves nothing to choose."""
COLUMNS = [
    *("measure", "kind", "scope", "statistic", "value", "prior", "targets_low", "targets_high"),
    *("folds_low", "folds_high", "p", "p_holm", "ceiling_share", "targets", "pairs"),
]
_Shuffled = Callable[[slice], Floats]
"""Scores of all pairs under some of the permutations."""
_HIGHER: Bools = np.array(list(STATISTICS.values()))
_ENDS = np.array([BOUNDS[name] for name in STATISTICS]).T
"""Lowest and highest value of each statistic."""


def judged(cells: Sequence[Cell], scores: Sequence[Floats], draws: Resamples) -> pd.DataFrame:
    """Agreement within each target, then averaged; a target with several cells counts once.

    Args:
        cells: Places to rank.
        scores: One array per cell, NaN where the measure says nothing.
        draws: What varies.

    Returns:
        One row per statistic: statistic, value, targets_low, targets_high, folds_low, folds_high,
        p, targets (how many were ranked), pairs. Empty where the measure can rank nowhere.
    """
    known = [~np.isnan(values) for values in scores]
    used = np.array([mask.sum() >= MIN_CANDIDATES for mask in known])
    if not used.any():
        return pd.DataFrame(columns=COLUMNS)
    mean, *targets = draws.over_targets(per_cell(cells, scores), used)
    low, high = np.clip(targets, *_ENDS[:, None])
    folds = _over_folds(cells, scores, known, used, draws)
    ranked = [
        (cell, mask, _named(cell, mask), own[mask])
        for cell, own, mask, use in zip(cells, scores, known, used, strict=True)
        if use
    ]
    weights = draws.weights(used)[used]

    def shuffled(rows: slice) -> Floats:
        each = [
            agreement(cell.gains[mask], draws.permuted(names, own, rows), cell.gains.max())
            for cell, mask, names, own in ranked
        ]
        return np.average(each, axis=0, weights=weights)

    width = max(len(names) for _, _, names, _ in ranked)
    return pd.DataFrame(
        {
            "statistic": list(STATISTICS),
            "value": mean,
            "targets_low": low,
            "targets_high": high,
            "folds_low": folds[0],
            "folds_high": folds[1],
            "p": draws.p_value(mean, shuffled, _HIGHER, width=width),
            "targets": len({cell.target for cell, use in zip(cells, used, strict=True) if use}),
            "pairs": int(sum(mask.sum() for mask, use in zip(known, used, strict=True) if use)),
        }
    )


def per_cell(cells: Sequence[Cell], scores: Sequence[Floats]) -> Floats:
    """Agreement on each cell, shape (cells, len(STATISTICS)); NaN where nothing can be ranked.

    Regret and hits are against the best of all candidates, also of those that scores leave out.
    """
    rows = []
    for cell, own in zip(cells, scores, strict=True):
        mask = ~np.isnan(own)
        enough = mask.sum() >= MIN_CANDIDATES
        nothing = np.full(len(STATISTICS), np.nan)
        gains = cell.gains
        rows.append(agreement(gains[mask], own[mask], gains.max()) if enough else nothing)
    return np.array(rows)


def pooled(cells: Sequence[Cell], scores: Sequence[Floats], draws: Resamples) -> pd.DataFrame:
    """Correlation over the pairs of all targets at once, as *Cats, not CAT scans* did.

    What is correlated is transferability; where a baseline is missing, the gain in AUC points less
    the target's mean. Differences between targets enter, which no choice of a source can use.

    Returns:
        One row per correlation, columns as in `judged`. Intervals over targets (from `FEW` origins
        on) and p for Pearson's and Spearman's only, those over folds for none.
    """
    masks = [~np.isnan(own) for own in scores]
    used = [i for i, mask in enumerate(masks) if mask.any()]
    pairs = int(sum(masks[i].sum() for i in used))
    if pairs <= MIN_CANDIDATES:
        return pd.DataFrame(columns=COLUMNS)
    based = all(np.isfinite(cells[i].transfer[masks[i]]).all() for i in used)
    named = [_named(cells[i], masks[i]) for i in used]
    told = [scores[i][masks[i]] for i in used]
    x = np.concatenate(told)
    y = np.concatenate([_pooled_gain(cells[i], masks[i], based) for i in used])

    def shuffled(rows: slice) -> Floats:
        moved = [draws.permuted(*one, rows) for one in zip(named, told, strict=True)]
        return np.concatenate(moved, axis=1)

    weights = draws.drawn[:, np.repeat(used, [masks[i].sum() for i in used])].astype(np.float64)
    enough = draws.distinct(np.array([mask.any() for mask in masks])) >= FEW
    table, count = [], len({cells[i].target for i in used})
    for name, correlation in CORRELATIONS.items():
        value = float(correlation(x, y))
        row = {"statistic": name, "value": value, "targets": count, "pairs": pairs}
        if correlation in (pearson, spearman):
            row["p"] = _pooled_p(correlation, x, y, shuffled, draws)
            if enough:
                ends = _over_origins(x, y, weights, correlation is spearman)
                row["targets_low"], row["targets_high"] = ends
        table.append(row)
    return pd.DataFrame(table).reindex(columns=COLUMNS)


def _pooled_p(
    correlation: Correlation, x: Floats, y: Floats, shuffled: _Shuffled, draws: Resamples
) -> float:
    def judge(rows: slice) -> Floats:
        return correlation(shuffled(rows), y)[:, None]

    value = correlation(x, y)[None]
    return float(draws.p_value(value, judge, np.array([True]), width=len(y))[0])


def _over_folds(
    cells: Sequence[Cell],
    scores: Sequence[Floats],
    known: Sequence[Bools],
    used: Bools,
    draws: Resamples,
) -> tuple[Floats, Floats]:
    """Interval over repeats; NaN unless every cell has two."""
    places = [i for i in range(len(cells)) if used[i]]
    if any(len(cells[i].repeats) < 2 for i in places):
        return percentiles(np.empty((0, len(STATISTICS))))
    drawn = [_redrawn(cells[i], scores[i], known[i], draws.repeats[i]) for i in places]
    return percentiles(np.average(drawn, axis=0, weights=draws.weights(used)[used]))


def _redrawn(cell: Cell, scores: Floats, known: Bools, repeats: Ints) -> Floats:
    """Agreement in each resample of the repeats."""
    gains = 100 * resampled_gains(cell.repeats, repeats)
    return agreement(gains[:, known], scores[known], np.fmax.reduce(gains, axis=1))


def _over_origins(x: Floats, y: Floats, weights: Floats, ranked: bool) -> tuple[float, float]:
    """Interval of a pooled correlation when origins, and so pairs, are drawn."""
    some = weights[weights.sum(axis=1) > 0]
    if ranked:
        drawn = weighted_pearson(weighted_ranks(x, some), weighted_ranks(y, some), some)
    else:
        drawn = weighted_pearson(x, y, some)
    return percentile_interval(drawn)


def _pooled_gain(cell: Cell, mask: Bools, based: bool) -> Floats:
    if based:
        return cell.transfer[mask]
    gains: Floats = cell.gains[mask] - cell.gains[mask].mean()
    return gains


def _named(cell: Cell, mask: Bools) -> list[str]:
    return [name for name, kept in zip(cell.names, mask, strict=True) if kept]
