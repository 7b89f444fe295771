"""HAM10000: dermoscopy of skin lesions in seven classes, as Kaggle or Harvard Dataverse give it."""

import os
from pathlib import Path

import numpy as np
from pydantic.dataclasses import dataclass

from warmstart.data.dataset import Dataset
from warmstart.data.listing import image_files
from warmstart.data.readers.copies import without_copies
from warmstart.data.readers.grouping import column_note, named_groups
from warmstart.data.readers.labels import known_labels
from warmstart.data.readers.lesions import METADATA, PUBLISHED
from warmstart.data.readers.parts import find_table
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.readers.table import read_table
from warmstart.data.readers.tabled import by_name, images_of
from warmstart.data.sources import ImageFiles
from warmstart.data.unpack import KAGGLE
from warmstart.errors import DataError

_CLASSES = tuple(sorted(PUBLISHED))
_FOLDERS = "ham10000_images"
"""How the names of the folders of images begin, in small letters."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Ham10000Options:
    """Options of the reader ``ham10000``: none."""


def read_ham10000(root: Path | None, options: Ham10000Options) -> Dataset:
    """Read HAM10000, grouped by lesion.

    Raises:
        DataError: If the table of metadata is missing or names another class, or an image is
            missing or there twice.
    """
    if root is None or not root.is_dir():
        raise DataError(f"{root} is not a folder; expected {HAM10000.expects}.")
    path = find_table(root, METADATA)
    if path is None:
        raise DataError(f"{root} holds no {METADATA[0]}; expected {HAM10000.expects}.")
    table = read_table(path)
    labels = known_labels(table, "dx", _CLASSES)
    folder, files = _images(root)
    files, copies = without_copies(folder, files)
    names, left = images_of(table, "image_id", folder, files)
    lesions = table.column("lesion_id")
    source = f"column 'lesion_id' of {path.name}"
    dataset = Dataset(
        name="ham10000",
        images=ImageFiles(folder, names),
        rows=np.arange(len(names)),
        labels=labels,
        classes=_CLASSES,
        groups=named_groups(names, lesions),
        notes=(*copies, column_note(source, names, lesions)),
        warnings=left,
    )
    return by_name(compared(dataset, classes=PUBLISHED), folder, names)


def _images(root: Path) -> tuple[Path, list[str]]:
    """Return the folder that holds the folders of images, and the images below it.

    Where no folder has a published name, all images count: archives may be unpacked in place.
    """
    files = image_files(root)
    above = [_above(file) for file in files]
    there = [folder for folder in above if folder is not None]
    if not there:
        there = [os.path.dirname(file) for file in files]
        above = [*there]
    top = os.path.commonpath(there) if there else ""
    inside = [file for file, folder in zip(files, above, strict=True) if folder is not None]
    return root / top, [file[len(top) :].lstrip("/") for file in inside]


def _above(file: str) -> str | None:
    """Return what is above the folder of images that a file lies in, if it is in one."""
    parts = file.split("/")
    for depth, part in enumerate(parts[:-1]):
        if part.lower().startswith(_FOLDERS):
            return "/".join(parts[:depth])
    return None


HAM10000 = Reader(
    name="ham10000",
    title="HAM10000, dermoscopy of skin lesions",
    labels="7 classes",
    groups="lesion",
    layout="HAM10000_metadata.csv     lesion_id,image_id,dx,dx_type,age,sex,localization\n"
    "HAM10000_images_part_1/\n"
    "    ISIC_0024306.jpg\n"
    "HAM10000_images_part_2/\n"
    "    ISIC_0029306.jpg",
    archives=(
        "HAM10000_images_part_*.zip",
        "skin-cancer-mnist-ham10000.zip",
        "dataverse_files.zip",
        KAGGLE,
    ),
    address="https://doi.org/10.7910/DVN/DBW86T",
    read=read_ham10000,
    options=Ham10000Options,
    published=lambda root, options: sum(PUBLISHED.values()),
    expects="a folder with HAM10000_metadata.csv (or .tab), HAM10000_images_part_1 and "
    "HAM10000_images_part_2",
)
