"""What a figure is: a table that a reader cites, and the drawing beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import pandas as pd

from warmstart.core.store import write_file
from warmstart.reports.look import Look, specification, svg
from warmstart.reports.tables import csv_text

if TYPE_CHECKING:
    import altair as alt

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Figure(Generic[T]):
    """A table, then a drawing of it.

    Attributes:
        name: The stem of its files.
        caption: How to read it.
        columns: What each column of the table means.
        table: From a study's tables, or from evidence, to the figure's; all computing happens here.
        draw: From the figure's table to a drawing; computes nothing.
    """

    name: str
    caption: str
    columns: Mapping[str, str]
    table: Callable[[T], pd.DataFrame]
    draw: "Callable[[pd.DataFrame, Look], alt.TopLevelMixin]"

    def texts(self, table: pd.DataFrame, style: Look) -> dict[str, str]:
        """Return what ``<name>.csv`` and ``<name>.svg`` hold, by file name."""
        drawing = svg(specification(self.draw(table, style)))
        return {f"{self.name}.csv": csv_text(table), f"{self.name}.svg": drawing}

    def save(self, table: pd.DataFrame, style: Look, folder: Path) -> list[Path]:
        """Write ``<name>.csv`` and ``<name>.svg`` into a folder, and return both.

        Raises:
            StoreError: If the folder cannot be written.
        """
        texts = self.texts(table, style)
        for name, text in texts.items():
            write_file(folder / name, text)
        return [folder / name for name in texts]
