"""PCam as Kaggle gave it out: Histopathologic Cancer Detection."""

from pathlib import Path

import numpy as np
from pydantic.dataclasses import dataclass

from warmstart.data.dataset import Dataset
from warmstart.data.readers.labels import known_labels
from warmstart.data.readers.parts import Layout, Part, find_table, list_parts
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.readers.tabled import by_name
from warmstart.data.sources import ImageFiles
from warmstart.data.unpack import KAGGLE

_TABLE = "train_labels.csv"
_PUBLISHED = {"normal": 130_908, "tumor": 89_117}
_LAYOUT = Layout(
    parts=(Part(name="train", folder="train", table=_TABLE, images=sum(_PUBLISHED.values())),),
    column="id",
    numbers=lambda table: known_labels(table, "label", ("0", "1")),
    expects=f"a folder with {_TABLE} and the images train/<id>.tif",
)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PcamKaggleOptions:
    """The reader ``pcam-kaggle`` has no options."""


def read_pcam_kaggle(root: Path | None, options: PcamKaggleOptions) -> Dataset:
    """Read the labelled images; those in ``test`` have no labels and are passed over.

    Raises:
        DataError: If the table or the folder is missing, a label is neither 0 nor 1, or an image
            is missing.
    """
    table = find_table(root, [_TABLE])
    listed = list_parts(root if table is None else table.parent, _LAYOUT)
    dataset = Dataset(
        name="pcam-kaggle",
        images=ImageFiles(listed.root, listed.names),
        rows=np.arange(len(listed.names)),
        labels=listed.numbers,
        classes=tuple(_PUBLISHED),
        notes=listed.notes + _unlabelled(listed.root),
        warnings=listed.warnings,
    )
    return by_name(compared(dataset, classes=_PUBLISHED), listed.root, listed.names)


def _unlabelled(root: Path) -> tuple[str, ...]:
    there = (root / "test").is_dir()
    return ("the images in test have no labels and are not read",) if there else ()


PCAM_KAGGLE = Reader(
    name="pcam-kaggle",
    title="PCam of Kaggle, Histopathologic Cancer Detection",
    labels="2 classes: normal, tumor",
    layout="train_labels.csv     id,label\ntrain/\n"
    "    f38a6374c348f90b587e046aac6079959adf3835.tif\ntest/                not labelled, not read",
    archives=("histopathologic-cancer-detection.zip", KAGGLE),
    address="https://www.kaggle.com/c/histopathologic-cancer-detection",
    read=read_pcam_kaggle,
    options=PcamKaggleOptions,
    published=lambda root, options: sum(_PUBLISHED.values()),
    expects=_LAYOUT.expects,
)
