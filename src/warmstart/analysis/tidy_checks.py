"""What a table from elsewhere must hold as a whole; the rows that contradict are named."""

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from warmstart.core.text import first_few, listed, printable
from warmstart.errors import DataError

_SHOWN = 12
"""Of a table that lacks a column, so many of those that it has are named."""


def require(
    frame: pd.DataFrame, needed: Sequence[str], known: Collection[str], name: str, what: str
) -> None:
    """Refuse a table without its columns, or with one that is only nearly called as it should.

    Args:
        frame: The table as it was read.
        needed: Columns that must be there.
        known: Every column that is looked at.
        name: What the table is called in messages.
        what: What kind of table it is.

    Raises:
        DataError: If it lacks a column, or a name differs from a known one in case or white space.
    """
    plain = {column: str(column).strip().lower() for column in frame}
    nearly = {column: as_known for column, as_known in plain.items() if as_known in known}
    renames = [f"{c!r} to {k!r}" for c, k in nearly.items() if k not in frame]
    if renames:
        raise DataError(
            f"{name}: columns are found by their exact names; rename {listed(renames)}."
        )
    missing = [column for column in needed if column not in frame]
    if not missing:
        return
    held = [printable(column) for column in frame]
    cure = f"{what} needs {', '.join(needed)}."
    if len(held) == 1:
        cure += " Separate cells with commas, semicolons or tabs."
    raise DataError(
        f"{name} lacks the {'column' if len(missing) == 1 else 'columns'} {listed(missing)}; "
        f"it has {first_few(held, _SHOWN) or 'none'}. {cure}"
    )


def refuse_twice(table: pd.DataFrame, key: list[str], name: str, cure: str) -> None:
    """Refuse two rows of one place.

    Args:
        table: With rows numbered from 0.
        key: Columns that name a place, those that the file has.
        name: What the table is called in messages.
        cure: What to do about it.

    Raises:
        DataError: If there are two.
    """
    twice = table[table.duplicated(key, keep=False)]
    if len(twice):
        first = twice.iloc[0]
        same = twice[(twice[key] == first[key]).all(axis=1)]
        rows = ", ".join(f"{column} {first[column]}" for column in key if str(first[column]) != "")
        raise DataError(
            f"{name}: rows {same.index[0] + 1} and {same.index[1] + 1} are both {rows}; {cure}."
        )


def refuse_two_origins(table: pd.DataFrame, name: str) -> None:
    """Refuse a target of two origins, or of one that not all of its rows tell.

    Raises:
        DataError: If there is one.
    """
    for target, origins in table.groupby("target", sort=False)["origin"]:
        other = origins[origins != origins.iloc[0]]
        if len(other):
            raise DataError(
                f"{name}: origin of {target} is {origins.iloc[0]!r} in row {origins.index[0] + 1} "
                f"and {other.iloc[0]!r} in row {other.index[0] + 1}; give all rows of a target "
                "the same."
            )


def refuse_two_units(rows: pd.DataFrame, run: list[str], metric: str, name: str) -> None:
    """Refuse runs that reach 1 or less where others are in percent; 0 is 0 in both.

    Args:
        rows: Rows of one metric, numbered from 0.
        run: Columns that name a run, of which there may be a row per label.
        metric: Its name.
        name: What the table is called in messages.

    Raises:
        DataError: If there are such runs.
    """
    if not rows["value"].max() > 1:
        return
    tops = rows.groupby(run)["value"].transform("max")
    low = rows[(tops > 0) & (tops <= 1) & (rows["value"] == tops)]
    if len(low):
        one, other = (_told(rows, i) for i in (low.index[0], rows["value"].idxmax()))
        raise DataError(
            f"{name}: {metric} of {one}, of {other}; one unit was expected, 0 to 1 or percent. "
            "Convert one of them; if both are right, write all values from 0 to 1."
        )


def _told(rows: pd.DataFrame, number: Any) -> str:
    row = rows.loc[number]
    return (
        f"row {number + 1} is {row['value']:.4g} (source {row['source']}, target {row['target']})"
    )
