"""Figures as files: the table that a reader cites, and the drawing beside it."""

from pathlib import Path

from warmstart.core.store import write_file
from warmstart.reports.contents import ReportContents
from warmstart.reports.figures import FIGURES
from warmstart.reports.look import look, specification, svg
from warmstart.reports.tables import csv_text


def save_figures(contents: ReportContents, folder: Path) -> list[Path]:
    """Write ``<name>.csv`` and ``<name>.svg`` of every figure into a folder.

    Args:
        contents: The study.
        folder: Where; it is made if it is missing.

    Returns:
        The files, in the order of the figures.

    Raises:
        StoreError: If the folder cannot be written.
    """
    style = look(contents)
    files = []
    for figure in FIGURES.values():
        table = figure.table(contents)
        drawing = svg(specification(figure.draw(table, style)))
        for suffix, text in (("csv", csv_text(table)), ("svg", drawing)):
            path = folder / f"{figure.name}.{suffix}"
            write_file(path, text)
            files.append(path)
    return files
