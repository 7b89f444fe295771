"""Columns of a table from elsewhere, brought to one type; what cannot be is named."""

import numpy as np
import pandas as pd

from warmstart.analysis.transferability import plain_labels
from warmstart.errors import DataError

_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def texts(frame: pd.DataFrame, column: str, default: str = "") -> pd.Series:
    """Text, the default where there is no such column, and "" where there is no value."""
    if column not in frame:
        return pd.Series(default, index=frame.index, dtype=object)
    return plain_labels(frame[column])


def numbers(frame: pd.DataFrame, column: str, name: str) -> pd.Series:
    """Finite numbers, NaN where there is none.

    Raises:
        DataError: If a value is something else.
    """
    if column not in frame:
        return pd.Series(np.nan, index=frame.index)
    values = pd.to_numeric(frame[column], errors="coerce").astype(float)
    wrong = (values.isna() & frame[column].notna()) | np.isinf(values)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"{name}: {column} of row {row + 1} is {str(frame[column].iloc[row])!r}; "
            "a finite number was expected, or nothing where there is none."
        )
    return values


def flags(frame: pd.DataFrame, column: str, name: str) -> pd.Series:
    """True and false in any of their spellings, NA where there is no value.

    Raises:
        DataError: If a value is something else.
    """
    if column not in frame:
        return pd.Series(pd.NA, index=frame.index, dtype="boolean")
    words = plain_labels(frame[column]).str.strip().str.lower().str.removesuffix(".0")
    wrong = ~words.isin([*_FLAGS, ""])
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"{name}: {column} of row {row + 1} is {words.iloc[row]!r}; expected true or false."
        )
    return words.map(_FLAGS).astype("boolean")


def sizes(frame: pd.DataFrame, column: str, name: str) -> pd.Series:
    """Numbers of images, 1 or more, NaN where there is none.

    Raises:
        DataError: If a value is something else.
    """
    counts = numbers(frame, column, name)
    if (counts < 1).any():
        row = int(np.flatnonzero(counts < 1)[0])
        raise DataError(
            f"{name}: {column} of row {row + 1} is {counts.iloc[row]:g}; 1 image or more was "
            "expected, or nothing where it is not known."
        )
    return counts
