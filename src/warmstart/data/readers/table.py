"""Text tables (CSV) read as text: ``004`` stays ``004`` and ``NA`` stays ``NA``."""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warmstart.core.names import hint
from warmstart.core.text import counted
from warmstart.errors import DataError

NO_COLUMN = "has no column {!r}."
"""Said of a table and the name of a column."""


@dataclass(frozen=True)
class Table:
    """A table of text.

    Attributes:
        path: The file it comes from, for messages.
        columns: Names of the columns.
        cells: One tuple of stripped cells per row.
        lines: Line number of each row in the file, from 1.
    """

    path: Path
    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> list[str]:
        """Return the cells of one column.

        Raises:
            DataError: If there is no such column.
        """
        if name not in self.columns:
            raise DataError(
                f"{self.path} {NO_COLUMN.format(name)}{hint(name, self.columns)} "
                f"Columns: {', '.join(self.columns)}."
            )
        position = self.columns.index(name)
        return [row[position] for row in self.cells]

    def coded(self, name: str, codes: Mapping[str, float], expected: str) -> list[float]:
        """Return the numbers that the cells of one column stand for.

        Args:
            name: Name of the column.
            codes: The number of each cell there may be.
            expected: What a message about another cell says was expected.

        Raises:
            DataError: If there is no such column, or another cell.
        """
        cells = self.column(name)
        for cell, line in zip(cells, self.lines, strict=True):
            if cell not in codes:
                raise DataError(
                    f"{self.path}, line {line}: {name} is {cell!r}; expected {expected}."
                )
        return [codes[cell] for cell in cells]


def read_table(path: Path) -> Table:
    """Read a table whose cells are separated by commas, semicolons or tabs.

    Raises:
        DataError: If the file cannot be read, is empty or has rows of unequal length.
    """
    lines = read_text(path).splitlines(keepends=True)
    if not lines:
        raise DataError(f"{path} is empty; expected a header line and one row per image.")
    if told := _TELLS_DELIMITER.fullmatch(lines[0].strip(" \r\n")):
        lines[0] = "\n"
    delimiter = told[1] if told else max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    once: dict[str, str] = {}  # equal cells, of which there are many, share their memory
    start = 1
    try:
        for row in reader:
            start = reader.line_num + 1
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append(tuple(once.setdefault(cell, cell) for cell in cells))
                numbers.append(reader.line_num)
    except csv.Error as error:
        raise DataError(f"{path}, line {_where(error, start, reader.line_num)}.") from error
    rows = _without_empty_columns(rows)
    return _checked(Table(path, rows[0] if rows else (), tuple(rows[1:]), tuple(numbers[1:])))


_TELLS_DELIMITER = re.compile(r'"?sep=([,;\t])"?')
"""The line that some programs write first for Excel."""


def _where(error: csv.Error, start: int, line: int) -> str:
    """Return the line of an error and what it is; of a quote never closed, that of its row."""
    if "unexpected end of data" in str(error):
        return f"{start}: a quote is opened and never closed; close it"
    return f"{line}: {error}"


def _without_empty_columns(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Remove the columns on the right that hold nothing, nor have a name."""
    widths = (max(i for i, cell in enumerate(row, 1) if cell) for row in rows)
    width = max(widths, default=0)
    return [row[:width] for row in rows]


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        DataError: If the file cannot be read, is not UTF-8 or holds a NUL character.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error.reason}); save it as UTF-8.") from error
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror}.") from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(f"{path}, line {line} holds a NUL character; save it as UTF-8 text.")
    return text


def _checked(table: Table) -> Table:
    if not table.cells:
        raise DataError(f"{table.path} holds no rows; expected a header line and one per image.")
    twice = [name for name, count in Counter(table.columns).items() if count > 1]
    if twice:
        raise DataError(f"{table.path} has the column {twice[0]!r} twice; rename one.")
    for row, line in zip(table.cells, table.lines, strict=True):
        if len(row) != len(table.columns):
            advice = (
                "Quote cells that hold the separator."
                if len(row) > len(table.columns)
                else "Complete the row or remove it."
            )
            raise DataError(
                f"{table.path}, line {line}: {counted(len(row), 'cell')}, expected "
                f"{len(table.columns)}. {advice}"
            )
    return table
