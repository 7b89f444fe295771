"""Look at a folder, table or archive of images and write a study for it."""

import json
from collections.abc import Mapping
from pathlib import Path

from warmstart.core.text import printable
from warmstart.studies.first_look import first_look
from warmstart.training.recipe import RANDOM_EPOCHS

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
split = "kfold"{official}
metric = "auc_weighted_ovr"           # binary: the AUC; several classes: one-vs-rest, weighted
"""


def new_study(
    images: Path,
    *,
    labels: Path | None = None,
    columns: Mapping[str, object] | None = None,
    settings: Mapping[str, object] | None = None,
    file: str = "study.toml",
) -> str:
    """Write a complete, commented study for a user's images.

    Args:
        images: A folder of class folders, a CSV file, a MedMNIST ``.npz``; with ``labels`` the
            folder its paths are relative to.
        labels: A CSV file with paths and labels.
        columns: Options of the csv reader, such as ``{"label_column": "dx"}``.
        settings: Other options of the reader, such as ``{"window": [0, 4095]}``.
        file: What the study file will be called; only shown in comments.

    Returns:
        TOML. Relative paths are relative to the working folder.

    Raises:
        DataError: If the images cannot be read.
        ConfigError: If columns are named without a table, or an option is wrong.
    """
    look = first_look(images, labels=labels, columns=columns, settings=settings)
    name = look.dataset.name
    return _TEMPLATE.format(
        title=name,
        title_toml=_toml(name),
        name=name,
        file=file,
        facts="\n".join(f"# {printable(line)}" for line in look.facts),
        dataset="\n".join(f"{key} = {_toml(value)}" for key, value in look.section.items()),
        image_size=look.image_size,
        size_reason=f"half the images are {look.native} pixels or smaller; larger takes longer",
        random_epochs=RANDOM_EPOCHS,
        grid=2,
        folds=look.folds,
        folds_reason=look.folds_reason,
        official=f'{" " * 23}# or "official": {look.parts}' if look.parts.images else "",
    )


def _toml(value: object) -> str:
    """A text, number, yes or no, or a list of these as TOML; JSON's escapes are TOML's."""
    return json.dumps(value, ensure_ascii=False)
