"""Tables for readers: those of a study, rearranged for a person."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from warmstart.core.text import shortened
from warmstart.reports.cell_texts import (
    MISSING,
    cell_text,
    score_text,
    transferability_text,
    with_interval,
)
from warmstart.reports.contents import ReportContents, with_panel
from warmstart.reports.html_table import words


def pretrain_table(pretrain: pd.DataFrame) -> pd.DataFrame:
    """Return Table II as a person reads it: the three parts of the split beside each other."""
    parts = ("train", "validation", "test")
    rows = [
        {
            **{name: row[name] for name in ("network", "source", "dataset", "seed")},
            "images": _three(cell_text("", row[f"n_{part}"]) for part in parts),
            "accuracy": _three(score_text(row[f"{part}_accuracy"]) for part in parts),
            **{name: row[name] for name in ("test_auc", "converged", "epochs", "seconds")},
        }
        for row in pretrain.to_dict("records")
    ]
    return pd.DataFrame(rows)


def statistics_table(contents: ReportContents) -> pd.DataFrame:
    """Return the summary as a person reads it: every statistic, each interval in one cell."""
    rows = [
        {
            **{name: row[name] for name in ("panel", "target", "source", "folds")},
            "mean": _unbroken(score_text(row["mean"]), row["low"], row["high"], 3),
            "transferability": _unbroken(
                transferability_text(row),
                row["transferability_low"],
                row["transferability_high"],
                1,
            ),
            "difference": row["difference"],
            "p_holm": row["p_holm"],
            "told_apart": row["told_apart"],
            "reason": row["reason"],
        }
        for row in with_panel(contents, contents.summary).to_dict("records")
    ]
    return pd.DataFrame(rows)


def _unbroken(text: str, low: float, high: float, decimals: int) -> str:
    return with_interval(text, low, high, decimals).replace(" ", "\N{NO-BREAK SPACE}")


def _three(texts: Iterable[str]) -> str:
    return " / ".join(texts)


def recipe_tables(recipes: pd.DataFrame, phase: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what all recipes of a phase share, and one row per recipe that differs.

    Sources with the same settings for a target are put into one row, then targets with the same
    sources and settings.
    """
    frame = recipes[recipes["phase"] == phase]
    names = [name for name in frame.columns if name not in ("phase", "source", "target")]
    text = frame[["source", "target"]].fillna("").astype(str)
    for name in names:
        text[name] = [cell_text(str(name), value) for value in frame[name]]
    same = [name for name in names if text[name].nunique() == 1]
    differ = [name for name in names if text[name].nunique() > 1]
    shared = pd.DataFrame(
        {"setting": [words(str(name)) for name in same], "value": [text[n].iloc[0] for n in same]}
    )
    rows = _joined(text, "source", ["target", *differ])
    return shared, _joined(rows, "target", ["source", *differ])[["source", "target", *differ]]


def _joined(frame: pd.DataFrame, column: str, keys: list[str]) -> pd.DataFrame:
    groups = frame.groupby(keys, sort=False)[column]
    return groups.agg(lambda names: ", ".join(dict.fromkeys(names))).reset_index()


def dataset_table(datasets: pd.DataFrame) -> pd.DataFrame:
    """Return Table I as a person reads it: sizes as ranges, groups said to be unknown."""
    return pd.DataFrame(
        [
            {
                "dataset": row["dataset"],
                "reader": row["reader"],
                "used as": row["roles"],
                "images": row["images"],
                "classes": row["classes"],
                "images per class": _span(row["smallest_class"], row["largest_class"]),
                "width (px)": _size(row, "width"),
                "height (px)": _size(row, "height"),
                "channels": row["channels"],
                "groups": "unknown" if pd.isna(row["groups"]) else f"{row['groups']:,}",
                "notes": _each_shortened(row["notes"]),
            }
            for row in datasets.to_dict("records")
        ]
    )


def _each_shortened(notes: Any) -> str:
    """Several notes of a dataset stand in one cell; each is shortened."""
    return "" if pd.isna(notes) else " · ".join(map(shortened, str(notes).split(" · ")))


def _span(low: Any, high: Any) -> str:
    if pd.isna(low) or pd.isna(high):
        return MISSING
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _size(row: Mapping[Any, Any], side: str) -> str:
    low, middle, high = (row[f"{side}_{what}"] for what in ("min", "median", "max"))
    span = _span(low, high)
    return span if low == high or pd.isna(middle) else f"{span}, median {middle:g}"


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as CSV with plain line ends, the same on every system."""
    return str(frame.to_csv(index=False, lineterminator="\n"))
