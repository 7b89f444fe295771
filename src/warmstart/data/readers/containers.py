"""Releases whose parts are a file of images and a file of labels each."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from warmstart.data.listing import find
from warmstart.errors import DataError


@dataclass(frozen=True)
class PartFiles:
    """One part of a release as it lies on disk.

    Attributes:
        name: What the release calls the part.
        images: File of its images.
        labels: File of their labels.
    """

    name: str
    images: Path
    labels: Path


def parts_there(
    root: Path | None, names: Mapping[str, tuple[str, str]], expects: str
) -> tuple[list[PartFiles], tuple[str, ...]]:
    """Find the parts of a release whose images are there.

    Args:
        root: The release's folder, one that holds it, or one of its files.
        names: The file of images and the file of labels of each part.
        expects: What should lie on disk, for messages.

    Returns:
        The parts, in the order of ``names``; and a note if some are not there.

    Raises:
        DataError: If there is none, or one is there without its labels.
    """
    top = folder_of(root)
    found = [(part, find(top, images)) for part, (images, _) in names.items()]
    parts = [_with_labels(top, part, path, names[part][1]) for part, path in found if path]
    if not parts:
        wanted = " or ".join(images for images, _ in names.values())
        raise DataError(f"{root} holds no {wanted}; expected {expects}.")
    there = [part.name for part in parts]
    if len(there) == len(names):
        return parts, ()
    absent = ", ".join(part for part in names if part not in there)
    return parts, (f"parts that are here: {', '.join(there)}; not here: {absent}",)


def folder_of(root: Path | None) -> Path:
    """Return the folder to search: that of the file, if the root is a file.

    Raises:
        DataError: If there is no root.
    """
    if root is None:
        raise DataError("There is no root; name the folder of the release.")
    return root if root.is_dir() else root.parent


def common_folder(paths: Sequence[Path]) -> Path:
    """Return the deepest folder that all these files are below."""
    return Path(os.path.commonpath([path.parent for path in paths]))


def numbered(counts: Mapping[str, int]) -> list[str]:
    """Return ``train/000000``, ``train/000001``, ... for the number of images of each part."""
    return [f"{part}/{row:06d}" for part, count in counts.items() for row in range(count)]


def _with_labels(top: Path, part: str, images: Path, name: str) -> PartFiles:
    labels = find(top, name)
    if labels is None:
        raise DataError(
            f"{images} has no labels: {top} holds no {name}. Fetch it, or take the part {part} out."
        )
    for path in (images, labels):
        if not path.is_file():
            raise DataError(f"{path} is not a file; unpack the release again.")
    return PartFiles(part, images, labels)
