"""Numbers and other cells of tables as readers see them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from warmstart.core.durations import duration
from warmstart.reports.contents import RANDOM

MISSING = "–"  # noqa: RUF001  (an en dash is what a table shows for "none")
MINUS = "\N{MINUS SIGN}"
_THREE_DECIMALS = ("mean", "low", "high", "value", "accuracy", "auc", "rate", "loss", "difference")
_PLAIN = ("learning_rate", "edge")


def score_text(value: float) -> str:
    """Return a score with three decimals.

    Example:
        >>> score_text(0.84249)
        '0.842'
    """
    return MISSING if pd.isna(value) else f"{value:.3f}".replace("-", MINUS)


def interval_text(low: float, high: float) -> str:
    """Return an interval in brackets, or nothing if there is none.

    Example:
        >>> interval_text(0.811, 0.8699)
        '[0.811, 0.870]'
    """
    return with_interval("", low, high, 3).strip()


def with_interval(text: str, low: float, high: float, decimals: int) -> str:
    """Return a text with an interval behind it, where there is one."""
    if pd.isna(low) or pd.isna(high):
        return text
    ends = f"[{low:.{decimals}f}, {high:.{decimals}f}]".replace("-", MINUS)
    return f"{text} {ends}"


def percent_text(value: float) -> str:
    """Return signed percent with one decimal.

    Example:
        >>> percent_text(5.26), percent_text(-0.01)
        ('+5.3 %', '0.0 %')
    """
    if pd.isna(value):
        return MISSING
    rounded = round(value, 1)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):.1f} %"


def transferability_text(row: Mapping[Any, Any]) -> str:
    """Return a row's transferability, in round brackets where its baseline cannot be trusted."""
    value = row["transferability"]
    if row["source"] == RANDOM and not pd.isna(value) and value == 0:
        text = "baseline"
    else:
        text = percent_text(value)
    return f"({text})" if is_true(row["bracketed"]) and text != MISSING else text


def is_true(value: object) -> bool:
    """Whether a cell holds true; a missing value is not."""
    return not pd.isna(value) and bool(value)  # type: ignore[call-overload]


def cell_text(name: str, value: Any) -> str:
    """Return any cell of any table as text; the column's name says what kind of number it is."""
    if not pd.api.types.is_scalar(value):
        return ", ".join(str(part) for part in value)
    if pd.isna(value):
        return MISSING
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    if pd.api.types.is_integer(value):
        return str(value) if name in ("seed", "fold") else f"{value:,}"
    if pd.api.types.is_float(value):
        return _float_text(name, float(value))
    return str(value)


def _float_text(name: str, value: float) -> str:
    if name == "seconds":
        return duration(value)
    if name.startswith("transferability"):
        return percent_text(value)
    if name not in _PLAIN and name.endswith(_THREE_DECIMALS):
        return score_text(value)
    return f"{value:.4g}"
