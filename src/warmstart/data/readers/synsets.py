"""Trees of ImageNet: folders named by synset, such as ``n04326547``, and what lies beside them."""

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from warmstart.data.listing import is_image, is_litter, unreadable

_SYNSET = re.compile(r"n\d{8}")
_DEPTH = 5
"""Levels of folders that are searched; folders of synsets are never entered."""
_PASSED_OVER = ("annotation", "imagesets")
"""Beginnings of names of folders that repeat the synsets, but hold no images."""


@dataclass(frozen=True)
class Place:
    """A folder that holds folders of synsets, or images.

    Attributes:
        folder: The folder.
        synsets: Names of the folders of synsets in it, sorted.
        images: Names of the images that lie in it directly, sorted.
    """

    folder: Path
    synsets: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Tree:
    """What was found, the nearest first.

    Attributes:
        places: Folders that hold folders of synsets, or images.
        files: Where the files lie whose names were asked for.
    """

    places: list[Place]
    files: dict[str, Path]


def is_synset(name: str) -> bool:
    """Whether this is the id of a synset: ``n`` and eight digits."""
    return _SYNSET.fullmatch(name) is not None


def search(root: Path, names: Collection[str] = ()) -> Tree:
    """Search a folder for folders of synsets and for files by name, without entering synsets.

    So a release of a million images is searched in the time that its folders take.

    Raises:
        DataError: If a folder may not be read.
    """
    tree, level = Tree([], {}), [root]
    for _ in range(_DEPTH + 1):
        level = [below for folder in level for below in _enter(folder, tree, names)]
    return tree


def _enter(folder: Path, tree: Tree, names: Collection[str]) -> list[Path]:
    """Add what a folder holds to the tree; return the folders to enter next."""
    place, below = Place(folder), []
    for name, is_folder in sorted(_entries(folder)):
        if is_folder and is_synset(name):
            place.synsets.append(name)
        elif is_folder and not name.lower().startswith(_PASSED_OVER):
            below.append(folder / name)
        elif is_image(name):
            place.images.append(name)
        elif name in names:
            tree.files.setdefault(name, folder / name)
    if place.synsets or place.images:
        tree.places.append(place)
    return below


def _entries(folder: Path) -> Iterator[tuple[str, bool]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not is_litter(entry.name):
                    yield entry.name, _is_folder(entry)
    except OSError as error:
        raise unreadable(folder, error) from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """A folder named like an image is an image that cannot be read."""
    try:
        return entry.is_dir() and not is_image(entry.name)
    except OSError:  # a link that leads to itself
        return False
