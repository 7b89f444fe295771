"""Which recipe a run follows: general, source, target, pair, then arm; the last one wins.

An arm says how a target is used. It comes last, because its values are what sets it apart from the
other arms of the study.
"""

import json
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

from pydantic import ValidationError

from warmstart.models.starts import parse_start
from warmstart.studies.config import ArmSection, SourceSection, Study
from warmstart.studies.messages import describe
from warmstart.training.recipe import COMBINATION, PRETRAIN_DEFAULTS, RANDOM_EPOCHS, Recipe


def pretrain_recipe(study: Study, source: SourceSection) -> Recipe:
    """The recipe that makes a source."""
    return _recipe(PRETRAIN_DEFAULTS | study.pretrain | source.pretrain)


def finetune_recipe(
    study: Study,
    name: str,
    source: SourceSection,
    target: str,
    arm: ArmSection,
    trial: Mapping[str, Any],
) -> Recipe:
    """The recipe that takes a source to a target in an arm, with a trial's values where one tunes.

    Where the start is random and none of source, pair and arm names epochs, it trains three times
    as long.
    """
    changes = study.finetune | source.finetune
    if target in study.targets:
        changes |= study.targets[target].finetune
    pair = study.pairs.get(f"{name}->{target}")
    of_pair = pair.finetune if pair else {}
    changes |= of_pair | arm.finetune
    named = any("epochs" in level for level in (source.finetune, of_pair, arm.finetune))
    if parse_start(source.start).kind == "random" and not named:
        changes |= {"epochs": RANDOM_EPOCHS * _recipe(changes).epochs}
    return _recipe(changes | dict(trial))


def trials(study: Study) -> list[dict[str, Any]]:
    """Every combination of the grid, the same for every source; one empty one where none tunes."""
    return [dict(zip(study.tune, values, strict=True)) for values in product(*study.tune.values())]


def trial_name(trial: Mapping[str, Any]) -> str:
    """How tables call a trial: ``learning_rate=0.001``."""
    return ", ".join(f"{name}={value}" for name, value in trial.items())


def recipe_problems(changes: Mapping[str, Any], where: str) -> list[str]:
    """What is wrong with a part of a recipe."""
    try:
        _recipe(changes)
    except ValidationError as error:
        return [
            describe(problem, where, Recipe.model_fields)
            for problem in error.errors()
            if problem["type"] != COMBINATION  # another level may name the other key
        ]
    return []


def merged_problem(build: Callable[[], Recipe], where: str) -> list[str]:
    """What is wrong with a recipe whose levels are put together."""
    try:
        build()
    except ValidationError as error:
        return [describe(problem, where, Recipe.model_fields) for problem in error.errors()]
    return []


def needs_validation(study: Study) -> bool:
    """Whether something is chosen on a validation part: values of a grid, or when to stop.

    All sources of a study then train on equally many images.
    """
    return bool(early_stops(study) or study.tune)


def early_stops(study: Study) -> list[str]:
    """The tables of the study file in which a fine-tuning is told to stop early."""
    levels = [("finetune", study.finetune)]
    for kind in ("sources", "targets", "pairs", "arms"):
        for name, section in getattr(study, kind).items():
            shown = repr(name) if kind == "pairs" else name
            levels.append((f"{kind}.{shown}.finetune", section.finetune))
    return [where for where, level in levels if level.get("early_stopping") is not None]


def _recipe(changes: Mapping[str, Any]) -> Recipe:
    return Recipe.model_validate_json(json.dumps(dict(changes), default=str))
