"""Figures as files: the table that a reader cites, and the drawing beside it."""

from pathlib import Path

from warmstart.core.store import write_file
from warmstart.reports.contents import ReportContents
from warmstart.reports.figures import figures_of
from warmstart.reports.look import look, specification, svg
from warmstart.reports.tables import csv_text


def save_figures(contents: ReportContents, folder: Path) -> list[Path]:
    """Write ``<name>.csv`` and ``<name>.svg`` of each of a study's figures into a folder.

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
    for figure, table in figures_of(contents):
        drawing = svg(specification(figure.draw(table, style)))
        for suffix, text in (("csv", csv_text(table)), ("svg", drawing)):
            path = folder / f"{figure.name}.{suffix}"
            write_file(path, text)
            files.append(path)
    return files
