"""How well a measure's ranking of sources agrees with what fine-tuning them gave."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from warmstart.analysis.rank_correlations import CORRELATIONS
from warmstart.metrics.arrays import Bools, Floats

PICKS = (1, 3)
"""Of how many sources the best is taken, in regret and hits."""
STATISTICS: Mapping[str, bool] = MappingProxyType(
    {
        **dict.fromkeys(CORRELATIONS, True),
        **{f"regret_{k}": False for k in PICKS},
        **{f"hit_{k}": True for k in PICKS},
    }
)
"""Name of each statistic to whether higher is better, in the order of `agreement`'s last axis."""
BOUNDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        **dict.fromkeys(CORRELATIONS, (-1.0, 1.0)),
        **{f"regret_{k}": (0.0, 100.0) for k in PICKS},
        **{f"hit_{k}": (0.0, 1.0) for k in PICKS},
    }
)
"""Lowest and highest value of each statistic."""
SAME = 1e-9
"""Gains closer than this, in AUC points, are equal."""


def agreement(gains: Floats, scores: Floats, top: Floats | None = None) -> Floats:
    """Every statistic of one target, for as many resamples as there are.

    Args:
        gains: What each source gave, in AUC points, shape (..., n), n >= 1.
        scores: What the measure says of each source, higher is better, shape (..., n).
        top: What the best source gave, shape (...), if it may be one that the measure does not
            speak of: what is lost by following the measure is lost against that one.

    Returns:
        Shape (..., len(STATISTICS)): Pearson's and Spearman's correlation, Kendall's tau-b,
        weighted tau, from -1 to 1, 0 for a measure or a target that ranks nothing; regret in AUC
        points (at least 0), when the best of the 1 or 3 sources with the highest score is taken;
        the chance, 0 to 1, that a best source is among them. Equal scores are decided by lot, and
        regret and hits are what that gives on average. A row with NaN is NaN.
    """
    gains, scores = np.broadcast_arrays(gains, scores)
    top = gains.max(axis=-1) if top is None else np.broadcast_to(top, gains.shape[:-1])
    best = (gains >= top[..., None] - SAME).astype(float)
    parts = [correlation(gains, scores) for correlation in CORRELATIONS.values()]
    parts += [top - expected_best(gains, scores, k) for k in PICKS]
    parts += [expected_best(best, scores, k) for k in PICKS]
    table = np.stack(parts, axis=-1)
    table[~np.isfinite(gains + scores).all(axis=-1)] = np.nan
    return table


def expected_best(gains: Floats, scores: Floats, k: int) -> Floats:
    """The highest gain among the k sources of highest score, ties decided by lot, on average.

    Args:
        gains: Shape (..., n).
        scores: Shape (..., n).
        k: How many are picked; all where there are fewer.

    Returns:
        Shape (...). With t sources tied for r of the places, the j-th smallest gain of the tied
        is the largest picked with probability C(j - 1, r - 1) / C(t, r).
    """
    from scipy.special import comb

    k = min(k, gains.shape[-1])
    order = np.argsort(gains, axis=-1, kind="stable")
    value, score = (np.take_along_axis(a, order, axis=-1) for a in (gains, scores))
    last = -np.partition(-score, k - 1, axis=-1)[..., k - 1, None]
    sure, tied = score > last, score == last
    places = k - sure.sum(axis=-1, keepdims=True)
    ways = comb(np.cumsum(tied, axis=-1) - 1, places - 1)
    total = comb(tied.sum(axis=-1, keepdims=True), places)
    chance = np.divide(ways, total, out=np.zeros(value.shape), where=tied & (total > 0))
    floor = np.where(sure, value, -np.inf).max(axis=-1, keepdims=True)
    expected: Floats = (chance * np.maximum(value, floor)).sum(axis=-1)
    return expected


def resampled_gains(repeats: Floats, draws: np.ndarray) -> Floats:
    """Mean gain of every source in each resample of the repeats.

    Args:
        repeats: One row per repeat (seed and fold), one column per source; NaN where a run is
            missing, shape (r, n).
        draws: Which repeats each resample holds, shape (B, m), the same for all sources.

    Returns:
        Shape (B, n); NaN where a source has none of the repeats drawn.
    """
    known: Bools = ~np.isnan(repeats)
    counts = np.zeros((len(draws), len(repeats)))
    np.add.at(counts, (np.arange(len(draws))[:, None], draws), 1.0)
    there = counts @ known
    total = counts @ np.where(known, repeats, 0.0)
    out: Floats = np.full(total.shape, np.nan)
    np.divide(total, there, out=out, where=there > 0)
    return out
