"""STI-10: ten textures of ImageNet-21k (van den Brandt et al. 2021), from its tree or as arrays."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from warmstart.data.dataset import Dataset, View
from warmstart.data.listing import image_files
from warmstart.data.object_arrays import read_items
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.readers.synsets import Place, search
from warmstart.data.sources import ImageArray, ImageFiles
from warmstart.errors import DataError

_SIDE = 112
"""The paper resized every image to a square of this side."""

_SYNSETS = {
    "stone wall": "n04326547",
    "brick": "n02897820",
    "honeycomb": "n03530642",
    "egg": "n07840804",
    "rock": "n09416076",
    "fabric": "n03309808",
    "cloud": "n09247410",
    "chain": "n02999410",
    "ocean": "n09376198",
    "flower": "n11669921",
}
_IMAGES, _LABELS = "all_imgs.npy", "all_labels.npy"
_PUBLISHED = 8_060


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Sti10Options:
    """The reader ``sti10`` has no options of its own."""


def read_sti10(root: Path | None, options: Sti10Options) -> Dataset:
    """Read the ten synsets of a tree, or the arrays that the authors saved.

    The arrays are a pickle of images of many sizes, in the order blue, green, red. They are read
    without running anything it holds, stay in memory as long as the dataset (about the size of
    the file), and are turned to red, green, blue.

    Raises:
        DataError: If neither is there, or the arrays are damaged or disagree.
    """
    if root is None or not root.is_dir():
        raise DataError(f"{root} is not a folder; expected {STI10.expects}.")
    tree = search(root, (_IMAGES, _LABELS))
    if _IMAGES in tree.files and _LABELS in tree.files:
        dataset = _from_arrays(tree.files[_IMAGES], tree.files[_LABELS])
    else:
        dataset = _from_tree(root, tree.places)
    return compared(replace(dataset, view=View(resolution=_SIDE)), images=_PUBLISHED)


def _from_tree(root: Path, places: Sequence[Place]) -> Dataset:
    folders = {
        synset: [place.folder / synset for place in places if synset in place.synsets]
        for synset in _SYNSETS.values()
    }
    read = [(number, found[0]) for number, found in enumerate(folders.values()) if found]
    if not read:
        raise DataError(f"{root} holds none of the ten synsets; expected {STI10.expects}.")
    top = Path(os.path.commonpath([folder.parent for _, folder in read]))
    pairs = sorted(
        ((folder / file).relative_to(top).as_posix(), number)
        for number, folder in read
        for file in image_files(folder)
    )
    files = [file for file, _ in pairs]
    again = [folder for found in folders.values() for folder in found[1:]]
    return Dataset(
        name="sti10",
        images=ImageFiles(top, files),
        rows=np.arange(len(files)),
        labels=np.array([number for _, number in pairs], np.int64),
        classes=tuple(_SYNSETS),
        warnings=tuple(
            f"{folder} was left out: another {folder.name} is nearer" for folder in again
        ),
    )


def _from_arrays(images: Path, labels: Path) -> Dataset:
    pictures, names = read_items(images), read_items(labels)
    if len(pictures) != len(names):
        raise DataError(
            f"{images} holds {len(pictures):,} images, but {labels} {len(names):,} labels; fetch "
            "both again."
        )
    return Dataset(
        name="sti10",
        images=ImageArray(
            [_red_first(images, row, picture) for row, picture in enumerate(pictures)],
            [f"{images.stem}/{row:06d}" for row in range(len(pictures))],
        ),
        rows=np.arange(len(pictures)),
        labels=np.array(
            [_number(labels, row, str(name)) for row, name in enumerate(names)], np.int64
        ),
        classes=tuple(_SYNSETS),
    )


def _red_first(path: Path, row: int, picture: Any) -> NDArray[np.uint8]:
    """A view, so that no image is held twice."""
    array = isinstance(picture, np.ndarray) and picture.dtype == np.uint8
    if not array or picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        got = f"{picture.dtype} {picture.shape}" if hasattr(picture, "shape") else repr(picture)
        raise DataError(
            f"{path}: image {row} is {got[:60]}; expected uint8 (h, w, 3) with blue first."
        )
    flipped: NDArray[np.uint8] = picture[..., ::-1]
    return flipped


def _number(path: Path, row: int, name: str) -> int:
    if name not in _SYNSETS:
        raise DataError(
            f"{path}: label {row} is {name[:60]!r}; expected one of {', '.join(_SYNSETS)}."
        )
    return list(_SYNSETS).index(name)


STI10 = Reader(
    name="sti10",
    title="STI-10, textures of ImageNet-21k",
    labels="10 classes",
    layout="winter21_whole/\n    n04326547/n04326547_18.JPEG\n    n02897820/\nor\n"
    "sti10/\n    all_imgs.npy\n    all_labels.npy",
    archives=tuple(f"{synset}.tar" for synset in _SYNSETS.values()),
    address="https://www.image-net.org",
    read=read_sti10,
    options=Sti10Options,
    published=lambda root, options: _PUBLISHED,
    expects=f"{_IMAGES} and {_LABELS}, or folders named {', '.join(_SYNSETS.values())}",
)
