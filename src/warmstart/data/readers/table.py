"""Text tables (CSV) read as text: ``004`` stays ``004`` and ``NA`` stays ``NA``."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from warmstart.core.names import hint
from warmstart.errors import DataError


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
                f"{self.path} has no column {name!r}.{hint(name, self.columns)} "
                f"Columns: {', '.join(self.columns)}."
            )
        position = self.columns.index(name)
        return [row[position] for row in self.cells]


def read_table(path: Path) -> Table:
    """Read a table whose cells are separated by commas, semicolons or tabs.

    Raises:
        DataError: If the file cannot be read, is empty or has rows of unequal length.
    """
    lines = read_text(path).splitlines(keepends=True)
    if not lines:
        raise DataError(f"{path} is empty; expected a header line and one row per image.")
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    once: dict[str, str] = {}  # equal cells, of which there are many, share their memory
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append(tuple(once.setdefault(cell, cell) for cell in cells))
                numbers.append(reader.line_num)
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: {error}.") from error
    return _checked(Table(path, rows[0] if rows else (), tuple(rows[1:]), tuple(numbers[1:])))


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        DataError: If the file cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error.reason}); save it as UTF-8.") from error
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror}.") from error


def _checked(table: Table) -> Table:
    if not table.cells:
        raise DataError(f"{table.path} holds no rows; expected a header line and one per image.")
    twice = [name for name, count in Counter(table.columns).items() if count > 1]
    if twice:
        raise DataError(f"{table.path} has the column {twice[0]!r} twice; rename one.")
    for row, line in zip(table.cells, table.lines, strict=True):
        if len(row) != len(table.columns):
            raise DataError(
                f"{table.path}, line {line}: {len(row)} cells, expected {len(table.columns)}. "
                "Quote cells that hold the separator."
            )
    return table
