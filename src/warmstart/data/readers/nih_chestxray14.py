"""NIH ChestX-ray14: frontal chest X-rays with up to 14 findings."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from warmstart.core.text import counted, first_few
from warmstart.data.dataset import Dataset
from warmstart.data.listing import find, image_files
from warmstart.data.readers.grouping import column_note, named_groups
from warmstart.data.readers.lines import numbered_lines
from warmstart.data.readers.parts import find_table
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import AT_LEAST_ONE, STRICT, Reader
from warmstart.data.readers.table import Table, read_table
from warmstart.data.readers.tabled import by_name, images_of, without_image
from warmstart.data.sources import ImageFiles
from warmstart.data.unpack import KAGGLE
from warmstart.errors import DataError

Finding = Literal[
    "Atelectasis",
    "Cardiomegaly",
    "Consolidation",
    "Edema",
    "Effusion",
    "Emphysema",
    "Fibrosis",
    "Hernia",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pleural_Thickening",
    "Pneumonia",
    "Pneumothorax",
]
_FINDINGS: tuple[Finding, ...] = get_args(Finding)
_NO_FINDING = "No Finding"
_IMAGES = 112_120
_TABLES = ("Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv")
_LISTS = {"train_val_list.txt": "train", "test_list.txt": "test"}
_IMAGE, _FOUND, _PATIENT = "Image Index", "Finding Labels", "Patient ID"
_SHOWN = 5


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NihChestxray14Options:
    """Options of the reader ``nih-chestxray14``.

    Attributes:
        labels: Findings to read; by default all 14.
        missing: What to do about images of the table that are not there: ``"error"``, or
            ``"leave-out"`` where only some of the twelve archives were fetched.
    """

    labels: Annotated[tuple[Finding, ...], AT_LEAST_ONE] = _FINDINGS
    missing: Literal["error", "leave-out"] = "error"


def read_nih_chestxray14(root: Path | None, options: NihChestxray14Options) -> Dataset:
    """Read NIH ChestX-ray14, grouped by patient.

    Raises:
        DataError: If the table is missing, lists an image twice, one that is not there or an
            unknown finding, or the lists of official parts and the table disagree.
    """
    path = find_table(root, _TABLES)
    if path is None:
        raise DataError(
            f"{root} holds no {' or '.join(_TABLES)}; expected {NIH_CHESTXRAY14.expects}."
        )
    whole, home = read_table(path), path.parent
    part_of, of_parts = _official(home, whole)
    files = image_files(home)
    table, left = _there(whole, files, home, options)
    names, unnamed = images_of(table, _IMAGE, home, files, advice=_ADVICE)
    patients = table.column(_PATIENT)
    dataset = Dataset(
        name="nih-chestxray14",
        images=ImageFiles(home, names),
        rows=np.arange(len(names)),
        labels=_labels(table)[:, [_FINDINGS.index(name) for name in options.labels]],
        classes=options.labels,
        groups=named_groups(names, patients),
        split=np.array([part_of[name] for name in table.column(_IMAGE)]) if part_of else None,
        notes=(column_note(f"column {_PATIENT!r} of {path.name}", names, patients),),
        warnings=(*left, *unnamed, *of_parts),
    )
    return by_name(compared(dataset, _IMAGES), home, names)


_ADVICE = 'Fetch the missing archives, or set missing = "leave-out" to read what is there.'


def _there(
    table: Table, files: Sequence[str], home: Path, options: NihChestxray14Options
) -> tuple[Table, tuple[str, ...]]:
    """The table without the rows whose image is missing, where these may be left out."""
    missing = without_image(table, _IMAGE, files)
    if not missing or options.missing == "error" or len(missing) == len(table.cells):
        return table, ()
    gone = set(missing)
    rows = [row for row in range(len(table.cells)) if row not in gone]
    names = table.column(_IMAGE)
    are, were = ("is", "was") if len(missing) == 1 else ("are", "were")
    warning = (
        f"{len(missing):,} of {len(names):,} images {are} not under {home} and {were} left out: "
        f"{first_few([names[row] for row in missing], _SHOWN)}"
    )
    cells = tuple(table.cells[row] for row in rows)
    return replace(table, cells=cells, lines=tuple(table.lines[row] for row in rows)), (warning,)


def _labels(table: Table) -> NDArray[np.float64]:
    """Yes/no labels, shape (n, 14)."""
    cells = table.column(_FOUND)
    known: dict[str, list[float]] = {}
    for cell, line in zip(cells, table.lines, strict=True):
        if cell not in known:
            known[cell] = _yes_no(cell, f"{table.path}, line {line}")
    return np.array([known[cell] for cell in cells])


def _yes_no(cell: str, where: str) -> list[float]:
    findings = [] if cell == _NO_FINDING else [name.strip() for name in cell.split("|")]
    for name in findings:
        if name not in _FINDINGS:
            raise DataError(
                f"{where}: {_FOUND} is {cell!r}, where {name!r} is unknown; expected {_NO_FINDING} "
                f"alone, or some of {', '.join(_FINDINGS)}, joined by |. Fetch the table again."
            )
    return [float(name in findings) for name in _FINDINGS]


def _official(home: Path, table: Table) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The official part of each image, where the two lists are there; and warnings.

    Raises:
        DataError: If an image of the table is in neither list or in both.
    """
    paths = {name: find(home, name) for name in _LISTS}
    lists = {path: _LISTS[name] for name, path in paths.items() if path is not None}
    if len(lists) < len(_LISTS):
        missing = " and ".join(name for name, path in paths.items() if path is None)
        return {}, (f"no official parts: {missing} is not under {home}",) if lists else ()
    part_of: dict[str, str] = {}
    for path, part in lists.items():
        for line, name in numbered_lines(path):
            if part_of.setdefault(name, part) != part:
                raise DataError(
                    f"{path}, line {line}: {name} is in {' and '.join(_LISTS)}; an image is in "
                    "one official part. Fetch both again."
                )
    names = table.column(_IMAGE)
    for name, line in zip(names, table.lines, strict=True):
        if name not in part_of:
            raise DataError(
                f"{table.path}, line {line}: {name} is in none of {', '.join(_LISTS)}; fetch them "
                "again, or take both away to read the release without official parts."
            )
    return part_of, _not_in_table(table, sorted(set(part_of) - set(names)))


def _not_in_table(table: Table, names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    are = "is" if len(names) == 1 else "are"
    shown = first_few(names, _SHOWN)
    return (
        f"{counted(len(names), 'image')} of {' and '.join(_LISTS)} {are} not in "
        f"{table.path.name}: {shown}",
    )


NIH_CHESTXRAY14 = Reader(
    name="nih-chestxray14",
    title="NIH ChestX-ray14, frontal chest X-rays",
    labels="14 yes/no labels",
    groups="patient",
    parts=True,
    layout=(
        "Data_Entry_2017_v2020.csv     Image Index,Finding Labels,Follow-up #,Patient ID,...\n"
        "train_val_list.txt\n"
        "test_list.txt\n"
        "images_001/\n"
        "    images/\n"
        "        00000001_000.png\n"
        "images_002/"
    ),
    archives=("images_*.tar.gz", "images_*.zip", KAGGLE),
    address="https://nihcc.app.box.com/v/ChestXray-NIHCC",
    read=read_nih_chestxray14,
    options=NihChestxray14Options,
    published=lambda root, options: _IMAGES,
    expects="a folder with Data_Entry_2017.csv or Data_Entry_2017_v2020.csv and the images in "
    "images_001/images to images_012/images, or in one folder",
)
