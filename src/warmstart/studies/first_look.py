"""A first look at a folder, table or archive of images: how to read it, and what suits it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from warmstart.data.checks import class_counts, groups_of_classes
from warmstart.data.dataset import Dataset
from warmstart.data.readers import read_dataset
from warmstart.errors import ConfigError, DataError
from warmstart.studies.argument_words import argument_words
from warmstart.studies.official_parts import OfficialParts
from warmstart.studies.one_dataset import name_of, relative

_LOOKED_AT = 200
_SIZES = (224, 160, 112, 96, 64, 32)
_LARGEST = 112
"""Larger images take longer, and a user can ask for them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FirstLook:
    """What a first look at images tells.

    Attributes:
        dataset: What was read, by the name of its folder or file; without the official test part
            if that is to be spared.
        parts: Its official parts.
        section: Its section of a study file; a relative root is relative to the working folder.
        facts: Sentences about it.
        native: Median width and height of its images, in words.
        image_size: Height and width, in pixels, that networks may well see.
        folds: How many folds it can be split into, at most five.
        folds_reason: Why so many.
    """

    dataset: Dataset
    parts: OfficialParts
    section: Mapping[str, object]
    facts: tuple[str, ...]
    native: str
    image_size: int
    folds: int
    folds_reason: str


def first_look(
    images: Path,
    *,
    labels: Path | None = None,
    columns: Mapping[str, object] | None = None,
    settings: Mapping[str, object] | None = None,
    spare_test: bool = False,
) -> FirstLook:
    """Look at a user's images.

    Args:
        images: A folder of class folders, a CSV file, a MedMNIST ``.npz``; with ``labels`` the
            folder its paths are relative to.
        labels: A CSV file with paths and labels.
        columns: Options of the csv reader, such as ``{"label_column": "dx"}``.
        settings: Other options of the reader, such as ``{"window": [0, 4095]}``.
        spare_test: Look at no image of the official test part.

    Raises:
        DataError: If the images cannot be read, or a class has only one group of images.
        ConfigError: If columns are named without a table, or an option is wrong.
    """
    reader, root, options = _reader(images, labels, dict(columns or {}))
    options |= settings or {}
    given = [name for name, value in (("columns", columns), ("settings", settings)) if value]
    with argument_words(name_of(images), options=" or ".join(given) or "settings"):
        dataset = read_dataset(name_of(images), reader, root, options)
    parts = OfficialParts.of(dataset)
    dataset = parts.used_of(dataset) if spare_test else dataset
    sizes = _native_sizes(dataset)
    longest = min(float(np.median(sizes.min(axis=1))), _LARGEST)
    folds, folds_reason = _folds(dataset)
    return FirstLook(
        dataset=dataset,
        parts=parts,
        section={"reader": reader, "root": root.as_posix()} | options,
        facts=tuple(_facts(dataset, sizes)),
        native=_median(sizes),
        image_size=next((size for size in _SIZES if size <= longest), _SIZES[-1]),
        folds=folds,
        folds_reason=folds_reason,
    )


def _reader(
    images: Path, labels: Path | None, columns: dict[str, object]
) -> tuple[str, Path, dict[str, object]]:
    if {"label_column", "label_columns"} <= columns.keys():
        raise ConfigError(
            "columns['label_column'] is of one class per image and columns['label_columns'] of "
            "several yes/no labels; give one of them."
        )
    table = labels or (images if images.suffix.lower() == ".csv" else None)
    if table is not None:
        options = columns
        if labels is not None:
            options["images"] = relative(images, labels.parent)
        return "csv", table, options
    if columns:
        named = ", ".join(f"columns[{column!r}]" for column in sorted(columns))
        raise ConfigError(f"{named} names a column of a table; give the table with labels=FILE.")
    return ("medmnist" if images.suffix.lower() == ".npz" else "folder"), images, {}


def _native_sizes(dataset: Dataset) -> np.ndarray:
    """Width and height of up to 200 images, evenly spread; unreadable ones are passed over."""
    count = min(_LOOKED_AT, len(dataset))
    rows = dataset.rows[np.unique(np.linspace(0, len(dataset) - 1, count).astype(int))]
    sizes = []
    for raw in dataset.images.raw(rows.tolist()):
        if isinstance(raw, bytes):
            try:
                with Image.open(io.BytesIO(raw)) as image:
                    sizes.append(image.size)
            except (OSError, Image.DecompressionBombError):
                continue
        else:
            sizes.append((raw.shape[1], raw.shape[0]))
    return np.array(sizes or [(0, 0)])


def _median(sizes: np.ndarray) -> str:
    width, height = np.median(sizes, axis=0).astype(int)
    return f"{width} x {height}"


def _facts(dataset: Dataset, sizes: np.ndarray) -> list[str]:
    counts = class_counts(dataset)
    per_class = ", ".join(
        f"{name} {count}" for name, count in zip(dataset.classes, counts, strict=True)
    )
    kind = "labels" if dataset.multilabel else "classes"
    facts = [
        f"{len(dataset):,} images, {len(dataset.classes)} {kind}: {per_class}.",
        f"Sizes from {sizes[:, 0].min()} x {sizes[:, 1].min()} to "
        f"{sizes[:, 0].max()} x {sizes[:, 1].max()} pixels, median {_median(sizes)}.",
    ]
    return facts + [f"Note: {note}." for note in (*dataset.notes, *dataset.warnings)]


def _folds(dataset: Dataset) -> tuple[int, str]:
    """Five folds, or fewer where a class has too few groups."""
    counts = groups_of_classes(dataset)
    fewest = int(counts.min())
    unit = "images" if dataset.groups is None else "groups"
    if fewest < 2:  # of groups the reader refuses it
        raise DataError(
            f"{dataset.name}: class {dataset.classes[int(counts.argmin())]!r} has 1 image; two are "
            "needed, one to train on and one to test on. Add images, or merge the class."
        )
    folds = min(5, fewest)
    reason = "every image is tested once; groups stay together"
    if folds < 5:
        reason = f"the smallest class has only {fewest} {unit}"
    return folds, reason
