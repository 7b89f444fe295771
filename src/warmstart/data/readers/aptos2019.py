"""APTOS 2019: fundus photographs of Kaggle's Blindness Detection."""

from pathlib import Path

import numpy as np
from pydantic.dataclasses import dataclass

from warmstart.data.dataset import Dataset
from warmstart.data.readers.grades import GradeLabels, counted, graded, grades
from warmstart.data.readers.parts import Layout, Part, list_parts
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.readers.tabled import by_name
from warmstart.data.sources import ImageFiles
from warmstart.data.unpack import KAGGLE

_GRADES = (1_805, 370, 999, 193, 295)
_LAYOUT = Layout(
    parts=(Part(name="train", folder="train_images", table="train.csv", images=sum(_GRADES)),),
    column="id_code",
    numbers=lambda table: grades(table, "diagnosis"),
    expects="a folder with train_images and train.csv",
)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Aptos2019Options:
    """Options of the reader ``aptos2019``.

    Attributes:
        labels: ``"grades"``: five classes; ``"onehot"``: five yes/no labels; ``"cumulative"``:
            yes/no labels, at least grade 1 to 4; ``"referable"``: at least moderate, or not.
    """

    labels: GradeLabels = "grades"


def read_aptos2019(root: Path | None, options: Aptos2019Options) -> Dataset:
    """Read the training images of APTOS 2019; those for testing have no labels.

    Raises:
        DataError: If the table or folder is missing, a cell is no grade, or an image is missing.
    """
    listed = list_parts(root, _LAYOUT)
    labels, classes = graded(listed.numbers, options.labels)
    dataset = Dataset(
        name="aptos2019",
        images=ImageFiles(listed.root, listed.names),
        rows=np.arange(len(listed.names)),
        labels=labels,
        classes=classes,
        notes=listed.notes,
        warnings=listed.warnings,
    )
    published = counted(_GRADES, options.labels)
    return by_name(compared(dataset, listed.published, published), listed.root, listed.names)


APTOS2019 = Reader(
    name="aptos2019",
    title="APTOS 2019, fundus photographs (Kaggle)",
    labels="5 grades of diabetic retinopathy, as classes or yes/no labels; or referable or not",
    layout="train.csv     id_code,diagnosis\ntrain_images/\n    000c1434d8d7.png",
    archives=("aptos2019-blindness-detection.zip", "train_images.zip", "train.csv.zip", KAGGLE),
    address="https://www.kaggle.com/c/aptos2019-blindness-detection",
    read=read_aptos2019,
    options=Aptos2019Options,
    published=lambda root, options: sum(_GRADES),
    expects=_LAYOUT.expects,
)
