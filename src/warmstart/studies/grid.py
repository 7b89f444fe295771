"""The picture grid of a dataset, figure 1 of a paper: a row of images per class."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warmstart.core.store import write_file
from warmstart.core.text import counted
from warmstart.data.checks import class_counts
from warmstart.data.dataset import Dataset
from warmstart.reports.sheet import SheetRow, sheet_png
from warmstart.reports.tables import csv_text
from warmstart.studies.one_dataset import Looked
from warmstart.studies.pictures import pictures_of, spread

PICTURES = 8
"""Images of a class."""
MOST_CLASSES = 24
COLUMNS = ["class", "row", "column", "image"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """A picture grid.

    Attributes:
        drawing: The PNG file.
        table: Which image stands where; columns class, row, column (from 1) and image.
    """

    drawing: bytes
    table: pd.DataFrame


def picture_grid(looked: Looked) -> Grid:
    """Draw a row per class: its name and up to 8 of its images, evenly spread.

    Of more than 24 classes the first 24 are drawn, and the last line counts the others.
    """
    dataset = looked.dataset
    counts = class_counts(looked.usable)
    chosen = [
        spread(positions, PICTURES)
        for positions in _members(dataset, looked.readable, MOST_CLASSES)
    ]
    pixels = pictures_of(dataset, (position for row in chosen for position in row))
    rows = [
        SheetRow(
            texts=(dataset.classes[number], counted(int(counts[number]), "image")),
            pictures=[pixels[position] for position in row],
        )
        for number, row in enumerate(chosen)
    ]
    more = len(dataset.classes) - len(rows)
    kinds = ("more label", "more labels") if dataset.multilabel else ("more class", "more classes")
    drawing = sheet_png(
        rows,
        places=max(1, *map(len, chosen)),
        footer=counted(more, *kinds) if more else "",
    )
    names = dataset.images.names
    table = [
        (dataset.classes[row], row + 1, column + 1, names[dataset.rows[position]])
        for row, positions in enumerate(chosen)
        for column, position in enumerate(positions)
    ]
    return Grid(drawing=drawing, table=pd.DataFrame(table, columns=COLUMNS))


def write_grid(grid: Grid, name: str, out: Path) -> tuple[Path, Path]:
    """Write ``<name>-grid.png`` and ``<name>-grid.csv``.

    Raises:
        StoreError: If the folder cannot be written.
    """
    picture, table = out / f"{name}-grid.png", out / f"{name}-grid.csv"
    write_file(picture, grid.drawing)
    write_file(table, csv_text(grid.table))
    return picture, table


def _members(
    dataset: Dataset, readable: NDArray[np.int64], most: int
) -> Iterator[NDArray[np.int64]]:
    """The readable images of each of the first classes."""
    for number in range(min(most, len(dataset.classes))):
        labels = dataset.labels[readable]
        yield readable[labels[:, number] == 1 if dataset.multilabel else labels == number]
