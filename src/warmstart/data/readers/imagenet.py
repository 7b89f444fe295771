"""ILSVRC-2012 (ImageNet-1k): Kaggle's tree, the original archives, or plain folders of synsets."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from warmstart.core.text import first_few
from warmstart.data.dataset import Dataset
from warmstart.data.listing import image_files
from warmstart.data.readers.ilsvrc import (
    FILES,
    IMAGE,
    MAPPING,
    META,
    SOLUTION,
    TRUTH,
    synsets_of,
    validation_table,
    words_of,
)
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.readers.synsets import Place, search
from warmstart.data.readers.tabled import images_of, left_out
from warmstart.data.sources import ImageFiles
from warmstart.data.unpack import KAGGLE
from warmstart.errors import DataError

_PUBLISHED = {"train": 1_281_167, "validation": 50_000, "": 1_281_167}
_WORDS = {"train": "train", "training": "train", "val": "validation", "validation": "validation"}
_SHOWN = 5


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ImagenetOptions:
    """Options of the reader ``imagenet``.

    Attributes:
        parts: Which official parts are read; by default those that are there.
        names: Whether classes are named by synset or by its words.
    """

    parts: Annotated[tuple[Literal["train", "validation"], ...], Field(min_length=1)] | None = None
    names: Literal["wnid", "words"] = "wnid"


class _Listed(NamedTuple):
    """Images of one part: paths below the top, their synsets, all synsets, and warnings."""

    names: list[str]
    synsets: list[str]
    known: set[str]
    warnings: tuple[str, ...]


def read_imagenet(root: Path | None, options: ImagenetOptions) -> Dataset:
    """Read folders of synsets, and validation images that a table labels.

    Raises:
        DataError: If a part is not there, or the table of validation images is missing or does
            not fit them.
    """
    if root is None or not root.is_dir():
        raise DataError(f"{root} is not a folder; expected {IMAGENET.expects}.")
    tree = search(root, FILES)
    files = {**_above(root), **tree.files}
    places, passed_over = _places(tree.places)
    chosen = _chosen(root, places, options)
    folders = {part: chosen[part].folder for part in chosen}
    top = Path(os.path.commonpath([f.parent if part else f for part, f in folders.items()]))
    order = sorted(chosen, key=lambda part: _prefix(top, folders[part]))
    listed = [_list(top, chosen[part], files) for part in order]
    names = [name for part in listed for name in part.names]
    synsets = sorted(set().union(*(part.known for part in listed)))
    numbers = {synset: number for number, synset in enumerate(synsets)}
    labels = (numbers[synset] for part in listed for synset in part.synsets)
    counts = [len(part.names) for part in listed]
    dataset = Dataset(
        name="imagenet",
        images=ImageFiles(top, names),
        rows=np.arange(len(names)),
        labels=np.fromiter(labels, np.int64, len(names)),
        classes=tuple(synsets) if options.names == "wnid" else words_of(root, synsets, files),
        split=None if "" in chosen else np.repeat(order, counts),
        notes=_notes(passed_over),
        warnings=tuple(line for part in listed for line in part.warnings),
    )
    return compared(dataset, images=sum(_PUBLISHED[part] for part in chosen))


def _above(root: Path) -> dict[str, Path]:
    """Kaggle's tables, where the root is ``ILSVRC`` beside them or a folder inside of it."""
    folder = root.absolute()
    top = next((at.parent for at in (folder, *folder.parents) if at.name == "ILSVRC"), folder)
    return {name: top / name for name in (SOLUTION, MAPPING) if (top / name).is_file()}


def _places(places: Sequence[Place]) -> tuple[dict[str, Place], list[Path]]:
    """The nearest folder of each part, with "" for folders of no part; and the others."""
    found: dict[str, Place] = {}
    passed_over = []
    for place in places:
        part = _part(place)
        if part is not None and part not in found:
            found[part] = place
        elif part is not None or not place.images[0].startswith("ILSVRC2012_test_"):
            passed_over.append(place.folder)
    if len(found) > 1 and "" in found:
        passed_over.append(found.pop("").folder)
    return found, passed_over


def _part(place: Place) -> str | None:
    if not place.synsets:
        return "validation" if place.images[0].startswith("ILSVRC2012_val_") else None
    words = re.split("[^a-z]+", place.folder.name.lower())
    return next((_WORDS[word] for word in words if word in _WORDS), "")


def _chosen(root: Path, places: Mapping[str, Place], options: ImagenetOptions) -> dict[str, Place]:
    if options.parts is None and places:
        return dict(places)
    missing = [part for part in options.parts or ("train",) if part not in places]
    if missing:
        which = "folders of synsets" if options.parts is None else f"part {missing[0]}"
        raise DataError(f"{root} holds no {which}; expected {IMAGENET.expects}.")
    return {part: places[part] for part in options.parts or ()}


def _prefix(top: Path, folder: Path) -> str:
    """Path of a folder below the top, ending in ``/``; empty for the top itself."""
    inside = folder.relative_to(top).as_posix()
    return "" if inside == "." else f"{inside}/"


def _list(top: Path, place: Place, files: Mapping[str, Path]) -> _Listed:
    prefix = _prefix(top, place.folder)
    if not place.synsets:
        return _list_flat(prefix, place, files)
    names, synsets = [], []
    for synset in place.synsets:
        inside = image_files(place.folder / synset)
        names += [f"{prefix}{synset}/{name}" for name in inside]
        synsets += [synset] * len(inside)
    stray = left_out("a folder of a synset", place.folder, place.images)
    return _Listed(names, synsets, set(place.synsets), stray)


def _list_flat(prefix: str, place: Place, files: Mapping[str, Path]) -> _Listed:
    table = validation_table(files)
    if table is None:
        raise DataError(
            f"{place.folder} holds {len(place.images):,} validation images in one folder, but "
            f"there is neither {SOLUTION} nor {TRUTH} with {META}; fetch one of them, or write "
            'parts = ["train"].'
        )
    names, warnings = images_of(table, IMAGE, place.folder, place.images)
    pairs = sorted(zip(names, synsets_of(table), strict=True))
    synsets = [synset for _, synset in pairs]
    return _Listed([f"{prefix}{name}" for name, _ in pairs], synsets, set(synsets), warnings)


def _notes(passed_over: Sequence[Path]) -> tuple[str, ...]:
    if not passed_over:
        return ()
    return (f"not read: {first_few([str(folder) for folder in passed_over], _SHOWN)}",)


IMAGENET = Reader(
    name="imagenet",
    title="ImageNet-1k (ILSVRC-2012)",
    labels="1,000 classes",
    parts=True,
    layout=(
        "LOC_synset_mapping.txt\nLOC_val_solution.csv\nILSVRC/Data/CLS-LOC/\n    train/n01440764/"
        "n01440764_18.JPEG\n    val/ILSVRC2012_val_00000001.JPEG"
    ),
    archives=(
        "imagenet-object-localization-challenge.zip",
        "imagenet_object_localization_patched2019.tar.gz",
        "ILSVRC2012_img_train.tar",
        "ILSVRC2012_img_val.tar",
        "ILSVRC2012_devkit_t12.tar.gz",
        KAGGLE,
    ),
    address="https://www.image-net.org/challenges/LSVRC/2012/",
    read=read_imagenet,
    options=ImagenetOptions,
    published=lambda root, options: sum(
        _PUBLISHED[p] for p in options.parts or ("train", "validation")
    ),
    expects="a folder with train/<synset>/*.JPEG, val/<synset>/*.JPEG or <synset>/*.JPEG",
)
