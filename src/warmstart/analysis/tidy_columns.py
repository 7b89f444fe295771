"""Columns of a table from elsewhere, brought to one type; what cannot be is named."""

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from warmstart.analysis.transferability import plain_labels
from warmstart.errors import DataError

_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def texts(frame: pd.DataFrame, column: str, default: str = "") -> pd.Series:
    """Text without white space around it; "" where there is none, the default without a column."""
    if column not in frame:
        return pd.Series(default, index=frame.index, dtype=object)
    return plain_labels(frame[column]).str.strip()


def names(frame: pd.DataFrame, column: str, name: str, default: str = "") -> pd.Series:
    """Text as of `texts`, in every row.

    Raises:
        DataError: If a row has none.
    """
    values = texts(frame, column, default)
    _refuse_empty(values == "", f"{name}: {column}", "name it, or remove the row")
    return values


def repeats(frame: pd.DataFrame, column: str, name: str) -> pd.Series:
    """Seeds or folds, which may be numbers or names; 0 where no row has one.

    Raises:
        DataError: If some rows have one and others have none.
    """
    if column not in frame:
        return pd.Series(0, index=frame.index)
    given = frame[column].infer_objects()
    values = given if is_numeric_dtype(given) else texts(frame, column)
    empty = values.isna() | (values == "")
    if empty.all():
        return pd.Series(0, index=frame.index)
    _refuse_empty(empty, f"{name}: {column}", "give every run one, or none")
    return values


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
    words = texts(frame, column).str.lower().str.removesuffix(".0")
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


def _refuse_empty(empty: pd.Series, where: str, cure: str) -> None:
    if empty.any():
        raise DataError(f"{where} of row {int(np.flatnonzero(empty)[0]) + 1} is empty; {cure}.")
