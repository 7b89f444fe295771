"""Every network of timm by its name: architectures and published weights."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from torch import nn

from warmstart.models.torchvision_wheel import mend_torchvision

mend_torchvision()

import timm  # noqa: E402
from timm.models import get_pretrained_cfg, list_pretrained  # noqa: E402

VERSION: str = timm.__version__


@cache
def names() -> Sequence[str]:
    """All networks timm can build."""
    return tuple(timm.list_models())


@cache
def tags(network: str) -> Sequence[str]:
    """The tags of the weights published for a network, best first."""
    found = [name.partition(".") for name in list_pretrained(f"{network}*")]
    return tuple(tag for name, _, tag in found if name == network)


def build(network: str, outputs: int, *, pretrained_tag: str | None = None) -> nn.Module:
    """Build a timm network; downloads its weights where a tag is named."""
    name = f"{network}.{pretrained_tag}" if pretrained_tag else network
    model: nn.Module = timm.create_model(
        name, pretrained=pretrained_tag is not None, num_classes=outputs, drop_rate=0.0
    )
    return model


def normalisation(
    network: str, tag: str | None = None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation, per channel of values in 0..1, of a network's weights."""
    config: Any = get_pretrained_cfg(f"{network}.{tag}" if tag else network)
    if config is None:
        return (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
    return tuple(config.mean), tuple(config.std)


def licence(network: str, tag: str) -> str:
    """The licence timm states for published weights, or ``"not stated"``."""
    config: Any = get_pretrained_cfg(f"{network}.{tag}")
    return (config and config.license) or "not stated"


def classes(network: str, tag: str) -> int:
    """How many outputs published weights have."""
    config: Any = get_pretrained_cfg(f"{network}.{tag}")
    return int(config.num_classes)
