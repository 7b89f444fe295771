"""DTD r1.0.1: 47 textures of 120 photographs each, in folders, with lists of official parts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from warmstart.core.names import hint
from warmstart.data.dataset import Dataset
from warmstart.data.listing import find, image_files
from warmstart.data.readers.lines import numbered_lines
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.readers.tabled import left_out
from warmstart.data.sources import ImageFiles
from warmstart.errors import DataError

_CLASSES, _EACH = 47, 120
_PARTS = {"train": "train", "val": "validation", "test": "test"}
_ATTRIBUTES = "labels_joint_anno.txt"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DtdOptions:
    """Options of the reader ``dtd``.

    Attributes:
        labels: ``key``: the texture whose folder an image lies in. ``joint``: all textures that
            it shows, as yes/no labels from ``labels_joint_anno.txt``.
        split: Which of the ten official divisions into parts; by default the first, where its
            lists are there.
    """

    labels: Literal["key", "joint"] = "key"
    split: Annotated[int, Field(ge=1, le=10)] | None = None


class _Entry(NamedTuple):
    """One line of a list: an image, and in the list of attributes what it shows."""

    path: Path
    line: int
    words: tuple[str, ...]


def read_dtd(root: Path | None, options: DtdOptions) -> Dataset:
    """Read the folders of textures.

    Raises:
        DataError: If there is no folder ``images``, or a list is missing, or names an image
            twice, one that is not there or a texture that is none.
    """
    images = _images_folder(root)
    every = image_files(images)
    files = [file for file in every if "/" in file]
    warnings = left_out("a class folder", images, [file for file in every if "/" not in file])
    classes = tuple(sorted({_folder(file) for file in files}))
    part_of = _division(images.parent / "labels", options)
    attributes = [images.parent / "labels" / _ATTRIBUTES] if options.labels == "joint" else []
    entries = [_listed(images, files, lists) for lists in (list(part_of), attributes) if lists]
    for listed in entries:
        lists = ", ".join(dict.fromkeys(entry.path.name for entry in listed.values()))
        warnings += left_out(lists, images, [file for file in files if file not in listed])
        files = [file for file in files if file in listed]
    dataset = Dataset(
        name="dtd",
        images=ImageFiles(images, files),
        rows=np.arange(len(files)),
        labels=_attributes(files, entries[-1], classes) if attributes else _keys(files, classes),
        classes=classes,
        split=np.array([part_of[entries[0][f].path] for f in files]) if part_of else None,
        notes=_notes(part_of),
        warnings=warnings,
    )
    each = {} if options.labels == "joint" else dict.fromkeys(classes, _EACH)
    return compared(dataset, images=_CLASSES * _EACH, classes=each)


def _images_folder(root: Path | None) -> Path:
    images = (
        None if root is None or not root.is_dir() else find(find(root, "dtd") or root, "images")
    )
    if images is None or not images.is_dir():
        raise DataError(f"{root} holds no folder images; expected {DTD.expects}.")
    return images


def _division(folder: Path, options: DtdOptions) -> dict[Path, str]:
    """The part that each of the three lists of a division gives; none if there are no lists."""
    number = options.split or 1
    lists = {folder / f"{part}{number}.txt": split for part, split in _PARTS.items()}
    missing = [path.name for path in lists if not path.is_file()]
    if len(missing) == len(lists) and options.split is None:
        return {}
    if missing:
        raise DataError(
            f"{folder} holds no {', '.join(missing)}; fetch the release's folder labels again."
        )
    return lists


def _notes(part_of: Mapping[Path, str]) -> tuple[str, ...]:
    if not part_of:
        return ("no official parts: there are no lists train1.txt, val1.txt and test1.txt",)
    return (f"official parts from {', '.join(path.name for path in part_of)}",)


def _listed(images: Path, files: Sequence[str], lists: Sequence[Path]) -> dict[str, _Entry]:
    """What these lists say of each image; the case of a name does not count.

    Raises:
        DataError: If a list cannot be read, or names an image twice or one that is not there.
    """
    there = {file.lower(): file for file in files}
    found: dict[str, _Entry] = {}
    for path in lists:
        for line, text in numbered_lines(path):
            name, *words = text.split()
            file = there.get(name.lower())
            if file is None:
                raise DataError(
                    f"{path}, line {line}: {name} is not under {images}; fetch the file, or remove "
                    "the line."
                )
            entry = _Entry(path, line, tuple(words))
            first = found.setdefault(file, entry)
            if first != entry:
                raise DataError(
                    f"{path}, line {line}: {name} is listed twice, first in {first.path.name}, "
                    f"line {first.line}; keep one line per image."
                )
    return found


def _keys(files: Sequence[str], classes: Sequence[str]) -> NDArray[np.int64]:
    numbers = {name: number for number, name in enumerate(classes)}
    return np.array([numbers[_folder(file)] for file in files], np.int64)


def _attributes(
    files: Sequence[str], entries: Mapping[str, _Entry], classes: Sequence[str]
) -> NDArray[np.float64]:
    """Yes/no labels, shape (n, classes)."""
    for path, line, words in entries.values():
        for word in words:
            if word not in classes:
                raise DataError(
                    f"{path}, line {line}: {word!r} is none of the {len(classes)} class folders."
                    f"{hint(word, classes)} Correct the line, or fetch the folder."
                )
    shown = [[name in entries[file].words for name in classes] for file in files]
    return np.array(shown, np.float64).reshape(len(files), len(classes))


def _folder(file: str) -> str:
    return file.split("/", 1)[0]


DTD = Reader(
    name="dtd",
    title="DTD r1.0.1, textures",
    labels="47 classes, or 47 yes/no labels",
    parts=True,
    layout=(
        "dtd/\n    images/\n        banded/\n            banded_0002.jpg\n    labels/\n"
        "        train1.txt, val1.txt, test1.txt, ...\n        labels_joint_anno.txt"
    ),
    archives=("dtd-r1.0.1.tar.gz", "dtd-r1.0.1.tar"),
    address="https://www.robots.ox.ac.uk/~vgg/data/dtd/",
    read=read_dtd,
    options=DtdOptions,
    published=lambda root, options: _CLASSES * _EACH,
    expects="the folder dtd with images/<class>/<name>.jpg and labels/train1.txt, val1.txt, ...",
)
