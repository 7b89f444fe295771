"""The stages of a network, in order from input to output, and which tensors each holds.

Transfusion, freezing, layer-wise learning rates and comparisons of representations share them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from warmstart.core.names import hint
from warmstart.errors import ConfigError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Stage:
    """A part of a network.

    Attributes:
        name: ``conv1`` or ``stem``, ``block1``, ``block2``, ..., ``last``; ``conv1``, ``conv2``,
            ... in CBR networks.
        prefixes: Names of the modules, parameters or buffers that it holds with all below them.
    """

    name: str
    prefixes: tuple[str, ...]

    def holds(self, tensor: str) -> bool:
        """Whether a parameter or buffer of this name belongs to the stage."""
        return any(prefix in self.prefixes for prefix in _ancestry(tensor))


@cache
def stages(network: str) -> tuple[Stage, ...]:
    """The stages of a network, in order from input to output.

    Together they hold every parameter and buffer once, but those of the linear layer.

    Raises:
        UnknownNameError: If no family knows the network.

    Example:
        >>> [stage.name for stage in stages("resnet18")]
        ['conv1', 'block1', 'block2', 'block3', 'block4']
    """
    from warmstart.models.architectures import family_of, linear_name, skeleton  # loads PyTorch

    model = skeleton(network)
    every = list(_tensors(model))
    head = linear_name(model) + "."
    backbone = [tensor for tensor in every if not tensor.startswith(head)]
    return _stages(family_of(network).stage_names(model, backbone), every)


def check_stage(network: str, stage: str) -> None:
    """Refuse a stage that a network does not have.

    Raises:
        ConfigError: If there is none of this name.
        UnknownNameError: If no family knows the network.
    """
    known = [one.name for one in stages(network)]
    if stage not in known:
        raise ConfigError(
            f"The network {network!r} has no stage {stage!r}.{hint(stage, known)} "
            f"Known, from input to output: {', '.join(known)}."
        )


def stages_upto(network: str, stage: str) -> tuple[Stage, ...]:
    """The stages from the first to the one named, which is among them.

    Raises:
        ConfigError: If there is none of this name.
    """
    check_stage(network, stage)
    every = stages(network)
    return every[: [one.name for one in every].index(stage) + 1]


def _stages(stage_of: Mapping[str, str], every: Iterable[str]) -> tuple[Stage, ...]:
    held: dict[str, list[str]] = {}
    for tensor, stage in stage_of.items():
        held.setdefault(stage, []).append(tensor)
    totals = Counter(prefix for tensor in every for prefix in _ancestry(tensor))
    return tuple(Stage(name, _prefixes(tensors, totals)) for name, tensors in held.items())


def _prefixes(tensors: Iterable[str], totals: Mapping[str, int]) -> tuple[str, ...]:
    """The shortest names that stand for these tensors and for no other."""
    own = Counter(prefix for tensor in tensors for prefix in _ancestry(tensor))
    shortest = (next(p for p in _ancestry(t) if own[p] == totals[p]) for t in tensors)
    return tuple(dict.fromkeys(shortest))


def _ancestry(tensor: str) -> Iterator[str]:
    parts = tensor.split(".")
    return (".".join(parts[: n + 1]) for n in range(len(parts)))


def _tensors(model: "nn.Module") -> Iterator[str]:
    """Names of all parameters and buffers, also of buffers that are not stored."""
    for module_name, module in model.named_modules(remove_duplicate=False):
        for name, value in [*module._parameters.items(), *module._buffers.items()]:
            if value is not None:
                yield f"{module_name}.{name}".removeprefix(".")
