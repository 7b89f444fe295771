"""Chest X-rays of children (Kermany et al. 2018), as Kaggle or Mendeley Data publish them."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from pydantic.dataclasses import dataclass

from warmstart.core.text import counted, first_few
from warmstart.data.dataset import Dataset
from warmstart.data.listing import find, image_files
from warmstart.data.readers.grouping import named_groups
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.sources import ImageFiles
from warmstart.data.unpack import KAGGLE
from warmstart.errors import DataError

_COUNTS = {
    "pneumonia": {"normal": 1_583, "pneumonia": 4_273},
    "kind": {"normal": 1_583, "bacteria": 2_780, "virus": 1_493},
}
_PARTS = {"train": "train", "val": "validation", "test": "test"}
_PLACE = re.compile(
    r"(?P<level>(?:.*?/)??)(?P<part>train|val|test)/(?P<of>normal|pneumonia)/", re.I
)
_NAMES = (
    re.compile(r"(?P<patient>person\d+)_(?P<kind>bacteria|virus)_\d+", re.I),
    re.compile(r"(?P<patient>(?:NORMAL2-)?IM-\d+)-\d", re.I),
    re.compile(r"(?P<kind>normal|bacteria|virus)-(?P<patient>\d+)-\d+", re.I),
)
_SHOWN = 5


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KermanyOptions:
    """Options of the reader ``kermany``.

    Attributes:
        labels: ``pneumonia``: normal or pneumonia. ``kind``: normal, bacteria or virus, of which
            the last two are told apart by the names of the files.
    """

    labels: Literal["pneumonia", "kind"] = "pneumonia"


class _Image(NamedTuple):
    """What the path of an image says."""

    file: str
    part: str
    normal: bool
    patient: str | None
    kind: str


def read_kermany(root: Path | None, options: KermanyOptions) -> Dataset:
    """Read one level of the release; a level that repeats it is passed over and said.

    Patients come from the names of files. Where the numbers of two kinds of pneumonia, or of two
    parts, agree they are taken for one patient: that may join patients, but tears none apart.

    Raises:
        DataError: If there are no folders of parts with NORMAL and PNEUMONIA, or a name does not
            say the kind that was asked for.
    """
    top = _top(root)
    levels, others = _levels(image_files(top))
    if not levels:
        raise DataError(f"{root} holds no images in train/NORMAL; expected {KERMANY.expects}.")
    level = max(levels, key=lambda name: (len(levels[name]), -name.count("/")))
    folder, images = top / level, levels.pop(level)
    files = [image.file for image in images]
    classes = tuple(_COUNTS[options.labels])
    labels = [classes.index(_class(folder, image, options)) for image in images]
    notes, warnings = _passed_over(top, levels, set(files))
    warnings += _misplaced(top, others)
    unknown = [image.file for image in images if image.patient is None]
    dataset = Dataset(
        name="kermany",
        images=ImageFiles(folder, files),
        rows=np.arange(len(files)),
        labels=np.array(labels, np.int64),
        classes=classes,
        groups=named_groups(files, [image.patient for image in images]),
        split=np.array([image.part for image in images]),
        notes=("groups: patients, from the names of the files", *notes),
        warnings=warnings + _nameless(unknown),
    )
    return compared(dataset, classes=_COUNTS[options.labels])


def _top(root: Path | None) -> Path:
    """The nearest folder ``chest_xray``, so that OCT images beside it are not listed."""
    if root is None or not root.is_dir():
        raise DataError(f"{root} is not a folder; expected {KERMANY.expects}.")
    if any((root / part).is_dir() for part in _PARTS):
        return root
    found = find(root, "chest_xray")
    return found if found is not None and found.is_dir() else root


def _levels(files: Sequence[str]) -> tuple[dict[str, list[_Image]], list[str]]:
    """Images by the folder that holds their ``train``, ``val`` and ``test``; and all others."""
    levels: dict[str, list[_Image]] = {}
    others = []
    for file in files:
        place = _PLACE.match(file)
        if place is None:
            others.append(file)
            continue
        level = place["level"]
        levels.setdefault(level, []).append(_image(file[len(level) :], place))
    return levels, others


def _image(file: str, place: re.Match[str]) -> _Image:
    name = file.rsplit("/", 1)[-1]
    match = next((found for pattern in _NAMES if (found := pattern.match(name))), None)
    said: Mapping[str, str] = {} if match is None else match.groupdict()
    return _Image(
        file=file,
        part=_PARTS[place["part"].lower()],
        normal=place["of"].lower() == "normal",
        patient=said.get("patient"),
        kind=said.get("kind", "").lower(),
    )


def _class(folder: Path, image: _Image, options: KermanyOptions) -> str:
    if image.normal:
        return "normal"
    if options.labels == "pneumonia":
        return "pneumonia"
    if image.kind in ("bacteria", "virus"):
        return image.kind
    raise DataError(
        f"{folder / image.file}: its name says neither bacteria nor virus, such as "
        'person1_bacteria_1.jpeg; rename or remove it, or write labels = "pneumonia".'
    )


def _passed_over(
    top: Path, levels: Mapping[str, Sequence[_Image]], read: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Notes on levels that only repeat what was read, and warnings on those that hold more."""
    notes, warnings = [], []
    for level, images in levels.items():
        new = [image.file for image in images if image.file not in read]
        if new:
            are, were = _verbs(new)
            warnings.append(
                f"{len(new)} of {len(images)} images under {top / level} {are} not in the level "
                f"that was read and {were} left out: {first_few(new, _SHOWN)}"
            )
        else:
            notes.append(f"{top / level} repeats {len(images)} of the images and was not read")
    return tuple(notes), tuple(warnings)


def _misplaced(top: Path, files: Sequence[str]) -> tuple[str, ...]:
    if not files:
        return ()
    are, were = _verbs(files)
    return (
        f"{counted(len(files), 'image')} under {top} {are} in no folder NORMAL or PNEUMONIA "
        f"of a part and {were} left out: {first_few(files, _SHOWN)}",
    )


def _verbs(files: Sequence[str]) -> tuple[str, str]:
    return ("is", "was") if len(files) == 1 else ("are", "were")


def _nameless(files: Sequence[str]) -> tuple[str, ...]:
    if not files:
        return ()
    names = "name tells" if len(files) == 1 else "names tell"
    own = "group of its own" if len(files) == 1 else "groups of their own"
    return (f"{len(files)} {names} no patient, {own}: {first_few(files, _SHOWN)}",)


KERMANY = Reader(
    name="kermany",
    title="chest X-rays of children (Kermany 2018)",
    labels="normal and pneumonia, or normal, bacteria and virus",
    groups="patient, from the name of the file",
    parts=True,
    layout=(
        "chest_xray/\n    train/\n        NORMAL/IM-0115-0001.jpeg\n"
        "        PNEUMONIA/person1_bacteria_1.jpeg\n    val/\n    test/"
    ),
    archives=("chest-xray-pneumonia.zip", "ChestXRay2017.zip", "ZhangLabData.zip", KAGGLE),
    address="https://data.mendeley.com/datasets/rscbjbr9sj",
    read=read_kermany,
    options=KermanyOptions,
    published=lambda root, options: sum(_COUNTS[options.labels].values()),
    expects="the folder chest_xray with NORMAL and PNEUMONIA in train, test and perhaps val",
)
