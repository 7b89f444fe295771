"""KimiaPath960: regions of 20 scans of tissue, ``<letter of the scan><number>.tif``."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic.dataclasses import dataclass

from warmstart.core.text import counted, first_few
from warmstart.data.dataset import Dataset
from warmstart.data.listing import image_files
from warmstart.data.readers.copies import without_copies
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.sources import ImageFiles
from warmstart.errors import DataError

_CLASSES = tuple("ABCDEFGHIJKLMNOPQRST")
_EACH = 48
_NAME = re.compile(r"([A-T])([1-9]|[1-3]\d|4[0-8])\.tiff?", re.IGNORECASE | re.ASCII)
_SHOWN = 5


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Kimia960Options:
    """The reader ``kimia960`` has no options of its own."""


def read_kimia960(root: Path | None, options: Kimia960Options) -> Dataset:
    """Read the images of KimiaPath960; a class is the scan an image was cut from.

    Raises:
        DataError: If no image has a name of the release, or two that differ have the same.
    """
    if root is None or not root.is_dir():
        raise DataError(f"{root} is not a folder; expected {KIMIA960.expects}.")
    every = image_files(root)
    named, notes = without_copies(root, [file for file in every if _scan(file)])
    if not named:
        raise DataError(f"{root} holds no image named like A5.tif; expected {KIMIA960.expects}.")
    _refuse_twice(root, named)
    dataset = Dataset(
        name="kimia960",
        images=ImageFiles(root, named),
        rows=np.arange(len(named)),
        labels=np.array([_CLASSES.index(_scan(file)) for file in named], np.int64),
        classes=_CLASSES,
        notes=notes,
        warnings=_odd(root, [file for file in every if not _scan(file)]),
    )
    return compared(dataset, classes=dict.fromkeys(_CLASSES, _EACH))


def _scan(file: str) -> str:
    """Letter of the scan, empty for a name that is none of the release."""
    match = _NAME.fullmatch(os.path.basename(file))
    return match[1].upper() if match else ""


def _refuse_twice(root: Path, files: Sequence[str]) -> None:
    first: dict[str, str] = {}
    for file in files:
        stem = os.path.splitext(os.path.basename(file))[0].upper()
        if first.setdefault(stem, file) != file:
            raise DataError(
                f"{root} holds {stem} twice and not the same, {first[stem]} and {file}; remove one."
            )


def _odd(root: Path, files: Sequence[str]) -> tuple[str, ...]:
    if not files:
        return ()
    are, were = ("is", "was") if len(files) == 1 else ("are", "were")
    return (
        f"{counted(len(files), 'image')} under {root} {are} not named like A5.tif and {were} "
        f"left out: {first_few(files, _SHOWN)}",
    )


KIMIA960 = Reader(
    name="kimia960",
    title="KimiaPath960, regions of 20 scans of tissue",
    labels="20 classes, one per scan",
    layout="kimia_path_960/\n    A1.tif\n    ...\n    T48.tif",
    archives=("[Kk][Ii][Mm][Ii][Aa]*960*.zip",),
    address="https://kimialab.uwaterloo.ca/kimia/index.php/pathology-images-kimia-path960/",
    read=read_kimia960,
    options=Kimia960Options,
    published=lambda root, options: len(_CLASSES) * _EACH,
    expects="a folder with images <A to T><1 to 48>.tif, such as A5.tif",
)
