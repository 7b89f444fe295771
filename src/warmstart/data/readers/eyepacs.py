"""EyePACS: fundus photographs of Kaggle's Diabetic Retinopathy Detection (2015)."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic.dataclasses import dataclass

from warmstart.data.dataset import Dataset
from warmstart.data.listing import find
from warmstart.data.readers.grades import GradeLabels, counted, graded, grades
from warmstart.data.readers.grouping import column_note, named_groups
from warmstart.data.readers.parts import Layout, Part, WithTest, list_parts, published_images
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.readers.tabled import by_name
from warmstart.data.sources import ImageFiles
from warmstart.data.unpack import KAGGLE
from warmstart.errors import DataError

_TRAIN = (25_810, 2_443, 5_292, 873, 708)
_LAYOUT = Layout(
    parts=(
        Part(name="train", folder="train", table="trainLabels.csv", images=sum(_TRAIN)),
        Part(name="test", folder="test", table="retinopathy_solution.csv", images=53_576),
    ),
    column="image",
    numbers=lambda table: grades(table, "level"),
    expects="a folder with train and trainLabels.csv; for the official test part, also with test "
    "and retinopathy_solution.csv",
)
_EYE = re.compile(r"(?P<patient>.+)_(left|right)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class EyepacsOptions:
    """Options of the reader ``eyepacs``.

    Attributes:
        labels: ``"grades"``: five classes; ``"onehot"``: five yes/no labels; ``"cumulative"``:
            yes/no labels, at least grade 1 to 4; ``"referable"``: at least moderate, or not.
        parts: Official parts to read: ``"train"``, ``"test"``.
    """

    labels: GradeLabels = "grades"
    parts: WithTest = ("train",)


def read_eyepacs(root: Path | None, options: EyepacsOptions) -> Dataset:
    """Read EyePACS, grouped by patient: both eyes are one group.

    Raises:
        DataError: If a table or folder is missing, a cell is no grade, or an image is missing.
    """
    _refuse_pieces(root, options.parts)
    listed = list_parts(root, _LAYOUT, options.parts)
    labels, classes = graded(listed.numbers, options.labels)
    patients = _patients(listed.names)
    dataset = Dataset(
        name="eyepacs",
        images=ImageFiles(listed.root, listed.names),
        rows=np.arange(len(listed.names)),
        labels=labels,
        classes=classes,
        groups=named_groups(listed.names, patients),
        split=listed.split,
        notes=(
            *listed.notes,
            column_note("<patient>_<left or right>", listed.names, patients),
        ),
        warnings=listed.warnings,
    )
    only_train = set(options.parts) == {"train"}
    published = counted(_TRAIN, options.labels) if only_train else None
    return by_name(compared(dataset, listed.published, published), listed.root, listed.names)


def _refuse_pieces(root: Path | None, parts: Sequence[str]) -> None:
    """Refuse the pieces in which Kaggle publishes the archive of a part, unless it is unpacked."""
    for part in parts:
        if root is None or find(root, part) is not None:
            continue
        first = find(root, f"{part}.zip.001")
        if first is not None:
            pieces = sorted(path.name for path in first.parent.glob(f"{part}.zip.0*"))
            raise DataError(
                f"{first.parent}: {pieces[0]} to {pieces[-1]} are pieces of one archive; join "
                f"them: cat {part}.zip.0* > {part}.zip"
            )


def _patients(names: Sequence[str]) -> list[str | None]:
    """Return the patient in each name; ``None`` where it names no eye."""
    eyes = [_EYE.fullmatch(os.path.splitext(os.path.basename(name))[0]) for name in names]
    return [None if eye is None else eye["patient"] for eye in eyes]


EYEPACS = Reader(
    name="eyepacs",
    title="EyePACS, fundus photographs (Kaggle 2015)",
    labels="5 grades of diabetic retinopathy, as classes or yes/no labels; or referable or not",
    groups="patient",
    parts=True,
    layout="trainLabels.csv              image,level\n"
    "train/\n"
    "    10_left.jpeg\n"
    "    10_right.jpeg\n"
    "retinopathy_solution.csv     image,level,Usage\n"
    "test/\n"
    "    1_left.jpeg",
    archives=(
        "diabetic-retinopathy-detection.zip",
        "train.zip",
        "test.zip",
        "trainLabels.csv.zip",
        "retinopathy_solution.csv.zip",
        KAGGLE,
    ),
    address="https://www.kaggle.com/c/diabetic-retinopathy-detection",
    read=read_eyepacs,
    options=EyepacsOptions,
    published=lambda root, options: published_images(_LAYOUT, options.parts),
    expects=_LAYOUT.expects,
)
