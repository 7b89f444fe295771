"""The tables of evidence: every measure beside what costs nothing and what is possible."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from warmstart.analysis.agreement import STATISTICS
from warmstart.analysis.baselines import PRIOR
from warmstart.analysis.ceiling import ceiling, ceilings
from warmstart.analysis.cells import Cell
from warmstart.analysis.comparison import holm
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


def with_ceiling(table: pd.DataFrame, cells: Sequence[Cell], seed: int) -> pd.DataFrame:
    """Add what the repeats themselves reach, and every correlation's share of it.

    Args:
        table: Of `agreement_table`.
        cells: Places to rank.
        seed: The same seed gives the same numbers.
    """
    rng = np.random.default_rng(seed)
    parts, tops = [table], []
    for name, single in ceilings(cells).items():
        values = ceiling(cells, single=single, rng=rng)
        known = values[np.isfinite(values).all(axis=1)]
        if len(known):
            mean = known.mean(axis=0)
            tops.append(dict(zip(STATISTICS, mean, strict=True)))
            rows = pd.DataFrame({"statistic": list(STATISTICS), "value": mean})
            parts.append(
                rows.assign(measure=name, kind="ceiling", scope="within", targets=len(known))
            )
    table = pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)
    top = tops[0] if tops else {}
    share = [
        row["value"] / top[row["statistic"]]
        if row["scope"] == "within"
        and row["statistic"] in CORRELATIONS
        and top.get(row["statistic"], 0) > 0
        else np.nan
        for row in table.to_dict("records")
    ]
    return table.assign(ceiling_share=share)


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
    mean: Floats = np.nanmean(per_cell(cells, same), axis=0)
    return mean
