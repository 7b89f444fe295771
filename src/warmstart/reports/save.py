"""The figures of a study as files."""

from pathlib import Path

from warmstart.reports.contents import ReportContents
from warmstart.reports.figures import figures_of
from warmstart.reports.look import look


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
    return [
        file for figure, table in figures_of(contents) for file in figure.save(table, style, folder)
    ]
