"""Which weights of a network learn, and how fast."""

from collections.abc import Callable, Sequence

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from warmstart.errors import ConfigError
from warmstart.models.architectures import linear_layer
from warmstart.models.stages import Stage
from warmstart.training.recipe import Recipe

Stages = Callable[[], Sequence[Stage]]
"""Returns the stages of the network, from input to output; called where a recipe counts them."""


def choose_trained(
    model: nn.Module, recipe: Recipe, *, head_only: bool, stages: Stages
) -> dict[float, list[nn.Parameter]]:
    """Freeze what the recipe freezes; return the rest by its share of the learning rate.

    Weights that belong to no stage, such as a norm before the linear layer, go with the head.

    Args:
        model: The network; ``requires_grad`` of its weights is set.
        recipe: How to train.
        head_only: Train the linear layer only, whatever the recipe says of stages.
        stages: Names the stages, where the recipe counts them.

    Raises:
        ConfigError: If the recipe speaks of stages that the network does not have.
    """
    found = [] if head_only else stages_spoken_of(recipe, stages)
    frozen = recipe.frozen_stages if recipe.last_stages is None else len(found) - recipe.last_stages
    head = {id(parameter) for parameter in linear_layer(model).parameters()}
    norms = _batch_norms(model) if recipe.freeze_batch_norm else set()
    trained: dict[float, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        in_head = id(parameter) in head
        stage = len(found) if in_head else _stage_of(name, found)
        still = not in_head and (head_only or stage < frozen or id(parameter) in norms)
        parameter.requires_grad_(not still)
        if not still:
            share = recipe.layer_decay ** (len(found) - stage)
            trained.setdefault(share, []).append(parameter)
    return trained


def stages_spoken_of(recipe: Recipe, stages: Stages) -> Sequence[Stage]:
    """Return the stages, where a key of the recipe counts them.

    Raises:
        ConfigError: If it counts more than there are, or there are none.
    """
    counted = {"frozen_stages": recipe.frozen_stages, "last_stages": recipe.last_stages or 0}
    key, number = max(counted.items(), key=lambda item: item[1])
    if not number and recipe.layer_decay == 1:
        return []
    found = stages()
    if not found:
        raise ConfigError(
            "frozen_stages, last_stages and layer_decay count stages, and this network names none."
        )
    if number > len(found):
        names = ", ".join(stage.name for stage in found)
        raise ConfigError(f"{key} = {number}, but this network has {len(found)} stages: {names}.")
    return found


def still_modules(model: nn.Module) -> list[nn.Module]:
    """The parts of a network that do not learn at all.

    They stay in evaluation mode: a batch norm that would go on counting statistics is not frozen.
    """
    return [
        module
        for module in model.modules()
        if any(True for _ in module.parameters())
        and not any(parameter.requires_grad for parameter in module.parameters())
    ]


def _stage_of(name: str, stages: Sequence[Stage]) -> int:
    """Number of the stage that holds a parameter; how many there are where none does."""
    holding = (number for number, stage in enumerate(stages) if stage.holds(name))
    return next(holding, len(stages))


def _batch_norms(model: nn.Module) -> set[int]:
    norms = (module for module in model.modules() if isinstance(module, _BatchNorm))
    return {id(parameter) for norm in norms for parameter in norm.parameters()}
