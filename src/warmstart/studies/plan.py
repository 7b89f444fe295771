"""From a study to the runs that follow from it, each with the key of its question."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

from warmstart.core.identity import NUMBERS_VERSION, question_key
from warmstart.models.starts import parse_start
from warmstart.models.weights import Weights
from warmstart.studies.config import RANDOM, ArmSection, SourceSection, Study
from warmstart.studies.consistency import source_names, target_datasets
from warmstart.studies.recipes import (
    finetune_recipe,
    merged_problem,
    needs_validation,
    pretrain_recipe,
    trial_name,
    trials,
)
from warmstart.training.recipe import Recipe

COORDINATES = ["network", "source", "arm", "target", "seed", "fold"]


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """One training of a study: its place, its recipe, and the key of its question.

    Attributes:
        key: Names the question; runs with the same key are one.
        kind: ``"pretrain"`` or ``"finetune"``.
        network: Name of the network.
        source: Name of the source.
        arm: Name of the arm; empty for pretraining.
        target: Name of the target; empty for pretraining.
        dataset: The dataset that is trained on.
        seed: Seed of the run.
        fold: Fold that is tested; 0 for pretraining.
        tuned: The trial's values, empty where none are tuned.
        recipe: How it is trained.
        start: Where its weights come from, as in the study file.
        weights: The weights it starts from, if published or from a file.
        needs: Key of the pretraining run it starts from, if any.
        train_images: Size of the training part in this arm; ``None`` for all.
        head_only: Whether only the linear layer is trained.
        question: Everything that changes the run's numbers; ``key`` is its hash.
    """

    key: str
    kind: str
    network: str
    source: str
    arm: str = ""
    target: str = ""
    dataset: str
    seed: int
    fold: int = 0
    tuned: str = ""
    recipe: Recipe
    start: str = RANDOM
    weights: Weights | None = None
    needs: str | None = None
    train_images: int | None = None
    head_only: bool = False
    question: dict[str, Any]


Resolved = Mapping[tuple[str, str], Weights]
"""The weights of each (network, source) that starts from published weights or a file."""


Identities = Mapping[str, Mapping[str, Any]]
"""What names the images of each dataset in the question of a run."""


def plan(study: Study, identities: Identities, weights: Resolved) -> list[PlannedRun]:
    """Every run of a study, pretraining first.

    Args:
        study: What is asked.
        identities: Identity of every dataset that is trained on.
        weights: Weights of every cell that starts from some.
    """
    pretraining = {
        (run.network, run.source, run.seed): run for run in _pretraining(study, identities)
    }
    needed = {(c.network, c.source, c.seed) for c in cells(study)}
    runs = [run for place, run in pretraining.items() if place in needed]
    for cell in cells(study):
        origin = pretraining.get((cell.network, cell.source, cell.seed))
        found = weights.get((cell.network, cell.source))
        runs += [
            _finetuning(study, cell, trial, identities, origin, found) for trial in trials(study)
        ]
    return runs


def recipe_clashes(study: Study) -> list[str]:
    """What is wrong with recipes once their levels are put together, one line each."""
    found: dict[str, None] = {}
    for target in target_datasets(study):
        for name in sources_of(study, target):
            section = section_of(study, name)
            where = f"finetune, {name} -> {target}"
            for arm, trial in product(arms_of(study, name), trials(study)):
                of_arm = study.arms[arm]
                build = partial(finetune_recipe, study, name, section, target, of_arm, trial)
                which = f"{where}, arm {arm}" if of_arm.finetune else where
                found |= dict.fromkeys(merged_problem(build, which))
            if parse_start(section.start).kind == "dataset":
                build = partial(pretrain_recipe, study, section)
                found |= dict.fromkeys(merged_problem(build, f"pretrain, {name}"))
    return list(found)


def nothing_planned(study: Study) -> list[str]:
    """The targets that nothing is run on, because sources, arms and networks exclude one another.

    Returns:
        One line for each.
    """
    reached = {cell.target for cell in cells(study)}
    return [
        f"no run leads to the target {target!r}: no source goes with an arm and a network there."
        for target in target_datasets(study)
        if target not in reached
    ]


@dataclass(frozen=True)
class Cell:
    """One place of the results: what one AUC per label is measured for."""

    network: str
    source: str
    arm: str
    target: str
    seed: int
    fold: int


def cells(study: Study) -> Iterator[Cell]:
    """Every cell that is planned, in the order of the study file."""
    for network in study.networks:
        for target in target_datasets(study):
            for source in sources_of(study, target):
                for name, arm in study.arms.items():
                    if _is_planned(study, network, source, arm):
                        for seed in study.seeds:
                            for fold in range(folds_of(study)):
                                yield Cell(network, source, name, target, seed, fold)


def folds_of(study: Study) -> int:
    """How many folds are run: the official split is one."""
    return 1 if study.protocol.split == "official" else study.protocol.folds


def sources_of(study: Study, target: str) -> list[str]:
    """The sources of a target; with the paper's baseline also the target's own dataset."""
    named = source_names(study)
    names = [name for name in named if _is_for(section_of(study, name), target)]
    own = baseline_of(study, target)
    return names if own in names else [*names, own]


def _is_for(source: SourceSection, target: str) -> bool:
    return source.targets is None or target in source.targets


def arms_of(study: Study, source: str) -> list[str]:
    """The arms that a source is used in, with one network or another."""
    return [
        name
        for name, arm in study.arms.items()
        if any(_is_planned(study, network, source, arm) for network in study.networks)
    ]


def baseline_of(study: Study, target: str) -> str:
    """The source that is the baseline of a target.

    The paper's baseline is the network pretrained on the target itself and fine-tuned on it again;
    as a source it has the name of the target.
    """
    return target if study.protocol.baseline == "paper" else RANDOM


def section_of(study: Study, source: str) -> SourceSection:
    """A source's section of the study file, also of the two baselines, which need not be named."""
    if source in study.sources:
        return study.sources[source]
    start = RANDOM if source == RANDOM else f"dataset:{target_datasets(study)[source]}"
    return SourceSection(start=start, pretrain={}, finetune={})


