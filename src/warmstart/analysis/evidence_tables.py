"""The tables of evidence: every measure beside what costs nothing and what is possible."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from warmstart.analysis.agreement import STATISTICS
from warmstart.analysis.baselines import PRIOR
from warmstart.analysis.ceiling import ceiling, ceilings
from warmstart.analysis.cells import Cell
from warmstart.analysis.comparison import holm
from warmstart.analysis.over_targets import target_weights, weighted_mean
from warmstart.analysis.rank_correlations import CORRELATIONS
from warmstart.analysis.ranking import COLUMNS, judged, per_cell, pooled
from warmstart.analysis.resamples import Resamples
from warmstart.metrics.arrays import Floats

SIMPLE = ("knn", "linear_probe")
"""Measures that others must beat: they need no theory."""


def agreement_table(
    cells: Sequence[Cell],
    said: Mapping[str, Sequence[Floats]],
    rivals: Mapping[str, Sequence[Floats]],
    draws: Resamples,
) -> pd.DataFrame:
    """Judge measures and baselines, and correct p for the number of measures.

    Args:
        cells: Places to rank.
        said: Of each measure the scores of every cell.
        rivals: The same of each baseline.
        draws: What varies.

    Returns:
        Columns of `warmstart.analysis.ranking.COLUMNS`; prior is what the prior reaches on the
        candidates that the row is about.
    """
    parts = []
    for name, scores in (*rivals.items(), *said.items()):
        kind = "baseline" if name in rivals or name in SIMPLE else "measure"
        own = judged(cells, scores, draws).assign(measure=name, kind=kind, scope="within")
        if len(own) and PRIOR in rivals and name != PRIOR:
            own["prior"] = _prior_on_these(cells, rivals[PRIOR], scores)
        parts.append(own)
        if name in said:
            together = pooled(cells, scores, draws)
            parts.append(together.assign(measure=name, kind=kind, scope="pooled"))
    table = pd.concat([p for p in parts if len(p)], ignore_index=True).reindex(columns=COLUMNS)
    for _, rows in table[table["measure"].isin(said)].groupby(["scope", "statistic"]):
        tested = rows.index[rows["p"].notna()]
        table.loc[tested, "p_holm"] = holm(table.loc[tested, "p"].to_numpy(dtype=np.float64))
    return table


def with_ceiling(
    table: pd.DataFrame, cells: Sequence[Cell], scores: Mapping[str, Sequence[Floats]], seed: int
) -> pd.DataFrame:
    """Add what the repeats themselves reach, and every correlation's share of it.

    Args:
        table: Of `agreement_table`.
        cells: Places to rank.
        scores: Of each measure and baseline; its share is of what repeats reach where they rank the
            candidates that it speaks of.
        seed: The same seed gives the same numbers.
    """
    names = ceilings(cells)
    parts = [table]
    for name, single in names.items():
        values, targets = _reached(cells, single=single, seed=seed)
        if targets:
            rows = pd.DataFrame({"statistic": list(STATISTICS), "value": values})
            parts.append(rows.assign(measure=name, kind="ceiling", scope="within", targets=targets))
            scores = {**scores, name: [np.zeros(len(cell.candidates)) for cell in cells]}
    table = pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)
    single = next(iter(names.values()))
    tops: dict[bytes, dict[str, float]] = {}
    share = []
    for row in table.to_dict("records"):
        ranked = row["scope"] == "within" and row["statistic"] in CORRELATIONS
        top = _top(cells, scores[row["measure"]], tops, single=single, seed=seed) if ranked else {}
        value = top.get(row["statistic"], 0.0)
        share.append(row["value"] / value if value > 0 else np.nan)
    return table.assign(ceiling_share=share)


def _top(
    cells: Sequence[Cell],
    scores: Sequence[Floats],
    known: dict[bytes, dict[str, float]],
    *,
    single: bool,
    seed: int,
) -> dict[str, float]:
    """What repeats reach among candidates that have a score, each set of them looked at once."""
    masks = [~np.isnan(own) for own in scores]
    key = np.concatenate(masks).tobytes()
    if key not in known:
        left = [cell.only(m) for cell, m in zip(cells, masks, strict=True) if m.sum() > 1]
        values, targets = _reached(left, single=single, seed=seed)
        known[key] = dict(zip(STATISTICS, values, strict=True)) if targets else {}
    return known[key]


def _reached(cells: Sequence[Cell], *, single: bool, seed: int) -> tuple[Floats, int]:
    """Mean of `ceiling` over the targets that have one, and how many these are."""
    values = ceiling(cells, single=single, rng=np.random.default_rng(seed))
    known = np.asarray(np.isfinite(values).all(axis=1))
    targets = [cell.target for cell in cells]
    told = {target for target, keep in zip(targets, known, strict=True) if keep}
    mean = weighted_mean(values, target_weights(targets, known)) if told else values[:0].sum(axis=0)
    return mean, len(told)


def per_target_table(cells: Sequence[Cell], scores: Mapping[str, Sequence[Floats]]) -> pd.DataFrame:
    """Judge measures and baselines on every target: one row each, one column per statistic."""
    rows = []
    for name, own in scores.items():
        for cell, values, told in zip(cells, per_cell(cells, own), own, strict=True):
            found = dict(zip(STATISTICS, values, strict=True))
            place = {
                "measure": name,
                "target": cell.name,
                "candidates": int((~np.isnan(told)).sum()),
            }
            rows.append(place | found)
    return pd.DataFrame(rows)


def _prior_on_these(
    cells: Sequence[Cell], prior: Sequence[Floats], scores: Sequence[Floats]
) -> Floats:
    """What the prior reaches where it chooses among what a measure speaks of."""
    same = [np.where(np.isnan(own), np.nan, p) for own, p in zip(scores, prior, strict=True)]
    values = per_cell(cells, same)
    known = np.asarray(np.isfinite(values).all(axis=1))
    return weighted_mean(values, target_weights([cell.target for cell in cells], known))
