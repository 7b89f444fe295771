"""Look at a folder, table or archive of images and write a study for it."""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from warmstart.core.text import printable
from warmstart.data.checks import class_counts, groups_of_classes
from warmstart.data.dataset import Dataset
from warmstart.data.readers import read_dataset
from warmstart.errors import ConfigError
from warmstart.studies.one_dataset import name_of, relative
from warmstart.training.recipe import RANDOM_EPOCHS

_LOOKED_AT = 200
_SIZES = (224, 160, 112, 96, 64, 32)
_TEMPLATE = """\
# {title}: which source gives these images the best start?
#
{facts}
#
# Look at what would run:   warmstart study plan {file}
# Run it:                   warmstart study run {file}
# Interrupt it at any time; the same command goes on where it stopped.

title = {title_toml}
networks = ["tf_efficientnet_lite0"]  # any timm name; several are compared
seeds = [0]                           # more seeds: more certainty, more time

[datasets.{name}]
{dataset}

# Random initialisation, the baseline, is always there.
[sources.imagenet]
start = "timm"                        # published ImageNet weights

# A source of your own, pretrained here:
# [datasets.textures]
# reader = "folder"
# root = "path/to/textures"           # one sub-folder per class
# [sources.textures]
# start = "dataset:textures"

[targets.{name}]
dataset = "{name}"

[finetune]
image_size = {image_size:<24} # {size_reason}
fit = "squash"                        # or "crop", "pad"
epochs = 10                           # random initialisation: {random_epochs} times as many
batch_size = 32
learning_rate = 3e-4

# One learning rate for all sources can make the ranking an artefact. The same grid for every
# source, chosen on a validation part of each fold, takes {grid} times as long:
# [tune]
# learning_rate = [1e-4, 1e-3]

[protocol]
folds = {folds:<29} # {folds_reason}
split = "kfold"
metric = "auc_weighted_ovr"           # binary: the AUC; several classes: one-vs-rest, weighted
"""


def new_study(
    images: Path,
    *,
    labels: Path | None = None,
    columns: Mapping[str, str] | None = None,
    file: str = "study.toml",
) -> str:
    """Write a complete, commented study for a user's images.

    Args:
        images: A folder of class folders, a CSV file, a MedMNIST ``.npz``; with ``labels`` the
            folder its paths are relative to.
        labels: A CSV file with paths and labels.
        columns: Options of the csv reader, such as ``{"label_column": "dx"}``.
        file: What the study file will be called; only shown in comments.

    Returns:
        TOML. Relative paths are relative to the working folder.

    Raises:
        DataError: If the images cannot be read.
        ConfigError: If columns are named without a table.
    """
    reader, root, options = _reader(images, labels, dict(columns or {}))
    name = name_of(images)
    dataset = read_dataset(name, reader, root, options)
    sizes = _native_sizes(dataset)
    image_size = next((s for s in _SIZES if s <= np.median(sizes.min(axis=1)) and s <= 112), 32)
    folds, folds_reason = _folds(dataset)
    lines = {"reader": reader, "root": root.as_posix()} | options
    return _TEMPLATE.format(
        title=name,
        title_toml=_toml(name),
        name=name,
        file=file,
        facts="\n".join(f"# {printable(line)}" for line in _facts(dataset, sizes)),
        dataset="\n".join(f"{key} = {_toml(value)}" for key, value in lines.items()),
        image_size=image_size,
        size_reason=f"half the images are {_median(sizes)} pixels or smaller; larger takes longer",
        random_epochs=RANDOM_EPOCHS,
        grid=2,
        folds=folds,
        folds_reason=folds_reason,
    )


def _reader(
    images: Path, labels: Path | None, columns: dict[str, str]
) -> tuple[str, Path, dict[str, object]]:
    table = labels or (images if images.suffix.lower() == ".csv" else None)
    if table is not None:
        options: dict[str, object] = dict(columns)
        if labels is not None:
            options["images"] = relative(images, labels.parent)
        return "csv", table, options
    if columns:
        raise ConfigError(
            f"{', '.join(sorted(columns))} names a column of a table; give the table with "
            "--labels FILE."
        )
    return ("medmnist" if images.suffix.lower() == ".npz" else "folder"), images, {}


def _toml(value: object) -> str:
    """A text or list of texts as TOML; JSON's escapes are TOML's."""
    return json.dumps(value, ensure_ascii=False)


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
        f"{len(dataset)} images, {len(dataset.classes)} {kind}: {per_class}.",
        f"Sizes from {sizes[:, 0].min()} x {sizes[:, 1].min()} to "
        f"{sizes[:, 0].max()} x {sizes[:, 1].max()} pixels, median {_median(sizes)}.",
    ]
    return facts + [f"Note: {note}." for note in (*dataset.notes, *dataset.warnings)]


def _folds(dataset: Dataset) -> tuple[int, str]:
    """Five folds, or fewer where a class has too few groups."""
    fewest = int(groups_of_classes(dataset).min())
    unit = "images" if dataset.groups is None else "groups"
    folds = max(2, min(5, fewest))
    reason = "every image is tested once; groups stay together"
    if folds < 5:
        reason = f"the smallest class has only {fewest} {unit}"
    return folds, reason
