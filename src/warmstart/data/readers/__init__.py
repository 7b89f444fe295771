"""The table of readers, and the one door to them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from warmstart.core.names import hint, lookup
from warmstart.core.places import cache_folder
from warmstart.core.registry import Registry
from warmstart.core.text import first_few
from warmstart.data.archives import archive_suffix
from warmstart.data.checks import check_dataset
from warmstart.data.dataset import Dataset, View
from warmstart.data.listing import is_litter
from warmstart.data.readers.aptos2019 import APTOS2019
from warmstart.data.readers.chexpert import CHEXPERT
from warmstart.data.readers.csv import CSV
from warmstart.data.readers.dtd import DTD
from warmstart.data.readers.eyepacs import EYEPACS
from warmstart.data.readers.folder import FOLDER
from warmstart.data.readers.ham10000 import HAM10000
from warmstart.data.readers.imagenet import IMAGENET
from warmstart.data.readers.isic2018 import ISIC2018
from warmstart.data.readers.kermany import KERMANY
from warmstart.data.readers.kimia960 import KIMIA960
from warmstart.data.readers.medmnist import MEDMNIST
from warmstart.data.readers.nih_chestxray14 import NIH_CHESTXRAY14
from warmstart.data.readers.pcam import PCAM
from warmstart.data.readers.pcam_kaggle import PCAM_KAGGLE
from warmstart.data.readers.reader import Reader
from warmstart.data.readers.sti10 import STI10
from warmstart.data.readers.stl10 import STL10
from warmstart.data.unpack import KAGGLE, matches, unpacked
from warmstart.errors import ConfigError, DataError

READERS: Mapping[str, Reader] = {
    reader.name: reader
    for reader in (
        FOLDER,
        CSV,
        MEDMNIST,
        ISIC2018,
        HAM10000,
        KERMANY,
        CHEXPERT,
        NIH_CHESTXRAY14,
        EYEPACS,
        APTOS2019,
        PCAM,
        PCAM_KAGGLE,
        KIMIA960,
        IMAGENET,
        STL10,
        DTD,
        STI10,
    )
}

SECTION = "[datasets.{}]"
"""What begins a message about how a dataset is read: its section of a study file."""

__all__ = ["READERS", "Reader", "published_images", "read_dataset", "readers"]

Progress = Callable[[int, int], None]
_Window = TypeAdapter(tuple[float, float])


@cache
def readers() -> Registry[Reader]:
    """Return our readers and those of installed packages (entry points ``warmstart.readers``)."""
    return Registry(Reader, READERS, entry_points(group="warmstart.readers"))


def read_dataset(
    name: str,
    reader: str,
    root: Path | None,
    options: Mapping[str, object],
    *,
    trainable: bool = True,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Read a dataset and check it.

    A root that is an archive, or holds archives by the names of the release, is unpacked first,
    once.

    Args:
        name: What the study calls the dataset.
        reader: Name of a reader.
        root: Folder or file to read; ``None`` where the reader needs none.
        options: The reader's own options, and ``window`` (black and white of images of more
            than 8 bits), which every reader takes.
        trainable: Refuse what no classification can be learned from, such as an empty class.
        cache: Where archives are unpacked; the user's cache folder by default.
        progress: Called with the bytes of archives read, and of all, while they are unpacked.

    Raises:
        UnknownNameError: If there is no such reader.
        ConfigError: If an option is unknown or has a wrong type, or the reader is of another
            package and cannot be loaded.
        DataError: If the root is missing or does not hold what the reader expects.
    """
    chosen, checked, window = _asked(name, reader, options)
    _check_root(name, chosen, root)
    folder = root
    if root is not None and (chosen.archives or reader in READERS):
        folder = unpacked(root, chosen.archives, cache or cache_folder(), progress=progress)
    dataset = _read(name, chosen, root, folder, checked, trainable)
    view = dataset.view.then(View(window=window))
    return replace(dataset, view=view)


def published_images(
    name: str, reader: str, root: Path | None, options: Mapping[str, object]
) -> int | None:
    """Return how many images a dataset has according to its publishers; reads nothing.

    Args:
        name: What the study calls the dataset.
        reader: Name of a reader.
        root: Where the dataset should lie; it need not be there.
        options: As in `read_dataset`.

    Returns:
        Their number, or ``None`` where the reader is of no published release.

    Raises:
        UnknownNameError: If there is no such reader.
        ConfigError: If an option is unknown or has a wrong type.
    """
    chosen, checked, _ = _asked(name, reader, options)
    return chosen.published(root, checked)


