"""The table of architectures: families of networks, each known by the names it answers to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from warmstart.core.names import hint
from warmstart.errors import ConfigError, UnknownNameError
from warmstart.models import timm_family

HEAD_STD = 0.01
"""Spread of a new linear layer's weights, the same for every network.

Families differ: EfficientNets draw them from +-1/sqrt(outputs), which for two classes starts with
logits so large that the first steps wreck the features a source has brought along.
"""


@dataclass(frozen=True)
class Family:
    """A family of networks.

    Attributes:
        name: What messages call it.
        names: All networks of the family.
        build: Network of a name with a linear layer of so many outputs, weights drawn from
            PyTorch's global generator.
        normalisation: Mean and standard deviation, per channel, the network expects when its
            weights bring none.
    """

    name: str
    names: Callable[[], Sequence[str]]
    build: Callable[[str, int], nn.Module]
    normalisation: Callable[[str], tuple[tuple[float, ...], tuple[float, ...]]]


FAMILIES = (
    Family(
        name="timm",
        names=timm_family.names,
        build=timm_family.build,
        normalisation=timm_family.normalisation,
    ),
)


def family_of(network: str) -> Family:
    """Return the family a network belongs to.

    Raises:
        UnknownNameError: If no family knows the name.
    """
    for family in FAMILIES:
        if network in family.names():
            return family
    known = [name for family in FAMILIES for name in family.names()]
    raise UnknownNameError(
        f"Unknown network {network!r}.{hint(network, known)} Any of the {len(known)} names of "
        "timm.list_models() is known."
    )


def build_network(network: str, outputs: int, *, seed: int) -> nn.Module:
    """Build a network with random weights drawn from a seed, on the CPU.

    It takes images (n, 3, h, w) and has timm's interface: ``forward_features``,
    ``forward_head(..., pre_logits=True)`` and ``get_classifier``.

    Raises:
        UnknownNameError: If no family knows the name.
        ConfigError: If the network does not end in one linear layer.
    """
    family = family_of(network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = family.build(network, outputs)
        if not _ends_in_linear_layer(model):
            raise ConfigError(
                f"The network {network!r} does not end in one linear layer, which is what a new "
                "target replaces; name another network."
            )
        head = linear_layer(model)
        nn.init.normal_(head.weight, std=HEAD_STD)
        nn.init.zeros_(head.bias)
    return model


def _ends_in_linear_layer(model: nn.Module) -> bool:
    layer = model.get_classifier()  # type: ignore[operator]
    return isinstance(layer, nn.Linear) and layer.bias is not None


def pooled_features(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Return what the linear layer reads: (n, 3, h, w) -> (n, d)."""
    features: torch.Tensor = model.forward_head(model.forward_features(images), pre_logits=True)  # type: ignore[operator]
    return features


def linear_layer(model: nn.Module) -> nn.Linear:
    """Return the linear layer that turns pooled features into outputs."""
    layer = model.get_classifier()  # type: ignore[operator]
    assert isinstance(layer, nn.Linear)
    return layer
