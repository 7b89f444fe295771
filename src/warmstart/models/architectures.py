"""The table of architectures: families of networks, each known by the names it answers to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import nn

from warmstart.core.names import hint
from warmstart.errors import ConfigError, UnknownNameError
from warmstart.models import cbr, slim, timm_family, timm_stages

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
        stage_names: Stage of each of the named tensors, in order from input to output.
        published_size: Image size its weights were published for; ``None`` where there are none.
        opening: Python that makes the network anew with so many outputs: an import, an expression.
    """

    name: str
    names: Callable[[], Sequence[str]]
    build: Callable[[str, int], nn.Module]
    normalisation: Callable[[str], tuple[tuple[float, ...], tuple[float, ...]]]
    stage_names: Callable[[nn.Module, Sequence[str]], Mapping[str, str]]
    published_size: Callable[[str], int | None]
    opening: Callable[[str, int], tuple[str, str]]


FAMILIES = (
    Family(
        name="timm",
        names=timm_family.names,
        build=timm_family.build,
        normalisation=timm_family.normalisation,
        stage_names=timm_stages.stage_names,
        published_size=timm_family.published_size,
        opening=timm_family.opening,
    ),
    Family(
        name="CBR",
        names=cbr.names,
        build=cbr.build,
        normalisation=cbr.normalisation,
        stage_names=cbr.stage_names,
        published_size=lambda network: None,
        opening=cbr.opening,
    ),
    Family(
        name="slim",
        names=slim.names,
        build=slim.build,
        normalisation=slim.normalisation,
        stage_names=timm_stages.stage_names,
        published_size=slim.published_size,
        opening=slim.opening,
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
        f"Unknown network {network!r}.{hint(network, known)} Any of the "
        f"{len(timm_family.names())} names of timm.list_models() is known, and "
        f"{', '.join((*cbr.names(), *slim.names()))}."
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


def opening_lines(network: str, outputs: int, *, file: str = "model.safetensors") -> str:
    """Write the four lines of Python that open stored weights of a network.

    Raises:
        UnknownNameError: If no family knows the name.
    """
    imported, expression = family_of(network).opening(network, outputs)
    return (
        f"{imported}\nfrom safetensors.torch import load_file\n\n"
        f'model = {expression}\nmodel.load_state_dict(load_file("{file}"))\n'
    )


@lru_cache(maxsize=16)
def skeleton(network: str) -> nn.Module:
    """Build a network without memory for its weights, in evaluation mode.

    It has every name and shape, and tells the shape of its outputs; do not change it.

    Raises:
        UnknownNameError: If no family knows the name.
        ConfigError: If the network does not end in one linear layer.
    """
    with torch.device("meta"):
        return build_network(network, 2, seed=0).eval()


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


def linear_name(model: nn.Module) -> str:
    """Return the linear layer's name within its network."""
    layer = linear_layer(model)
    names: dict[nn.Module, str] = {module: name for name, module in model.named_modules()}
    return names[layer]
