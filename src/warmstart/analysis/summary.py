"""One row per source and target: what it reached, how sure that is, what it adds."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from warmstart.analysis.comparison import compare
from warmstart.analysis.interval_table import RunKey, interval_table
from warmstart.analysis.transferability import (
    CELL,
    KEY,
    BaselinePer,
    baseline_source,
    metric_rows,
    transferability,
    with_label_means,
)
from warmstart.core.names import lookup
from warmstart.metrics.classification import METRICS

COLUMNS = [
    "network",
    "arm",
    "target",
    "source",
    "label",
    "mean",
    "low",
    "high",
    "folds",
    "seeds",
    "transferability",
    "transferability_low",
    "transferability_high",
    "baseline_converged",
    "bracketed",
    "difference",
    "p_holm",
    "told_apart",
    "reason",
    "best",
]


def summarise(
    results: pd.DataFrame,
    predictions: Mapping[RunKey, pd.DataFrame],
    runs: pd.DataFrame,
    *,
    metric: str,
    baseline: str,
    baseline_per: BaselinePer,
    resamples: int,
    label_names: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """Summarise a study; runs that failed, or were tried and not chosen, are left out.

    Args:
        results: Results of the study (columns of the design).
        predictions: Predictions of each run's test part; a call reads each once.
        runs: State of every run: columns kind, network, source, arm, target, seed, fold, state,
            converged, chosen.
        metric: Row of `METRICS`.
        baseline: Source that transferability divides by; ``"paper"``: the one named like the
            target.
        baseline_per: See `warmstart.analysis.transferability.transferability`.
        resamples: How many resamples of groups the intervals rest on.
        label_names: For each multi-label target, the names of ``label_0``, ``label_1``, ...

    Returns:
        One row per network, arm, target, label and source, best source first. ``low`` and ``high``
        (and those of transferability) are 95 % intervals over groups of test images; NaN where
        predictions of one of the runs are missing. ``folds`` counts (seed, fold) values.
        ``baseline_converged`` is ``pd.NA`` where some run of the baseline had too few epochs to say
        and none is known not to have converged; ``bracketed``: some run had not. The rest is
        explained in `warmstart.analysis.comparison.compare`.

    Raises:
        UnknownNameError: If the metric is not in the table.
        DataError: If results lack the metric.
        ConfigError: If ``baseline_per`` is unknown.
    """
    row = lookup("metric", metric, METRICS)
    kept = finished(results, runs)
    values = with_label_means(metric_rows(kept, metric)).dropna(subset="value")
    if values.empty:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(
        [_named(compare(group), cell) for cell, group in values.groupby(CELL, sort=True)],
        ignore_index=True,
    )
    gains = transferability(kept, metric, baseline, baseline_per)
    table = table.merge(gains.drop(columns=["std", "folds"]), on=[*CELL, "source"], how="left")
    ends = interval_table(
        values,
        predictions,
        row,
        names=label_names,
        resamples=resamples,
        baseline=baseline,
        baseline_per=baseline_per,
    )
    table = table.merge(ends, on=[*CELL, "source"], how="left")
    return _with_convergence(table, runs, baseline)[COLUMNS]


def finished(results: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Results of fine-tuning runs that are done and, where several were tried, chosen."""
    if results.empty:
        return results
    done = _chosen(runs)[KEY].drop_duplicates()
    return results.merge(done.astype(results[KEY].dtypes.to_dict()), on=KEY, how="inner")


def _chosen(runs: pd.DataFrame) -> pd.DataFrame:
    good = (runs["kind"] == "finetune") & (runs["state"] == "done")
    return runs[good & runs["chosen"].eq(True).fillna(False).astype(bool)]


def _named(table: pd.DataFrame, cell: Hashable) -> pd.DataFrame:
    return table.assign(**dict(zip(CELL, _tuple(cell), strict=True)))


def _with_convergence(table: pd.DataFrame, runs: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Add whether every run of the baseline converged, and whether gains go in brackets."""
    chosen = _chosen(runs)
    own = chosen[chosen["source"] == [baseline_source(baseline, t) for t in chosen["target"]]]
    place = ["network", "arm", "target"]
    verdicts = {_tuple(k): _all(g["converged"]) for k, g in own.groupby(place)}
    state = [verdicts.get(k) for k in table[place].itertuples(index=False, name=None)]
    known = pd.Series(state, index=table.index, dtype="boolean")
    is_base = table["source"] == [baseline_source(baseline, t) for t in table["target"]]
    bracketed = ~known.fillna(True).astype(bool) & ~is_base
    return table.assign(baseline_converged=known, bracketed=bracketed)


def _all(flags: Iterable[Any]) -> bool | None:
    """False if one is, else unknown if one is, else true."""
    values = [None if pd.isna(flag) else bool(flag) for flag in flags]
    if False in values:
        return False
    return None if None in values or not values else True


def _tuple(key: Hashable) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)
