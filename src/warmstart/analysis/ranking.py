"""One measure judged over all targets: agreement, its intervals, its p-value."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from warmstart.analysis.agreement import STATISTICS, agreement, resampled_gains
from warmstart.analysis.cells import Cell
from warmstart.analysis.rank_correlations import (
    CORRELATIONS,
    Correlation,
    pearson,
    spearman,
    weighted_pearson,
    weighted_ranks,
)
from warmstart.analysis.resamples import MIN_ORIGINS, Resamples, percentiles
from warmstart.metrics.arrays import Bools, Floats

MIN_CANDIDATES = 2
"""One candidate leaves nothing to choose."""
COLUMNS = [
    *("measure", "kind", "scope", "statistic", "value", "prior", "targets_low", "targets_high"),
    *("folds_low", "folds_high", "p", "p_holm", "ceiling_share", "targets", "pairs"),
]
_Shuffled = Callable[[slice], Floats]
"""Scores of all pairs under some of the permutations."""
_HIGHER: Bools = np.array(list(STATISTICS.values()))


def judged(cells: Sequence[Cell], scores: Sequence[Floats], draws: Resamples) -> pd.DataFrame:
    """Agreement within each target, then averaged.

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
    values = per_cell(cells, scores)
    mean = values[used].mean(axis=0)
    targets = draws.over_targets(values, used)
    folds = _over_folds(cells, scores, known, used, draws)
    ranked = [
        (cell.gains[mask], _named(cell, mask), own[mask])
        for cell, own, mask, use in zip(cells, scores, known, used, strict=True)
        if use
    ]

    def shuffled(rows: slice) -> Floats:
        each = [agreement(g, draws.permuted(names, own, rows)) for g, names, own in ranked]
        return np.asarray(np.mean(each, axis=0))

    width = max(len(names) for _, names, _ in ranked)
    return pd.DataFrame(
        {
            "statistic": list(STATISTICS),
            "value": mean,
            "targets_low": targets[0],
            "targets_high": targets[1],
            "folds_low": folds[0],
            "folds_high": folds[1],
            "p": draws.p_value(mean, shuffled, _HIGHER, width=width),
            "targets": int(used.sum()),
            "pairs": int(sum(mask.sum() for mask, use in zip(known, used, strict=True) if use)),
        }
    )


def per_cell(cells: Sequence[Cell], scores: Sequence[Floats]) -> Floats:
    """Agreement on each cell, shape (cells, len(STATISTICS)); NaN where nothing can be ranked."""
    rows = []
    for cell, own in zip(cells, scores, strict=True):
        mask = ~np.isnan(own)
        enough = mask.sum() >= MIN_CANDIDATES
        row = agreement(cell.gains[mask], own[mask]) if enough else np.full(len(STATISTICS), np.nan)
        rows.append(row)
    return np.array(rows)


def pooled(cells: Sequence[Cell], scores: Sequence[Floats], draws: Resamples) -> pd.DataFrame:
    """Correlation over the pairs of all targets at once, as *Cats, not CAT scans* did.

    What is correlated is transferability; where a baseline is missing, the gain in AUC points less
    the target's mean. Differences between targets enter, which no choice of a source can use.

    Returns:
        One row per correlation, columns as in `judged`. Intervals over targets and p for Pearson's
        and Spearman's only, those over folds for none.
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

    weights = draws.origins[:, np.repeat(used, [masks[i].sum() for i in used])].astype(np.float64)
    table = []
    for name, correlation in CORRELATIONS.items():
        value = float(correlation(x, y))
        row = {"statistic": name, "value": value, "targets": len(used), "pairs": pairs}
        if correlation in (pearson, spearman):
            row["p"] = _pooled_p(correlation, x, y, shuffled, draws)
            if draws.distinct >= MIN_ORIGINS:
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
    drawn = [
        agreement(
            100 * resampled_gains(cells[i].repeats[:, known[i]], draws.repeats[i]),
            scores[i][known[i]],
        )
        for i in places
    ]
    return percentiles(np.mean(drawn, axis=0))


def _over_origins(x: Floats, y: Floats, weights: Floats, ranked: bool) -> tuple[float, float]:
    """Interval of a pooled correlation when origins, and so pairs, are drawn."""
    some = weights[weights.sum(axis=1) > 0]
    if ranked:
        drawn = weighted_pearson(weighted_ranks(x, some), weighted_ranks(y, some), some)
    else:
        drawn = weighted_pearson(x, y, some)
    low, high = percentiles(drawn[:, None])
    return float(low[0]), float(high[0])


def _pooled_gain(cell: Cell, mask: Bools, based: bool) -> Floats:
    if based:
        return cell.transfer[mask]
    gains: Floats = cell.gains[mask] - cell.gains[mask].mean()
    return gains


def _named(cell: Cell, mask: Bools) -> list[tuple[str, str]]:
    return [candidate for candidate, kept in zip(cell.candidates, mask, strict=True) if kept]
