"""A CSV file with one row per image: path, label, and optionally group and official part."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from warmstart.core.text import first_few
from warmstart.data.dataset import Dataset
from warmstart.data.listing import all_files, only_file
from warmstart.data.readers.grouping import (
    column_note,
    group_of_path,
    join_groups,
    named_groups,
    rows_without_image,
    table_note,
)
from warmstart.data.readers.labels import column_labels, separated_labels, single_labels
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.readers.table import Table, read_table
from warmstart.data.readers.tabled import by_name, left_out, unnamed_beside
from warmstart.data.sources import ImageFiles
from warmstart.errors import DataError

_PARTS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}
SET_IMAGES = (
    "Set images to the folder the paths are relative to, and extension if the paths have none."
)
"""What to do about paths that are not there, in a study file."""
SET_COMMON_FOLDER = "Set images = ... to a folder that all images lie under."
"""What to do about paths that lie outside."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class CsvOptions:
    """Options of the reader ``csv``.

    Attributes:
        images: Folder that all images lie under and that paths are relative to, itself relative
            to the CSV's folder.
        path_column: Column of image paths.
        label_column: Column of class names.
        label_columns: Columns of 0, 1 or blank: several yes/no labels instead of one class.
        label_separator: Splits a label cell into several labels, such as ``"|"``.
        group_column: Column of groups; by default ``group`` where there is one.
        split_column: Column of official parts; by default ``split`` where there is one.
        extension: Appended to every path, such as ``".jpg"``.
        groups: Whether groups are used at all.
        groups_file: Second CSV that gives groups, relative to the CSV's folder.
        groups_path_column: Its column of image paths, file names or stems.
        groups_group_column: Its column of groups.
    """

    images: str = "."
    path_column: str = "path"
    label_column: str = "label"
    label_columns: tuple[str, ...] = ()
    label_separator: str | None = None
    group_column: str | None = None
    split_column: str | None = None
    extension: str = ""
    groups: bool = True
    groups_file: str | None = None
    groups_path_column: str = "file"
    groups_group_column: str = "group"


def read_csv(root: Path | None, options: CsvOptions) -> Dataset:
    """Read the images that a CSV file lists.

    Raises:
        DataError: If a column, label or file is missing, or an image is listed twice or lies
            outside the folder of images.
    """
    root = only_file(root, ".csv", CSV.expects)
    table = read_table(root)
    labels, classes = _labels(table, options)
    images = _files(table, options)
    groups, notes = _groups(table, options, images.names)
    dataset = Dataset(
        name="csv",
        images=images,
        rows=np.arange(len(images.names)),
        labels=labels,
        classes=classes,
        groups=groups,
        split=_split(table, options),
    )
    unnamed = unnamed_beside(images.root, images.names)
    notes += left_out(root.name, images.root, unnamed)
    return by_name(replace(dataset, notes=notes), images.root, images.names)


def _labels(table: Table, options: CsvOptions) -> tuple[NDArray[np.generic], tuple[str, ...]]:
    if options.label_columns:
        return column_labels(table, options.label_columns), options.label_columns
    if options.label_separator:
        return separated_labels(table, options.label_column, options.label_separator)
    return single_labels(table, options.label_column)


def _files(table: Table, options: CsvOptions) -> ImageFiles:
    """Image files named relative to their folder, so that no name tells where it lies."""
    folder = table.path.parent / options.images
    cells = table.column(options.path_column)
    paths = [os.path.normpath(cell.replace("\\", "/") + options.extension) for cell in cells]
    names = _on_disk(folder, _below(table, folder, paths))
    _refuse_twice(table, names)
    missing = [name for name in names if not _is_there(os.path.join(folder, name))]
    if missing:
        raise DataError(
            f"{table.path}: {len(missing)} of {len(names)} images are not under {folder}: "
            f"{first_few(missing, 10)}. {SET_IMAGES}"
        )
    return ImageFiles(folder, [name.replace(os.sep, "/") for name in names])


def _below(table: Table, folder: Path, paths: list[str]) -> list[str]:
    """Name the paths relative to the folder; absolute ones may be under it, none outside."""
    within = os.path.join(os.path.abspath(folder), "")
    whole = [os.path.normpath(os.path.join(within, path)) for path in paths]
    start = os.path.normcase(within)
    outside = [p for p, w in zip(paths, whole, strict=True) if not _starts(w, start)]
    if outside:
        lie = "path lies" if len(outside) == 1 else "paths lie"
        raise DataError(
            f"{table.path}: {len(outside)} of {len(paths)} {lie} outside {folder}: "
            f"{first_few(outside, 5)}. {SET_COMMON_FOLDER}"
        )
    return [path[len(within) :] or "." for path in whole]


def _starts(path: str, start: str) -> bool:
    return os.path.normcase(os.path.join(path, "")).startswith(start)


def _on_disk(folder: Path, names: list[str]) -> list[str]:
    """Spell names with accents as the disk does, which may write them as letter and accent."""
    if all(name.isascii() or _is_there(os.path.join(folder, name)) for name in names):
        return names
    there = {normalize("NFC", file): file for file in all_files(folder)}
    return [
        name if name.isascii() else there.get(normalize("NFC", name.replace(os.sep, "/")), name)
        for name in names
    ]


def _is_there(path: str) -> bool:
    """Whether there is a file, or a link to none: that is an image that cannot be read."""
    return os.path.isfile(path) or os.path.islink(path)


def _refuse_twice(table: Table, names: list[str]) -> None:
    first: dict[str, int] = {}
    for name, line in zip(names, table.lines, strict=True):
        if first.setdefault(name, line) != line:
            raise DataError(
                f"{table.path}: {name} is listed twice, in lines {first[name]} and {line}; "
                "keep one row per image."
            )


def _groups(
    table: Table, options: CsvOptions, files: Sequence[str]
) -> tuple[NDArray[np.str_] | None, tuple[str, ...]]:
    if not options.groups:
        return None, ()
    if options.groups_file is not None:
        return _groups_from(table.path.parent / options.groups_file, options, files)
    column = options.group_column or ("group" if "group" in table.columns else None)
    if column is None:
        return None, ()
    cells = table.column(column)
    note = column_note(f"column {column!r} of {table.path.name}", files, cells)
    return named_groups(files, cells), (note,)


def _groups_from(
    path: Path, options: CsvOptions, files: Sequence[str]
) -> tuple[NDArray[np.str_], tuple[str, ...]]:
    groups = group_of_path(
        read_table(path), options.groups_path_column, options.groups_group_column
    )
    found = join_groups(files, groups)
    unused = rows_without_image(files, groups, found)
    return named_groups(files, found), (table_note(path.name, files, found, unused),)


def _split(table: Table, options: CsvOptions) -> NDArray[np.str_] | None:
    column = options.split_column or ("split" if "split" in table.columns else None)
    if column is None:
        return None
    cells = table.column(column)
    for cell, line in zip(cells, table.lines, strict=True):
        if cell.lower() not in _PARTS:
            raise DataError(
                f"{table.path}, line {line}: {column} is {cell!r}; "
                f"expected one of {', '.join(_PARTS)}."
            )
    return np.array([_PARTS[cell.lower()] for cell in cells])


CSV = Reader(
    name="csv",
    title="a table of your images",
    labels="one class, or several yes/no labels",
    groups="a column or a second table",
    parts=True,
    layout="labels.csv             path,label[,group][,split]\nimages/\n    0001.png",
    read=read_csv,
    options=CsvOptions,
    expects="a CSV file with one row per image, by default with the columns path and label",
)
