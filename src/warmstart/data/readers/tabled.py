"""Images that a table lists: every row has its image, and no image is passed over in silence."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import numpy as np

from warmstart.core.text import counted, first_few
from warmstart.data.dataset import Dataset
from warmstart.data.listing import is_image, is_litter
from warmstart.data.readers.table import Table
from warmstart.data.sources import ImageFiles
from warmstart.errors import DataError

_SHOWN = 5

FETCH = "Fetch the missing files, or remove their rows."


def images_of(
    table: Table, column: str, root: Path, files: Sequence[str], *, advice: str = FETCH
) -> tuple[list[str], tuple[str, ...]]:
    """Find the image of each row of a table.

    Args:
        table: One row per image.
        column: Its column of ids: names of files, with or without their ending.
        root: Folder of the images, for messages.
        files: Paths of the images below it.
        advice: What to do about images that are missing.

    Returns:
        The path of each row's image; and warnings on images that no row names.

    Raises:
        DataError: If there is no such column, an id is listed twice, or an image is missing or
            there twice.
    """
    cells = [normalize("NFC", cell) for cell in table.column(column)]
    _refuse_twice(table, column, cells)
    places = _places(files)
    missing = [i for i, cell in enumerate(cells) if cell not in places]
    refuse_missing(table, cells, missing, root, advice=advice)
    for i, cell in enumerate(cells):
        if len(places[cell]) > 1:
            raise DataError(
                f"{table.path}, line {table.lines[i]}: {cell} lies under {root} twice, "
                f"{places[cell][0]} and {places[cell][1]}; remove one."
            )
    found = [places[cell][0] for cell in cells]
    return found, left_out(table.path.name, root, sorted(set(files) - set(found)))


def refuse_missing(
    table: Table,
    cells: Sequence[str],
    missing: Sequence[int],
    root: Path,
    *,
    advice: str = FETCH,
) -> None:
    """Refuse rows without an image, if there are any.

    Args:
        table: One row per image.
        cells: The image of each row, as messages name it.
        missing: Positions of the rows without one.
        root: Folder of the images.
        advice: What to do about it.

    Raises:
        DataError: If a row has no image.
    """
    if not missing:
        return
    few = first_few([cells[i] for i in missing], _SHOWN)
    are = "is" if len(missing) == 1 else "are"
    raise DataError(
        f"{table.path}, line {table.lines[missing[0]]}: {len(missing)} of {len(cells)} images "
        f"{are} not under {root}: {few}. {advice}"
    )


def without_image(table: Table, column: str, files: Sequence[str]) -> list[int]:
    """Return the positions of the rows that ``images_of`` would find no image for."""
    places = _places(files)
    cells = table.column(column)
    return [i for i, cell in enumerate(cells) if normalize("NFC", cell) not in places]


def left_out(table: str, root: Path, files: Sequence[str]) -> tuple[str, ...]:
    """Return a warning on images under a folder that a table does not name, if there are any."""
    if not files:
        return ()
    are, were = ("is", "was") if len(files) == 1 else ("are", "were")
    return (
        f"{counted(len(files), 'image')} under {root} {are} not in {table} and {were} left out: "
        f"{first_few(files, _SHOWN)}",
    )


def unnamed_beside(root: Path, names: Iterable[str]) -> list[str]:
    """Return the images that lie in the same folders as these, but are none of them."""
    named = set(names)
    found: list[str] = []
    for folder in sorted({os.path.dirname(name) for name in named}):
        try:
            inside = os.listdir(root / folder)
        except OSError:
            continue
        paths = [f"{folder}/{name}" if folder else name for name in inside if not is_litter(name)]
        found += [path for path in paths if is_image(path) and path not in named]
    return sorted(found)


def by_name(dataset: Dataset, root: Path, names: Sequence[str]) -> Dataset:
    """Return a dataset of image files in the order of their names.

    So the order of a table's rows changes nothing.

    Args:
        dataset: Labels, groups and parts in the order of ``names``; its images are replaced.
        root: Folder of the images.
        names: Path of each image below it.
    """
    order = np.argsort(np.array(names, dtype=np.str_), kind="stable")
    return replace(
        dataset,
        images=ImageFiles(root, [names[position] for position in order]),
        rows=np.arange(len(names)),
        labels=dataset.labels[order],
        groups=None if dataset.groups is None else dataset.groups[order],
        split=None if dataset.split is None else dataset.split[order],
    )


def _refuse_twice(table: Table, column: str, cells: Sequence[str]) -> None:
    first: dict[str, int] = {}
    for cell, line in zip(cells, table.lines, strict=True):
        if first.setdefault(cell, line) != line:
            raise DataError(
                f"{table.path}, line {line}: {column} {cell!r} is listed twice, first in line "
                f"{first[cell]}; keep one row per image."
            )


def _places(files: Sequence[str]) -> dict[str, list[str]]:
    """Paths by file name in NFC, also with its ending in small letters, and by stem."""
    found: dict[str, list[str]] = {}
    for file in files:
        name = normalize("NFC", os.path.basename(file))
        stem, suffix = os.path.splitext(name)
        for key in dict.fromkeys((name, stem + suffix.lower(), stem)):
            found.setdefault(key, []).append(file)
    return found
