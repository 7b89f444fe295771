"""CheXpert: chest X-rays of Stanford Hospital with findings, some of them uncertain."""

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
from pydantic import Discriminator, Tag
from pydantic.dataclasses import dataclass

from warmstart.data.dataset import Dataset
from warmstart.data.listing import image_files
from warmstart.data.readers.chexpert_images import home_of, key_of, keys_of, places_of
from warmstart.data.readers.parts import find_table
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import AT_LEAST_ONE, STRICT, Reader
from warmstart.data.readers.table import Table, read_table
from warmstart.data.readers.tabled import by_name, left_out, refuse_missing
from warmstart.data.readers.uncertain import Policy, mentioned, settled
from warmstart.data.sources import ImageFiles
from warmstart.data.unpack import KAGGLE
from warmstart.errors import DataError

Finding = Literal[
    "No Finding",
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
]
_FINDINGS: tuple[Finding, ...] = get_args(Finding)
_COMPETITION: tuple[Finding, ...] = (
    "Atelectasis",
    "Cardiomegaly",
    "Consolidation",
    "Edema",
    "Pleural Effusion",
)
_MIXED: Mapping[Finding, Policy] = {"Atelectasis": "ones", "Edema": "ones"}
_TABLES = {"train": "train.csv", "validation": "valid.csv"}
_VIEW = "Frontal/Lateral"
_VIEWS = {"frontal": ("Frontal",), "lateral": ("Lateral",), "all": ("Frontal", "Lateral")}
_PUBLISHED = {"frontal": 191_229, "lateral": 32_419, "all": 223_648}


def _kind(value: object) -> str:
    return "word" if isinstance(value, str) else "several"


_Labels = Annotated[
    Annotated[Literal["all"], Tag("word")]
    | Annotated[tuple[Finding, ...], AT_LEAST_ONE, Tag("several")],
    Discriminator(_kind),
]
_Uncertain = Annotated[
    Annotated[Literal["mixed", Policy], Tag("word")]
    | Annotated[dict[Finding, Policy], Tag("several")],
    Discriminator(_kind),
]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ChexpertOptions:
    """Options of the reader ``chexpert``.

    Attributes:
        labels: Findings to read, or ``"all"`` 14; by default the five of the competition.
        uncertain: What uncertain findings become: ``"zeros"``, ``"ones"`` or ``"ignore"`` (a
            missing label); ``"mixed"``: ones for Atelectasis and Edema, else zeros; or a table
            of these for some findings, the others zeros.
        blank: What findings become that the report does not mention.
        views: Which images to read: ``"frontal"``, ``"lateral"`` or ``"all"``.
    """

    labels: _Labels = _COMPETITION
    uncertain: _Uncertain = "mixed"
    blank: Literal["zeros", "ignore"] = "zeros"
    views: Literal["all", "frontal", "lateral"] = "all"


def read_chexpert(root: Path | None, options: ChexpertOptions) -> Dataset:
    """Read CheXpert, grouped by patient.

    Raises:
        DataError: If a table is missing, lists an image twice or one that is not there, or a
            finding is none of 1.0, 0.0, -1.0 and blank.
    """
    tables, warnings = _tables(root)
    keys = keys_of(list(tables.values()))
    home = home_of(root, next(iter(tables.values())).path.parent)
    files = image_files(home)
    places = places_of(home, files)
    chosen = _FINDINGS if options.labels == "all" else options.labels
    wanted = [_in_view(table, options.views) for table in tables.values()]
    names, values = [], []
    for table, inside, rows in zip(tables.values(), keys, wanted, strict=True):
        missing = [row for row in rows if inside[row] not in places]
        refuse_missing(table, table.column("Path"), missing, home)
        names += [places[inside[row]] for row in rows]
        values.append(mentioned(table, chosen)[rows])
    labels, notes = settled(np.concatenate(values), chosen, _policies(options), options.blank)
    named = {places[key] for key in chain(*keys) if key in places}
    unnamed = left_out(" or ".join(_TABLES.values()), home, sorted(set(files) - named))
    dataset = Dataset(
        name="chexpert",
        images=ImageFiles(home, names),
        rows=np.arange(len(names)),
        labels=labels,
        classes=chosen,
        groups=np.array([key_of(name).split("/")[0] for name in names], dtype=np.str_),
        split=np.repeat(list(tables), [len(rows) for rows in wanted]),
        notes=(*notes, *_views_note(options, sum(map(len, keys)) - len(names))),
        warnings=(*warnings, *unnamed),
    )
    return by_name(compared(dataset, _PUBLISHED[options.views]), home, names)


def _tables(root: Path | None) -> tuple[dict[str, Table], tuple[str, ...]]:
    """Read the table of each official part; one may be missing, with its images."""
    first = find_table(root, list(_TABLES.values()))
    is_train = first is not None and first.name.lower() == _TABLES["train"]
    if first is None or (not is_train and first.with_name("train").is_dir()):
        raise DataError(f"{root} holds no train.csv; expected {CHEXPERT.expects}.")
    paths = {part: first.with_name(name) for part, name in _TABLES.items()}
    paths["train" if is_train else "validation"] = first
    there = {part: path for part, path in paths.items() if path.is_file()}
    warnings = [
        f"no {'training' if part == 'train' else part} part: {path} is not there"
        for part, path in paths.items()
        if part not in there
    ]
    return {part: read_table(path) for part, path in there.items()}, tuple(warnings)


def _in_view(table: Table, views: str) -> list[int]:
    """Positions of the rows with these views.

    Raises:
        DataError: If a view is neither frontal nor lateral.
    """
    cells = table.column(_VIEW)
    for cell, line in zip(cells, table.lines, strict=True):
        if cell not in _VIEWS["all"]:
            raise DataError(
                f"{table.path}, line {line}: {_VIEW} is {cell!r}; expected Frontal or Lateral. "
                "Fetch the table again."
            )
    return [row for row, cell in enumerate(cells) if cell in _VIEWS[views]]


def _views_note(options: ChexpertOptions, others: int) -> tuple[str, ...]:
    if options.views == "all":
        return ()
    return (f"{options.views} views only: {others:,} of other views are not read",)


def _policies(options: ChexpertOptions) -> dict[str, Policy]:
    """What uncertain findings become, for each finding."""
    given = _MIXED if options.uncertain == "mixed" else options.uncertain
    if isinstance(given, Mapping):
        return {name: given.get(name, "zeros") for name in _FINDINGS}
    return dict.fromkeys(_FINDINGS, given)


CHEXPERT = Reader(
    name="chexpert",
    title="CheXpert, chest X-rays",
    labels="5 or up to 14 yes/no labels",
    groups="patient",
    parts=True,
    layout=(
        "CheXpert-v1.0-small/\n"
        "    train.csv     Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,...\n"
        "    valid.csv\n"
        "    train/\n        patient00001/\n            study1/\n"
        "                view1_frontal.jpg\n"
        "    valid/"
    ),
    archives=("CheXpert-v1.0*.zip", "chexpert.zip", KAGGLE),
    address="https://stanfordmlgroup.github.io/competitions/chexpert/",
    read=read_chexpert,
    options=ChexpertOptions,
    published=lambda root, options: _PUBLISHED[options.views],
    expects="a folder with train.csv, valid.csv and images such as "
    "train/patient00001/study1/view1_frontal.jpg",
)
