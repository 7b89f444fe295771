"""The study behind a recommendation: every starting point on one target, in short and in full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from warmstart.errors import ConfigError
from warmstart.models.starts import parse_start
from warmstart.recommendation.starting_points import StartingPoint, common_size
from warmstart.studies.config import FULL, RANDOM, Study
from warmstart.studies.study_file import build_study
from warmstart.training.recipe import RANDOM_EPOCHS

SHORT = "short"
"""Arm of the short trainings; those of the arm ``full`` follow the whole recipe."""
SHORT_RANDOM = "short-random"
"""Arm of the short trainings from random weights, which take as much longer as the whole ones."""
SHORT_SHARE = 1 / 3
"""Epochs of a short training, as a share of a whole one."""
FOLDS = 3
"""At most; fewer where a class has too few groups."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """The images a start is looked for.

    Attributes:
        name: Name of the dataset.
        section: Its section of a study file.
        parts: Official parts that folds are made of; empty: all images.
        image_size: Height and width, in pixels, that networks shall see.
        folds: How many folds it is split into.
    """

    name: str
    section: Mapping[str, Any]
    parts: Sequence[str]
    image_size: int
    folds: int


def trial_study(
    target: Target,
    points: Sequence[StartingPoint],
    *,
    epochs: int,
    seed: int,
    known: Study | None,
) -> Study:
    """Build the study whose runs verify a recommendation.

    Args:
        target: The images a start is looked for.
        points: What can be started from here; rows of one source have one start.
        epochs: Of a whole training.
        seed: Of every training.
        known: Study that the starting points were pretrained in, if any; its datasets and its
            recipe of pretraining are taken over, so that these runs keep their keys.

    Raises:
        ConfigError: If the study could not be run, or the target is called like a dataset that a
            starting point was pretrained on.
    """
    of_source: dict[str, list[StartingPoint]] = {}
    for point in points:
        _check_name(point, target.name)
        of_source.setdefault(point.source, []).append(point)
    table: dict[str, Any] = {
        "title": title_of(target.name),
        "networks": list(dict.fromkeys(point.network for point in points)),
        "seeds": [seed],
        "datasets": _datasets(target),
        "sources": {name: _source(rows, target, known) for name, rows in of_source.items()},
        "targets": {target.name: {"dataset": target.name}},
        "arms": _arms(of_source, epochs),
        "finetune": {"image_size": target.image_size, "epochs": epochs},
        "protocol": {"folds": target.folds},
    }
    if RANDOM not in of_source:  # the baseline of every study; none of its runs is done
        table["sources"][RANDOM] = {"networks": [points[0].network]}
    if known is not None:
        told = known.model_dump(mode="json", exclude_none=True)
        table["pretrain"] = told["pretrain"]
        table["datasets"] = told["datasets"] | table["datasets"]
        table["protocol"]["threads"] = known.protocol.threads
    return build_study(table, where=f"the study of {target.name}")


def title_of(target: str) -> str:
    """Title of the trial study of a target."""
    return f"{target}: which start?"


def round_of(arm: str) -> str:
    """The round that an arm belongs to: both arms of short trainings are of one."""
    return SHORT if arm == SHORT_RANDOM else arm


def _arms(of_source: Mapping[str, Sequence[StartingPoint]], epochs: int) -> dict[str, Any]:
    """Short and whole trainings; a study's random weights are trained longer than others."""
    randoms = [n for n, rows in of_source.items() if parse_start(rows[0].start).kind == "random"]
    learned = [name for name in of_source if name not in randoms]
    short = max(1, round(epochs * SHORT_SHARE))
    arms = {
        SHORT: {"finetune": {"epochs": short}, "sources": learned},
        SHORT_RANDOM: {"finetune": {"epochs": RANDOM_EPOCHS * short}, "sources": randoms},
    }
    return {name: arm for name, arm in arms.items() if arm["sources"]} | {FULL: {}}


def _datasets(target: Target) -> dict[str, Any]:
    if not target.parts:
        return {target.name: dict(target.section)}
    whole = f"{target.name}-all-parts"
    part = {"derive": whole, "subset": {"parts": list(target.parts)}}
    return {whole: dict(target.section), target.name: part}


def _source(rows: Sequence[StartingPoint], target: Target, known: Study | None) -> dict[str, Any]:
    size = common_size(rows, target.image_size)
    section: dict[str, Any] = {
        "start": rows[0].start,
        "networks": list(dict.fromkeys(row.network for row in rows)),
    }
    if known is not None and rows[0].source in known.sources:
        section["pretrain"] = known.sources[rows[0].source].pretrain
    if size != target.image_size:
        section["finetune"] = {"image_size": size}
    return section


def _check_name(point: StartingPoint, target: str) -> None:
    """Of two datasets of one name, the study would know but one."""
    start = parse_start(point.start)
    if start.kind == "dataset" and start.argument == target:
        raise ConfigError(
            f"The images are called {target!r}, as is the dataset that {point.name} was pretrained "
            "on; give their folder or file another name."
        )
