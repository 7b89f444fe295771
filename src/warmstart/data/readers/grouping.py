"""Groups (patient, slide, photo) that come from a table beside the images."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from warmstart.core.text import counted, first_few
from warmstart.data.readers.table import Table
from warmstart.errors import DataError

_SHOWN = 5
"""Names that a note lists."""


def named_groups(files: Sequence[str], found: Sequence[str | None]) -> NDArray[np.str_]:
    """Return the group of each file; a file without one is a group of its own."""
    pairs = zip(files, found, strict=True)
    return np.array([group or f"file:{file}" for file, group in pairs], dtype=np.str_)


def group_of_path(table: Table, path_column: str, group_column: str) -> dict[str, str]:
    """Return the group of each path of the table; rows without a group are left out.

    Raises:
        DataError: If a path is given two groups.
    """
    paths = [path.replace("\\", "/") for path in table.column(path_column)]
    groups: dict[str, str] = {}
    for path, group, line in zip(paths, table.column(group_column), table.lines, strict=True):
        if group and groups.setdefault(path, group) != group:
            raise DataError(
                f"{table.path}, line {line}: {path} is given a second group; "
                "an image belongs to one group."
            )
    return groups


def join_groups(files: Sequence[str], groups: Mapping[str, str]) -> list[str | None]:
    """Find each file's group by its whole path, else its file name, else its stem.

    A row that is one file's whole path is no other's, and a name shared by files is nobody's.
    """
    there = set(files)
    rest = {path: group for path, group in groups.items() if path not in there}
    by_name = _unambiguous(rest, _file_name)
    by_stem = _unambiguous(rest, _stem)
    names = Counter(map(_file_name, files))
    stems = Counter(map(_stem, files))
    found: list[str | None] = []
    for file in files:
        name, stem = _file_name(file), _stem(file)
        group = groups.get(file)
        if group is None and names[name] == 1:
            group = by_name.get(name)
        if group is None and stems[stem] == 1:
            group = by_stem.get(stem)
        found.append(group)
    return found


def rows_without_image(
    files: Sequence[str], groups: Mapping[str, str], found: Sequence[str | None]
) -> list[str]:
    """Return the paths of a table that ``join_groups`` found for none of these files."""
    matched = {
        (key, group)
        for file, group in zip(files, found, strict=True)
        for key in (file, _file_name(file), _stem(file))
    }
    return [
        path
        for path, group in groups.items()
        if matched.isdisjoint((key, group) for key in (path, _file_name(path), _stem(path)))
    ]


def column_note(source: str, files: Sequence[str], found: Sequence[str | None]) -> str:
    """Say which column groups come from, how many there are, and which images have none."""
    return _grouping_note(source, files, found, "without a group")


def table_note(
    source: str, files: Sequence[str], found: Sequence[str | None], unused: Sequence[str]
) -> str:
    """Say which table groups come from, and which images and rows are without each other."""
    note = _grouping_note(source, files, found, "without a row")
    if not unused:
        return note
    rows = counted(len(unused), "row")
    return f"{note}; {rows} without an image: {first_few(sorted(unused), _SHOWN)}"


def _grouping_note(
    source: str, files: Sequence[str], found: Sequence[str | None], without: str
) -> str:
    known = len({group for group in found if group})
    text = f"groups from {source}: {counted(known, 'group')}"
    alone = sorted(file for file, group in zip(files, found, strict=True) if not group)
    if not alone:
        return text
    own = "is a group of its own" if len(alone) == 1 else "are groups of their own"
    shown = first_few(alone, _SHOWN)
    return f"{text}; {counted(len(alone), 'image')} {without} {own}: {shown}"


def _unambiguous(groups: Mapping[str, str], key: Callable[[str], str]) -> dict[str, str]:
    """Groups by a shorter key; a key that would mean two groups is left out."""
    found: dict[str, set[str]] = {}
    for path, group in groups.items():
        found.setdefault(key(path), set()).add(group)
    return {short: min(names) for short, names in found.items() if len(names) == 1}


def _file_name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _stem(path: str) -> str:
    return PurePosixPath(path).stem
