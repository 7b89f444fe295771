"""Releases in parts: for each a folder of images, and a table with a row per image."""

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from warmstart.data.listing import all_files, find, image_files
from warmstart.data.readers.copies import without_copies
from warmstart.data.readers.table import Table, read_table
from warmstart.data.readers.tabled import images_of
from warmstart.errors import DataError

WithTest = Annotated[tuple[Literal["train", "test"], ...], Field(min_length=1)]
WithValidation = Annotated[tuple[Literal["train", "validation", "test"], ...], Field(min_length=1)]
"""Types of an option that chooses parts; at least one."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part as it is published.

    Attributes:
        name: The official part: ``train``, ``validation`` or ``test``.
        folder: Name of the folder of its images.
        table: Name of the table of its images.
        images: How many images were published.
    """

    name: str
    folder: str
    table: str
    images: int


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What a release in parts looks like.

    Attributes:
        parts: Its parts.
        column: Column of the ids of images, in the table of each part.
        numbers: Reads the number of each row's class from such a table.
        expects: What should lie on disk, for messages.
    """

    parts: tuple[Part, ...]
    column: str
    numbers: Callable[[Table], NDArray[np.int64]]
    expects: str


@dataclass(frozen=True, kw_only=True)
class Listed:
    """The images of some parts, in the order of their tables.

    Attributes:
        root: The folder that holds the folders of all parts read.
        names: Path of each image below it.
        numbers: Number of the class of each image, shape (n,).
        split: Official part of each image, shape (n,); ``None`` where one part was read.
        published: How many images these parts were published with.
        notes: Parts and copies of images that were not read.
        warnings: Images that no table names.
    """

    root: Path
    names: list[str]
    numbers: NDArray[np.int64]
    split: NDArray[np.str_] | None
    published: int
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def list_parts(root: Path | None, layout: Layout, chosen: Collection[str] = ("train",)) -> Listed:
    """List the images of the chosen parts of a release.

    Raises:
        DataError: If a table or folder is not there, or they disagree.
    """
    read = [part for part in layout.parts if part.name in chosen]
    rest = [part for part in layout.parts if part.name not in chosen]
    places = [_place(root, part, layout.expects) for part in read]
    tables = [read_table(path) for path, _ in places]
    found = [
        _images(folder, table, layout.column)
        for (_, folder), table in zip(places, tables, strict=True)
    ]
    top = Path(os.path.commonpath([folder.parent for _, folder in places]))
    folders = [folder.relative_to(top).as_posix() for _, folder in places]
    parts = np.repeat([part.name for part in read], [len(table.cells) for table in tables])
    return Listed(
        root=top,
        names=[
            f"{folder}/{name}"
            for folder, (inside, _, _) in zip(folders, found, strict=True)
            for name in inside
        ],
        numbers=np.concatenate([layout.numbers(table) for table in tables]),
        split=parts if len(read) > 1 else None,
        published=published_images(layout, chosen),
        notes=_not_read(top, rest) + tuple(note for _, notes, _ in found for note in notes),
        warnings=tuple(line for _, _, lines in found for line in lines),
    )


def published_images(layout: Layout, chosen: Collection[str]) -> int:
    """Return how many images these parts were published with."""
    return sum(part.images for part in layout.parts if part.name in chosen)


def find_table(root: Path | None, names: Sequence[str]) -> Path | None:
    """Find a table by the first of its names that is there.

    Also in a folder of its name, which some programs make for an archive with one file.
    """
    for name in names:
        path = None if root is None else find(root, name)
        if path is not None and path.is_dir():
            inside = [file for file in all_files(path) if _file_name(file) == name.lower()]
            path = path / inside[0] if inside else None
        if path is not None:
            return path
    return None


def _place(root: Path | None, part: Part, expects: str) -> tuple[Path, Path]:
    """Return where the table and the folder of a part lie."""
    table = find_table(root, [part.table])
    folder = None if root is None else find(root, part.folder)
    if table is None or folder is None:
        what = part.table if table is None else f"folder {part.folder}"
        raise DataError(f"{root} holds no {what}; expected {expects}.")
    return table, folder


def _images(
    folder: Path, table: Table, column: str
) -> tuple[list[str], tuple[str, ...], tuple[str, ...]]:
    """Return each row's image, a note on copies, and a warning on images that no row names."""
    files, copies = without_copies(folder, image_files(folder))
    names, left = images_of(table, column, folder, files)
    return names, copies, left


def _not_read(top: Path, parts: Sequence[Part]) -> tuple[str, ...]:
    """Say which other parts lie beside those that are read."""
    there = [part.name for part in parts if (top / part.folder).is_dir()]
    if not there:
        return ()
    which = "part lies" if len(there) == 1 else "parts lie"
    return (f"the official {which} here too, not read: {', '.join(there)} (option parts)",)


def _file_name(path: str) -> str:
    return os.path.basename(path).lower()
