"""Equation 1: what a source adds to a target, in percent of the baseline."""

from typing import Literal, get_args

import numpy as np
import pandas as pd

from warmstart.errors import ConfigError, DataError

CELL = ["network", "arm", "target", "label"]
"""What is compared lies within one of these."""
KEY = ["network", "source", "arm", "target", "seed", "fold"]
"""What names a fine-tuning run."""
BaselinePer = Literal["mean", "fold"]


def metric_rows(results: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Rows of one metric.

    Raises:
        DataError: If results hold others only.
    """
    if results.empty:
        return results
    held = set(results["metric"])
    if metric not in held:
        raise DataError(f"results hold no metric {metric!r}; they hold {', '.join(sorted(held))}.")
    return results[results["metric"] == metric]


def with_label_means(results: pd.DataFrame) -> pd.DataFrame:
    """Add the unweighted mean over labels, as label ``""``, of every multi-label run.

    A label whose value is NaN in a fold (one class present) is left out of that fold's mean. Runs
    that already have a row with label ``""`` get no other.
    """
    table = results.assign(label=plain_labels(results["label"]))
    named = table[table["label"] != ""]
    if named.empty:
        return table
    key = [*KEY, "metric"]
    means = named.groupby(key, as_index=False, sort=True)[["value", "n_train", "n_test"]].mean()
    whole = table.loc[table["label"] == "", key].drop_duplicates()
    missing = means.merge(whole, on=key, how="left", indicator=True)
    new = missing[missing.pop("_merge") == "left_only"].assign(label="")
    return pd.concat([table, new[table.columns]], ignore_index=True) if len(new) else table


def plain_labels(labels: pd.Series) -> pd.Series:
    """Names of labels as text; a CSV gives the empty name back as NaN."""
    return labels.astype(object).where(labels.notna(), "").astype(str)


def baseline_source(baseline: str, target: str) -> str:
    """Name of the baseline of a target: ``"paper"`` is the source named like the target itself."""
    return target if baseline == "paper" else baseline


def transferability(
    results: pd.DataFrame,
    metric: str,
    baseline: str = "random",
    baseline_per: BaselinePer = "mean",
) -> pd.DataFrame:
    """Transferability of every source to every target, equation 1 of *Cats, not CAT scans*.

    T = 100 (AUC(S->T) - AUC(T)) / AUC(T). Only folds (seed and fold) that both the source and the
    baseline have enter. A multi-label target gives a row per label and one with label ``""``, from
    the unweighted mean over labels of every fold.

    Args:
        results: The study's results (columns of the design).
        metric: Row of `METRICS`.
        baseline: Source that stands for "trained without help"; ``"paper"``: the source named
            like the target, which the first paper used.
        baseline_per: ``"mean"`` divides by the mean baseline over folds; ``"fold"`` takes T per
            fold, with that fold's baseline, and then the mean, as the first paper did.

    Returns:
        Columns network, source, arm, target, label, transferability (percent of the baseline,
        positive: the source helps; NaN without a fold in common), std (its sample standard
        deviation over folds, each less that fold's baseline; NaN with fewer than two), folds (in
        common with the baseline).

    Raises:
        ConfigError: If ``baseline_per`` is neither.
        DataError: If results lack the metric.
    """
    if baseline_per not in get_args(BaselinePer):
        raise ConfigError(f"baseline_per is {baseline_per!r}; 'mean' or 'fold' was expected.")
    table = with_label_means(metric_rows(results, metric)).dropna(subset="value")
    rows = []
    for cell, group in table.groupby(CELL, sort=True):
        values = fold_values(group)
        name = baseline_source(baseline, str(cell[2]))
        base = values.get(name, pd.Series(np.nan, index=values.index))
        for source in values:
            change = _transferability(values[source], base, baseline_per)
            rows.append((cell[0], source, *cell[1:], *change))
    columns = ["network", "source", "arm", "target", "label", "transferability", "std", "folds"]
    return pd.DataFrame(rows, columns=columns)


def fold_values(cell: pd.DataFrame) -> pd.DataFrame:
    """Values of one cell, (seed, fold) as rows and sources as columns, both sorted."""
    return cell.pivot(index=["seed", "fold"], columns="source", values="value").sort_index()


def _transferability(
    source: pd.Series, base: pd.Series, baseline_per: str
) -> tuple[float, float, int]:
    both = source.notna() & base.notna()
    if baseline_per == "fold":
        both &= base != 0
    s, b = source[both].to_numpy(), base[both].to_numpy()
    if not len(s) or b.mean() == 0:
        return float("nan"), float("nan"), 0
    change = 100 * (s - b) / (b if baseline_per == "fold" else b.mean())
    spread = float(change.std(ddof=1)) if len(s) > 1 else float("nan")
    return float(change.mean()), spread, len(s)
