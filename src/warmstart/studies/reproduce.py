"""Published studies, computed again from their own tables."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from warmstart.analysis.published.matches import match_table
from warmstart.analysis.published.table import PUBLISHED, Published
from warmstart.core.names import lookup
from warmstart.core.store import write_file
from warmstart.errors import DataError
from warmstart.reports.tables import csv_text


def reproduce(name: str, folder: Path) -> tuple[Published, pd.DataFrame]:
    """Compute a published study's numbers again.

    Args:
        name: Row of `PUBLISHED`.
        folder: Its tables, or a clone of its repository.

    Returns:
        The study, and its match table: quantity, published, recomputed, agrees, says, finding.

    Raises:
        UnknownNameError: If there is no such study.
        DataError: If the folder holds something else.
    """
    study = lookup("published study", name, PUBLISHED)
    if not folder.is_dir():
        raise DataError(f"--from {folder} is no folder. The tables of {name}: {study.address}")
    return study, match_table(study.matches(folder))


def write_matches(table: pd.DataFrame, path: Path) -> None:
    """Write a match table as CSV.

    Raises:
        StoreError: If it cannot be written.
    """
    write_file(path, csv_text(table))


def list_published() -> Iterator[str]:
    """One line per study that can be computed again."""
    for study in PUBLISHED.values():
        yield f"{study.name}: {study.title}. {study.address}"