def _is_planned(study: Study, network: str, source: str, arm: ArmSection) -> bool:
    of_source = section_of(study, source).networks
    return (
        (of_source is None or network in of_source)
        and (arm.networks is None or network in arm.networks)
        and (arm.sources is None or source in arm.sources)
    )


def _pretraining(study: Study, identities: Identities) -> Iterator[PlannedRun]:
    for place in dict.fromkeys((c.network, c.source, c.seed) for c in cells(study)):
        network, source, seed = place
        start = parse_start(section_of(study, source).start)
        if start.kind != "dataset":
            continue
        recipe = pretrain_recipe(study, section_of(study, source))
        question = _question(study, network, identities[start.argument], recipe, seed)
        question |= {"kind": "pretrain"}
        yield PlannedRun(
            key=question_key(question),
            question=question,
            kind="pretrain",
            network=network,
            source=source,
            dataset=start.argument,
            seed=seed,
            recipe=recipe,
        )


def _finetuning(
    study: Study,
    cell: Cell,
    trial: Mapping[str, Any],
    identities: Identities,
    origin: PlannedRun | None,
    weights: Weights | None,
) -> PlannedRun:
    dataset = target_datasets(study)[cell.target]
    arm = study.arms[cell.arm]
    section = section_of(study, cell.source)
    recipe = finetune_recipe(study, cell.source, section, cell.target, arm, trial)
    start = parse_start(section.start)
    question = _question(study, cell.network, identities[dataset], recipe, cell.seed) | {
        "kind": "finetune",
        "start": _start_identity(origin, weights),
        "arm": {"train_images": arm.train_images, "tune": arm.tune},
        "split": [study.protocol.split, folds_of(study), needs_validation(study)],
        "fold": cell.fold,
    }
    if start.transform is not None:
        question["transform"] = start.transform.identity
    return PlannedRun(
        key=question_key(question),
        question=question,
        kind="finetune",
        network=cell.network,
        source=cell.source,
        arm=cell.arm,
        target=cell.target,
        dataset=dataset,
        seed=cell.seed,
        fold=cell.fold,
        tuned=trial_name(trial),
        recipe=recipe,
        start=str(start),
        weights=weights,
        needs=origin.key if origin else None,
        train_images=arm.train_images,
        head_only=arm.tune == "head",
    )


def _question(
    study: Study, network: str, identity: Mapping[str, Any], recipe: Recipe, seed: int
) -> dict[str, Any]:
    return {
        "numbers_version": NUMBERS_VERSION,
        "network": network,
        **identity,
        "recipe": recipe.question(),
        "seed": seed,
        "threads": study.protocol.threads,
    }


def _start_identity(origin: PlannedRun | None, weights: Weights | None) -> object:
    if origin is not None:
        return {"run": origin.key}
    if weights is not None:
        return {"weights": weights.digest, "mean": weights.mean, "std": weights.std}
    return "random"
