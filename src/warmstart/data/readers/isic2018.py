"""ISIC 2018 Task 3: dermoscopy of skin lesions in seven classes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from warmstart.data.dataset import Dataset
from warmstart.data.readers.grouping import (
    group_of_path,
    join_groups,
    named_groups,
    rows_without_image,
    table_note,
)
from warmstart.data.readers.lesions import METADATA, PUBLISHED
from warmstart.data.readers.parts import (
    Layout,
    Part,
    WithValidation,
    find_table,
    list_parts,
    published_images,
)
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.readers.table import Table, read_table
from warmstart.data.readers.tabled import by_name
from warmstart.data.sources import ImageFiles
from warmstart.data.unpack import KAGGLE
from warmstart.errors import DataError

_CLASSES = ("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC")
_YES_NO = {"1.0": True, "1": True, "0.0": False, "0": False}
_LESIONS = "ISIC2018_Task3_Training_LesionGroupings.csv"


def _one_of_seven(table: Table) -> NDArray[np.int64]:
    """Return the class of each row: the one of the seven columns that is 1.0."""
    rows = list(zip(*(table.column(name) for name in _CLASSES), strict=True))
    for row, line in zip(rows, table.lines, strict=True):
        if any(cell not in _YES_NO for cell in row) or sum(_YES_NO[cell] for cell in row) != 1:
            raise DataError(
                f"{table.path}, line {line}: {', '.join(_CLASSES)} are {', '.join(row)}; expected "
                "one 1.0 and otherwise 0.0. Fetch the table again."
            )
    return np.array([[_YES_NO[cell] for cell in row].index(True) for row in rows], np.int64)


_LAYOUT = Layout(
    parts=tuple(
        Part(
            name=name,
            folder=f"ISIC2018_Task3_{published}_Input",
            table=f"ISIC2018_Task3_{published}_GroundTruth.csv",
            images=images,
        )
        for name, published, images in (
            ("train", "Training", 10_015),
            ("validation", "Validation", 193),
            ("test", "Test", 1_512),
        )
    ),
    column="image",
    numbers=_one_of_seven,
    expects="a folder with ISIC2018_Task3_Training_Input, "
    "ISIC2018_Task3_Training_GroundTruth.csv and, for groups, "
    f"{_LESIONS}",
)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Isic2018Options:
    """Options of the reader ``isic2018``.

    Attributes:
        parts: Official parts to read: ``"train"``, ``"validation"``, ``"test"``.
    """

    parts: WithValidation = ("train",)


def read_isic2018(root: Path | None, options: Isic2018Options) -> Dataset:
    """Read ISIC 2018 Task 3, grouped by lesion where a table of lesions is there.

    Raises:
        DataError: If a table or folder is missing, a row does not name one class, or an image is
            missing.
    """
    listed = list_parts(root, _LAYOUT, options.parts)
    groups, notes = _groups(root, listed.names)
    dataset = Dataset(
        name="isic2018",
        images=ImageFiles(listed.root, listed.names),
        rows=np.arange(len(listed.names)),
        labels=listed.numbers,
        classes=_CLASSES,
        groups=groups,
        split=listed.split,
        notes=listed.notes + notes,
        warnings=listed.warnings,
    )
    only_train = set(options.parts) == {"train"}
    classes = {name: PUBLISHED[name.lower()] for name in _CLASSES} if only_train else None
    return by_name(compared(dataset, listed.published, classes), listed.root, listed.names)


def _groups(
    root: Path | None, files: Sequence[str]
) -> tuple[NDArray[np.str_] | None, tuple[str, ...]]:
    """Return the lesion of each image, from the first table of lesions that is there."""
    path = find_table(root, [_LESIONS, *METADATA])
    if path is None:
        return None, ()
    column = "image" if path.name.lower() == _LESIONS.lower() else "image_id"
    lesions = group_of_path(read_table(path), column, "lesion_id")
    found = join_groups(files, lesions)
    if not any(found):
        return None, (f"{path.name} names none of the images",)
    unused = rows_without_image(files, lesions, found)
    return named_groups(files, found), (table_note(path.name, files, found, unused),)


ISIC2018 = Reader(
    name="isic2018",
    title="ISIC 2018 Task 3, dermoscopy of skin lesions",
    labels="7 classes",
    groups="lesion",
    parts=True,
    layout="ISIC2018_Task3_Training_Input/\n"
    "    ISIC_0024306.jpg\n"
    "ISIC2018_Task3_Training_GroundTruth/\n"
    "    ISIC2018_Task3_Training_GroundTruth.csv     image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\n"
    "ISIC2018_Task3_Training_LesionGroupings.csv     image,lesion_id,diagnosis_confirm_type",
    archives=("ISIC2018_Task3_*.zip", KAGGLE),
    address="https://challenge.isic-archive.com/data/#2018",
    read=read_isic2018,
    options=Isic2018Options,
    published=lambda root, options: published_images(_LAYOUT, options.parts),
    expects=_LAYOUT.expects,
)
