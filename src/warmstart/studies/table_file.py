"""A table of results or of measures, read from a file of another group or of ours."""

import gzip
import lzma
import zipfile
import zlib
from pathlib import Path

import pandas as pd
from pandas.errors import EmptyDataError

from warmstart.core.text import printable
from warmstart.errors import DataError

_TEXTS = ("network", "source", "arm", "target", "label", "measure", "metric", "origin")
"""Columns that are no numbers; a dataset may well be called ``NA``."""
_MISSING = ["", "nan", "NaN", "NA"]
"""Cells of other columns where there is no value."""
_DAMAGE = (EOFError, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile, zlib.error)
"""What reading raises of a compressed file that is not whole."""
_TOKENIZING = "Error tokenizing data. C error: "
"""How pandas begins what it says of rows of unequal length and quotes that are never closed."""


def read_table_file(path: Path) -> pd.DataFrame:
    """Read a CSV file, compressed or not, or a Parquet file.

    Cells of a CSV file are separated by commas, semicolons or tabs. Where they are separated by
    semicolons, a comma in a number is the decimal point.

    Raises:
        DataError: If there is no such file, or it is no whole table.
    """
    if path.is_dir():
        raise DataError(f"{path} is a folder; name a CSV or Parquet file in it.")
    if not path.is_file():
        raise DataError(f"{path} does not exist; name a CSV or Parquet file, or a study folder.")
    try:
        return pd.read_parquet(path) if path.suffix == ".parquet" else _csv(path)
    except EmptyDataError as error:
        raise DataError(
            f"{path} is empty; a line of column names and a row for each value were expected."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 text ({error.reason}); save the table as CSV in UTF-8."
        ) from error
    except _DAMAGE as error:
        raise DataError(
            f"{path} is damaged ({printable(error)}); copy or download it again."
        ) from error
    except (ValueError, OSError, ImportError) as error:
        reason = printable(error).removeprefix(_TOKENIZING).rstrip(".")
        raise DataError(
            f"{path} cannot be read as a table: {reason}. CSV or Parquet was expected."
        ) from error


def _csv(path: Path) -> pd.DataFrame:
    separator = _separator(path)
    columns = pd.read_csv(path, sep=separator, nrows=0).columns
    table = pd.read_csv(
        path,
        sep=separator,
        decimal="," if separator == ";" else ".",
        dtype=dict.fromkeys(_TEXTS, str),
        keep_default_na=False,
        na_values={column: _MISSING for column in map(str, columns) if column not in _TEXTS},
    )
    if len(table) and not isinstance(table.index, pd.RangeIndex):  # the first cells became names
        raise DataError(
            f"{path} has more cells in a row than columns; quote cells that hold {separator!r}, "
            "and end no row with it."
        )
    return table


def _separator(path: Path) -> str:
    """What separates cells: it stands in the one name that a header has when read with commas."""
    header = [str(column) for column in pd.read_csv(path, nrows=0).columns]
    if any("\0" in column for column in header):
        raise DataError(f"{path} holds NUL characters; save the table as CSV in UTF-8.")
    return next((mark for mark in ";\t" if len(header) == 1 and mark in header[0]), ",")
