"""The table of readers, and the one door to them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from warmstart.core.names import hint, lookup
from warmstart.core.places import cache_folder
from warmstart.data.checks import check_dataset
from warmstart.data.dataset import Dataset, View
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
from warmstart.data.unpack import unpacked
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

__all__ = ["READERS", "Reader", "read_dataset", "readers"]

Progress = Callable[[int, int], None]
_Window = TypeAdapter(tuple[float, float])


@cache
def readers() -> Mapping[str, Reader]:
    """Return our readers and those of installed packages (entry points ``warmstart.readers``).

    A package's reader goes by the name of its entry point. It is loaded when it is looked up,
    so that a broken package stops only the studies that use its reader.
    """
    return _Readers({point.name: point for point in entry_points(group="warmstart.readers")})


def read_dataset(
    name: str,
    reader: str,
    root: Path | None,
    options: Mapping[str, object],
    *,
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
        cache: Where archives are unpacked; the user's cache folder by default.
        progress: Called with the bytes of archives read, and of all, while they are unpacked.

    Raises:
        UnknownNameError: If there is no such reader.
        ConfigError: If an option is unknown or has a wrong type, or the reader is of another
            package and cannot be loaded.
        DataError: If the root is missing or does not hold what the reader expects.
    """
    chosen = lookup("reader", reader, readers())
    own = {key: value for key, value in options.items() if key != "window"}
    checked = _options(name, chosen, own)
    window = _window(name, options.get("window"))
    _check_root(name, chosen, root)
    if root is not None and (chosen.archives or reader in READERS):
        root = _unpacked(chosen, root, cache or cache_folder(), progress)
    dataset = replace(chosen.read(root, checked), name=name)
    view = dataset.view.then(View(window=window))
    return check_dataset(replace(dataset, view=view))


@dataclass(frozen=True, eq=False)
class _Readers(Mapping[str, Reader]):
    """Readers by name; those of other packages are loaded one by one."""

    points: Mapping[str, EntryPoint]

    def __getitem__(self, name: str) -> Reader:
        return READERS[name] if name in READERS else _load(self.points[name])

    def __contains__(self, name: object) -> bool:
        return name in READERS or name in self.points

    def __iter__(self) -> Iterator[str]:
        return iter({**self.points, **READERS})

    def __len__(self) -> int:
        return len({**self.points, **READERS})


def _load(point: EntryPoint) -> Reader:
    try:
        loaded = point.load()
    except Exception as error:  # whatever a foreign package does while it is imported
        raise ConfigError(
            f"Reader {point.name!r} ({point.value}) cannot be loaded: {error}. Repair or uninstall "
            "the package it comes from."
        ) from error
    if not isinstance(loaded, Reader):
        raise ConfigError(f"Reader {point.name!r} ({point.value}) is not a warmstart Reader.")
    return loaded


def _unpacked(reader: Reader, root: Path, cache: Path, progress: Progress | None) -> Path:
    """The folder of a release; of an archive with a single folder in it, that folder."""
    folder = unpacked(root, reader.archives, cache, progress=progress)
    if root.is_file() and folder != root:
        while len(inside := list(folder.iterdir())) == 1 and inside[0].is_dir():
            folder = inside[0]
    return folder


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
            f"[datasets.{name}] unknown key {key!r} for reader {reader.name!r}."
            f"{hint(key, known)} Known: {', '.join(known)}."
        )
    if detail["type"] == "missing":
        return f"[datasets.{name}] {key} is missing; reader {reader.name!r} needs it."
    return (
        f"[datasets.{name}] {key} = {json.dumps(detail['input'], default=str)} is wrong for reader "
        f"{reader.name!r}: {detail['msg']}."
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
        f"[datasets.{name}] window = {json.dumps(value, default=str)} is wrong: expected two "
        "ascending numbers, such as [0, 4095]."
    )


def _check_root(name: str, reader: Reader, root: Path | None) -> None:
    if not reader.needs_root:
        return
    if root is None:
        raise ConfigError(
            f"[datasets.{name}] has no root; reader {reader.name!r} expects {reader.expects}."
        )
    if not root.exists():
        raise DataError(
            f"{name}: {root} does not exist; reader {reader.name!r} expects {reader.expects}."
        )
