"""PatchCamelyon: patches of lymph nodes in HDF5 files, with a table of their slides."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from warmstart.data.dataset import Dataset
from warmstart.data.hdf5 import array_header, stream_array, whole_array
from warmstart.data.listing import find
from warmstart.data.readers.containers import (
    PartFiles,
    common_folder,
    folder_of,
    numbered,
    parts_there,
)
from warmstart.data.readers.grouping import column_note, named_groups
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.readers.table import read_table
from warmstart.data.records import FileRows
from warmstart.errors import DataError

_SPLITS = {"train": "train", "valid": "validation", "test": "test"}
_STEM = "camelyonpatch_level_2_split_"
_FILES = {part: (f"{_STEM}{part}_x.h5", f"{_STEM}{part}_y.h5") for part in _SPLITS}
_CLASSES = ("normal", "tumor")
_PUBLISHED = {"train": (131_072, 131_072), "valid": (16_399, 16_369), "test": (16_391, 16_377)}
"""Patches of each class, by part."""

_PATCH = (96, 96, 3)
_MOST = 1_000_000
"""More patches in one part than this are a damaged file."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PcamOptions:
    """The reader ``pcam`` has no options of its own."""


def read_pcam(root: Path | None, options: PcamOptions) -> Dataset:
    """Read the parts of PatchCamelyon that are there; a group is a slide.

    Raises:
        DataError: If no part is there, labels are missing or wrong, a file is damaged or no
            HDF5, or files disagree.
    """
    parts, absent = parts_there(root, _FILES, PCAM.expects)
    labels = [_labels(part) for part in parts]
    counts = {part.name: len(numbers) for part, numbers in zip(parts, labels, strict=True)}
    files = tuple((part.images, counts[part.name]) for part in parts)
    names = numbered(counts)
    folder = common_folder([part.images for part in parts])
    groups, notes, warnings = _groups(folder_of(root), counts, names)
    dataset = Dataset(
        name="pcam",
        images=FileRows(folder, names, files, partial(stream_array, name="x")),
        rows=np.arange(len(names)),
        labels=np.concatenate(labels),
        classes=_CLASSES,
        groups=groups,
        split=np.repeat([_SPLITS[part] for part in counts], list(counts.values())),
        notes=absent + notes,
        warnings=warnings,
    )
    published = np.sum([_PUBLISHED[part] for part in counts], axis=0).tolist()
    return compared(dataset, classes=dict(zip(_CLASSES, published, strict=True)))


def _labels(part: PartFiles) -> NDArray[np.int64]:
    """Class of each patch of a part."""
    count = _check_header(part.images, "x", _PATCH)
    labelled = _check_header(part.labels, "y", (1, 1, 1))
    if labelled != count:
        raise DataError(
            f"{part.images} holds {count:,} patches, but {part.labels} {labelled:,} labels; fetch "
            "both again."
        )
    numbers = whole_array(part.labels, "y").reshape(-1).astype(np.int64)
    wrong = np.flatnonzero(numbers > 1)
    if len(wrong):
        raise DataError(
            f"{part.labels}: the label of {part.name}/{wrong[0]:06d} is {numbers[wrong[0]]}; "
            "expected 0 (normal) or 1 (tumor). Fetch it again."
        )
    return numbers


def _check_header(path: Path, name: str, shape: tuple[int, ...]) -> int:
    """Number of patches or labels, if the array is what the release holds."""
    found, dtype = array_header(path, name)
    if found[1:] != shape or dtype != np.uint8 or not 1 <= found[0] <= _MOST:
        expected = ", ".join(map(str, shape))
        raise DataError(
            f"{path}: array {name!r} is {found} of {dtype}; expected (n, {expected}) of uint8, n "
            f"from 1 to {_MOST:,}. Fetch it again."
        )
    return found[0]


def _groups(
    folder: Path, counts: Mapping[str, int], names: Sequence[str]
) -> tuple[NDArray[np.str_] | None, tuple[str, ...], tuple[str, ...]]:
    """Slide of each patch, a note on where it comes from, and a warning where it is unknown."""
    tables = {part: find(folder, _meta(part)) for part in counts}
    without = [_meta(part) for part, table in tables.items() if table is None]
    if len(without) == len(tables):
        return None, (f"slides are not known: {', '.join(without)} not here",), ()
    slides = [_slides(table, counts[part]) for part, table in tables.items()]
    found = [slide for part in slides for slide in part]
    note = column_note("column 'wsi' of the tables _meta.csv", names, found)
    warnings = tuple(
        f"{table} is not here: each patch of that part is a group of its own, although a slide has "
        "many patches"
        for table in without
    )
    return named_groups(names, found), (note,), warnings


def _meta(part: str) -> str:
    return f"{_STEM}{part}_meta.csv"


def _slides(table: Path | None, count: int) -> Sequence[str | None]:
    """Slide of each of the patches of one part."""
    if table is None:
        return [None] * count
    slides = read_table(table).column("wsi")
    if len(slides) != count:
        raise DataError(
            f"{table}: number of rows is {len(slides):,}, of patches {count:,}; expected one row "
            "per patch. Fetch it again."
        )
    return slides


PCAM = Reader(
    name="pcam",
    title="PatchCamelyon, patches of lymph nodes of 96 x 96 pixels",
    labels="2 classes, normal and tumor",
    groups="slide",
    parts=True,
    layout="camelyonpatch_level_2_split_train_x.h5\ncamelyonpatch_level_2_split_train_y.h5\n"
    "camelyonpatch_level_2_split_train_meta.csv\n...     the same for valid and test",
    archives=("camelyonpatch_level_2_split_*.h5.gz",),
    address="https://zenodo.org/records/2546921",
    read=read_pcam,
    options=PcamOptions,
    published=lambda root, options: sum(map(sum, _PUBLISHED.values())),
    expects="a folder with camelyonpatch_level_2_split_train_x.h5 and _y.h5, and if possible "
    "_meta.csv; or the same of valid and test",
)
