"""Labels of a CSV: one class per image, or several yes/no labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warmstart.data.readers.table import Table
from warmstart.errors import DataError

_YES_NO = {"": np.nan, "0": 0.0, "0.0": 0.0, "1": 1.0, "1.0": 1.0}


def single_labels(table: Table, column: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the class of each row, and the sorted names of the classes."""
    cells = _labelled(table, column)
    classes, labels = np.unique(np.array(cells, dtype=np.str_), return_inverse=True)
    return labels.astype(np.int64), tuple(str(name) for name in classes)


def known_labels(table: Table, column: str, names: Sequence[str]) -> NDArray[np.int64]:
    """Return the number of each row's class, where the release says what classes there are.

    Raises:
        DataError: If there is no such column, or a cell names none of these classes.
    """
    numbers = {name: number for number, name in enumerate(names)}
    found = table.coded(column, numbers, f"one of {', '.join(names)}")
    return np.array(found, dtype=np.int64)


def separated_labels(
    table: Table, column: str, separator: str
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return yes/no labels (n, L) from cells such as ``Mass|Effusion``, and their names."""
    cells = _labelled(table, column)
    sets = [{part.strip() for part in cell.split(separator)} - {""} for cell in cells]
    classes = tuple(sorted(set().union(*sets)))
    labels = np.array([[float(name in present) for name in classes] for present in sets])
    return labels, classes


def column_labels(table: Table, columns: tuple[str, ...]) -> NDArray[np.float64]:
    """Return yes/no labels (n, L) from columns of 0, 1 or blank (a missing label: NaN)."""
    return np.array([table.coded(column, _YES_NO, "0, 1 or blank") for column in columns]).T


def _labelled(table: Table, column: str) -> list[str]:
    cells = table.column(column)
    blank = [line for cell, line in zip(cells, table.lines, strict=True) if not cell]
    if blank:
        more = f" (and in {len(blank) - 1} more)" if len(blank) > 1 else ""
        raise DataError(
            f"{table.path}, line {blank[0]}{more}: {column} is blank; every image needs a label."
        )
    return cells
