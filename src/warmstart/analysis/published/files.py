"""Published tables: in the folder itself, or where their repository keeps them."""

import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from warmstart.core.text import first_few, listed
from warmstart.errors import DataError

_MOST_NAMED = 3


def path_of(folder: Path, name: str, *places: str) -> Path | None:
    """The file of that name in a folder or one of its sub-folders; none where it is not there."""
    return next(
        (p for p in (folder / name, *(folder / s / name for s in places)) if p.is_file()), None
    )


def read_table(
    folder: Path,
    name: str,
    *places: str,
    text: Sequence[str],
    numbers: Sequence[str] | None = None,
    **options: str,
) -> pd.DataFrame:
    """Read a published CSV file.

    Args:
        folder: What the user named.
        name: The file.
        places: Sub-folders of a clone of the repository that may hold it.
        text: Columns of text that it must have.
        numbers: Columns of numbers that it must have; by default all but those of text. An empty
            cell is NaN.
        options: For `pandas.read_csv`.

    Raises:
        DataError: If the file is not there, is cut off or no table, lacks a column, or has text
            where a number should be.
    """
    path = path_of(folder, name, *places)
    if path is None:
        also = "".join(f" or {folder / place}" for place in places)
        raise DataError(f"{name} is not in {folder}{also}; name the folder that holds it.")
    try:
        table: pd.DataFrame = pd.read_csv(path, **options)  # type: ignore[call-overload]
    except (ValueError, OSError, EOFError, zlib.error) as error:
        why = str(error).strip().rstrip(".")
        raise DataError(f"{path} cannot be read as a table: {why}. Fetch it again.") from error
    missing = [repr(column) for column in (*text, *(numbers or ())) if column not in table]
    if missing:
        raise DataError(
            f"{path} lacks {'the column' if len(missing) == 1 else 'the columns'} "
            f"{listed(missing)}; it has {', '.join(map(str, table))}. Fetch it again."
        )
    for column in table.columns.difference(list(text)) if numbers is None else numbers:
        table[column] = _numbers(path, table[column])
    return table


def check_rows(
    table: pd.DataFrame, name: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> None:
    """Check that a published table holds each row that it should once, and maybe others.

    Args:
        table: The table.
        name: What to call it.
        columns: Those that name a row.
        rows: What these columns must hold.

    Raises:
        DataError: If a row is missing, or there twice.
    """
    given = Counter(table[list(columns)].itertuples(index=False, name=None))
    for what, wrong in (
        ("lacks", [row for row in rows if not given[row]]),
        ("repeats", [row for row in rows if given[row] > 1]),
    ):
        if wrong:
            named = first_few([" / ".join(map(str, row)) for row in wrong], _MOST_NAMED)
            raise DataError(
                f"{name} {what} {named}; expected {len(rows)} rows of {listed(columns)}, each once "
                "and without empty cells. Fetch it again."
            )


def _numbers(path: Path, column: pd.Series) -> pd.Series:
    found = pd.to_numeric(column, errors="coerce")
    wrong = column[found.isna() & column.notna()]
    if len(wrong):
        raise DataError(
            f"{path}, line {wrong.index[0] + 2}, column {column.name}: {str(wrong.iloc[0])!r} is "
            "no number. Fetch it again."
        )
    return found
