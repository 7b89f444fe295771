"""Where the images of a CheXpert release lie: each has a patient, a study and a view."""

import re
from collections.abc import Sequence
from pathlib import Path

from warmstart.data.readers.table import Table
from warmstart.errors import DataError

_IMAGE = re.compile(r"(?:.*/)?(patient[^/]*/[^/]+/[^/]+)\.[^./]+", re.DOTALL)


def home_of(root: Path | None, folder: Path) -> Path:
    """Return the folder that all images lie under, for tables in this folder.

    The full release is four archives, each with a folder of its own ("CheXpert-v1.0 batch 1
    (validate & csv)"): the tables lie in one of them and most images in the others beside it.
    """
    return folder.parent if "batch" in folder.name.lower() and folder != root else folder


def key_of(path: str) -> str:
    """Return ``patient00001/study1/view1_frontal``; empty for a path that is not like this.

    Only this much of a path is the same in the tables and in all ways to unpack the release.
    """
    found = _IMAGE.fullmatch(path)
    return found[1] if found else ""


def keys_of(tables: Sequence[Table]) -> list[list[str]]:
    """Return the key of each row of each table.

    Raises:
        DataError: If a path is not that of an image, or an image is listed twice.
    """
    first: dict[str, tuple[str, int]] = {}
    found = []
    for table in tables:
        paths = table.column("Path")
        found.append([key_of(path) for path in paths])
        for path, key, line in zip(paths, found[-1], table.lines, strict=True):
            here = table.path.name, line
            if not key:
                raise DataError(
                    f"{table.path}, line {line}: Path is {path!r}; expected one that ends like "
                    "patient00001/study1/view1_frontal.jpg. Fetch the table again."
                )
            before = first.setdefault(key, here)
            if before != here:
                raise DataError(
                    f"{table.path}, line {line}: {path} is listed twice, first in {before[0]}, "
                    f"line {before[1]}; keep one row per image."
                )
    return found


def places_of(home: Path, files: Sequence[str]) -> dict[str, str]:
    """Return the image of each key; of copies the one in the fewest folders.

    Raises:
        DataError: If two are in equally many.
    """
    places: dict[str, str] = {}
    for file in sorted(files, key=lambda file: file.count("/")):
        key = key_of(file)
        first = places.setdefault(key, file) if key else file
        if first != file and first.count("/") == file.count("/"):
            raise DataError(f"{home} holds {key} twice, {first} and {file}; remove one.")
    return places