def _asked(
    name: str, reader: str, options: Mapping[str, object]
) -> tuple[Reader, Any, tuple[float, float] | None]:
    """The reader, its own options, and the window, all checked."""
    chosen = lookup("reader", reader, readers())
    own = {key: value for key, value in options.items() if key != "window"}
    return chosen, _options(name, chosen, own), _window(name, options.get("window"))


_OWN_NAMES = frozenset({"folder", "kimia960"})
"""Readers of a folder of any name; those of other releases search for the names they know."""


def _read(
    name: str,
    reader: Reader,
    root: Path | None,
    folder: Path | None,
    options: object,
    trainable: bool,
) -> Dataset:
    """Read and check what lies in ``folder``; whatever is said of it names the user's root."""

    def said(text: str) -> str:
        return text if folder == root else text.replace(str(folder), f"{root} (unpacked)")

    place = folder
    if root is not None and folder is not None and folder != root and reader.name in _OWN_NAMES:
        place = _below_single_folders(folder)
    try:
        found = replace(reader.read(place, options), name=name)
        dataset = check_dataset(found, trainable=trainable)
    except DataError as error:
        tried = [name for name in reader.archives if name != KAGGLE or folder != root]
        left = _archives_left(root, tried) if reader.expects in str(error) else ""
        raise DataError(said(str(error)) + left) from error
    notes, warnings = tuple(map(said, dataset.notes)), tuple(map(said, dataset.warnings))
    return replace(dataset, notes=notes, warnings=warnings)


def _below_single_folders(folder: Path) -> Path:
    while len(inside := list(folder.iterdir())) == 1 and inside[0].is_dir():
        folder = inside[0]
    return folder


def _archives_left(root: Path | None, tried: Sequence[str]) -> str:
    """Say that archives lie in the root that match none of the patterns that were tried."""
    names = [path.name for path in root.iterdir()] if root is not None and root.is_dir() else []
    left = sorted(
        name
        for name in names
        if archive_suffix(name) and not is_litter(name) and not matches(name, tried)
    )
    if len(left) > 1:
        return f" {first_few(left, 5)} lie there; name one of them as root."
    return f" {left[0]} lies there; name it as root." if left else ""


def _options(name: str, reader: Reader, options: Mapping[str, object]) -> Any:
    try:
        return TypeAdapter(reader.options).validate_json(json.dumps(dict(options), default=str))
    except ValidationError as error:
        lines = [_problem(name, reader, detail) for detail in error.errors()]
        raise ConfigError("\n".join(lines)) from error


def _problem(name: str, reader: Reader, detail: ErrorDetails) -> str:
    key = str(detail["loc"][0]) if detail["loc"] else ""
    known = sorted({field.name for field in fields(reader.options)} | {"window"})
    if key not in known:
        return (
            f"{SECTION.format(name)} unknown key {key!r} for reader {reader.name!r}."
            f"{hint(key, known)} Known: {', '.join(known)}."
        )
    if detail["type"] == "missing":
        return f"{SECTION.format(name)} {key} is missing; reader {reader.name!r} needs it."
    return (
        f"{SECTION.format(name)} {key} = {json.dumps(detail['input'], default=str)} is wrong for "
        f"reader {reader.name!r}: {detail['msg']}."
    )


def _window(name: str, value: object) -> tuple[float, float] | None:
    if value is None:
        return None
    try:
        low, high = _Window.validate_python(value)
    except ValidationError:
        low, high = 0.0, 0.0
    if low < high:
        return low, high
    raise ConfigError(
        f"{SECTION.format(name)} window = {json.dumps(value, default=str)} is wrong: expected two "
        "ascending numbers, such as [0, 4095]."
    )


def _check_root(name: str, reader: Reader, root: Path | None) -> None:
    if not reader.needs_root:
        return
    if root is None:
        raise ConfigError(
            f"{SECTION.format(name)} has no root; reader {reader.name!r} expects {reader.expects}."
        )
    if not root.exists():
        raise DataError(
            f"{name}: {root} does not exist; reader {reader.name!r} expects {reader.expects}."
        )
