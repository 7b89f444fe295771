"""Whether weights fit a network."""

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from warmstart.errors import WeightsError
from warmstart.models.architectures import linear_layer, linear_name, skeleton
from warmstart.models.stages import Stage

Tensors = Mapping[str, torch.Tensor]
COLOURS = 3


def check_backbone(
    model: nn.Module,
    tensors: Tensors,
    *,
    what: str,
    network: str,
    taken: Sequence[Stage] | None = None,
) -> dict[str, torch.Tensor]:
    """Return the weights of these stages, by default of all, without the linear layer.

    Raises:
        WeightsError: If one is missing, left over, or of another shape.
    """
    head = linear_name(model) + "."

    def backbone(every: Tensors) -> dict[str, torch.Tensor]:
        names = (name for name in every if not name.startswith(head))
        if taken is not None:
            names = (name for name in names if any(stage.holds(name) for stage in taken))
        return {name: every[name] for name in names}

    every = model.state_dict()
    wanted, given = backbone(every), backbone(tensors)
    in_one = wanted.keys() ^ given.keys()  # two shapes say more than an unknown name
    for name in sorted(wanted.keys() | given.keys(), key=lambda name: (name in in_one, name)):
        problem = _misfit(wanted.get(name), given.get(name))
        if problem:
            if not any(wanted[shared].ndim > 1 for shared in wanted.keys() & given.keys()):
                problem += _first_layers(every, tensors)
            raise WeightsError(
                f"The weights {what!r} do not fit {network!r}: {name} {problem}. "
                "Name the network they were trained with, or another start."
            )
    return given


def check_linear_layer(
    tensors: Tensors, network: str, *, what: str, classes: int | None = None
) -> int | None:
    """Return how many outputs weights have; ``None`` where they come without a linear layer.

    Args:
        tensors: The weights by name.
        network: Name of the network.
        what: What a message calls the weights.
        classes: How many classes they are said to tell apart; ``None`` where nothing is said.

    Raises:
        WeightsError: If the linear layer does not belong to the network, or has not one output
            for each class.
    """
    model = skeleton(network)
    names = [f"{linear_name(model)}.{part}" for part in ("weight", "bias")]
    given = [tensors.get(name) for name in names]
    if given[0] is None:
        return None
    outputs = classes or int(given[0].shape[0] if given[0].ndim else 1)
    features = linear_layer(model).in_features
    wanted = [torch.empty(shape, device="meta") for shape in ((outputs, features), (outputs,))]
    for name, expected, found in zip(names, wanted, given, strict=True):
        problem = _misfit(expected, found)
        if problem:
            whom, cure = f"{network!r}", "Name the network they were trained with"
            if classes is not None:
                whom = f"the {classes} classes stated beside them"
                cure = "Keep model.safetensors and preprocess.json of one run together"
            raise WeightsError(f"The weights {what!r} do not fit {whom}: {name} {problem}. {cure}.")
    return outputs


def _first_layers(wanted: Tensors, given: Tensors) -> str:
    """What tells architectures apart that share no layer: what they begin with."""
    found, expected = _first_layer(given), _first_layer(wanted)
    return f"; the first layer is {found}, expected {expected}" if found and expected else ""


def _first_layer(tensors: Tensors) -> str | None:
    """Name and shape of what reads the image; where nothing reads colours, of the first layer.

    A file keeps its tensors by name, not in the order in which they are used.
    """
    layers = [(name, tuple(value.shape)) for name, value in tensors.items() if value.ndim > 1]
    reading = [layer for layer in layers if len(layer[1]) == 4 and layer[1][1] == COLOURS]
    first = next(iter((*reading, *layers)), None)
    return None if first is None else f"{first[0]} of shape {first[1]}"


def _misfit(wanted: torch.Tensor | None, given: torch.Tensor | None) -> str | None:
    if given is None:
        return "is missing"
    if wanted is None:
        return "is not part of this network"
    if wanted.shape != given.shape:
        return f"has shape {tuple(given.shape)}, expected {tuple(wanted.shape)}"
    return None
