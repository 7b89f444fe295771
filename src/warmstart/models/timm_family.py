"""Every network of timm by its name: architectures and published weights."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from warmstart.models.torchvision_wheel import mend_torchvision

mend_torchvision()

import timm  # noqa: E402
from huggingface_hub import try_to_load_from_cache  # noqa: E402
from timm.layers.norm_act import convert_sync_batchnorm  # noqa: E402
from timm.models import (  # noqa: E402
    get_pretrained_cfg,
    list_pretrained,
    load_model_config_from_hf,
)


@cache
def names() -> Sequence[str]:
    """All networks timm can build."""
    return tuple(timm.list_models())


@cache
def tags(network: str) -> Sequence[str]:
    """The tags of the weights published for a network, first the one timm takes by default."""
    found = [name.partition(".") for name in list_pretrained(f"{network}*")]
    config: Any = get_pretrained_cfg(network)
    own = [tag for name, _, tag in found if name == network]
    return tuple(sorted(own, key=lambda tag: tag != config.tag))


def build(
    network: str,
    outputs: int,
    *,
    pretrained_tag: str | None = None,
    channels: tuple[int, ...] | None = None,
) -> nn.Module:
    """Build a timm network; downloads its weights where a tag is named.

    A ResNet may be given other widths of its blocks than those of its name.
    """
    widths: dict[str, Any] = {"channels": channels} if channels else {}
    name = f"{network}.{pretrained_tag}" if pretrained_tag else network
    model: nn.Module = timm.create_model(
        name,
        pretrained=pretrained_tag is not None,
        num_classes=outputs,
        drop_rate=0.0,
        **arguments(network),
        **widths,
    )
    return model


def build_from_hub(repository: str) -> nn.Module:
    """Download a network in timm's format, with its weights, from ``OWNER/NAME`` on the hub."""
    model: nn.Module = timm.create_model(f"hf-hub:{repository}", pretrained=True, drop_rate=0.0)
    return model


def hub_network(repository: str) -> str:
    """Download what a repository on the hub says of itself; return the network it holds."""
    _, network, _ = load_model_config_from_hf(repository)
    return str(network)


def is_cached(repository: str) -> bool:
    """Whether the hub's cache on this machine holds the weights of ``OWNER/NAME[@REVISION]``."""
    return cached_file(repository) is not None


def cached_file(repository: str) -> Path | None:
    """The file of the weights of ``OWNER/NAME[@REVISION]`` in the hub's cache on this machine."""
    name, _, revision = repository.partition("@")
    found = try_to_load_from_cache(name, "model.safetensors", revision=revision or None)
    return Path(found) if isinstance(found, str) else None


@cache
def arguments(network: str) -> Mapping[str, Any]:
    """What ``timm.create_model`` must be told beside the name and the number of outputs.

    Networks of a fixed input size, vision transformers above all, take images of other sizes
    where timm can resample their position embedding.
    """
    config: Any = get_pretrained_cfg(network)
    if config is None or not config.fixed_input_size:
        return {}
    flexible: dict[str, Any] = {"dynamic_img_size": True}
    try:
        with torch.device("meta"):
            timm.create_model(network, num_classes=1, **flexible)
    except TypeError:  # the network takes no such argument
        return {}
    return flexible


def synchronised(model: nn.Module) -> nn.Module:
    """Let batch norms, of any family, count over all GPUs of a process group; names stay."""
    found: nn.Module = convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
    return found


def opening(network: str, outputs: int) -> tuple[str, str]:
    """Plain timm that makes a network anew: an import, and an expression."""
    more = "".join(f", {name}={value}" for name, value in arguments(network).items())
    return "import timm", f'timm.create_model("{network}", num_classes={outputs}{more})'


def published_size(network: str, tag: str | None = None) -> int | None:
    """The image size that a network's published weights are for, in pixels."""
    config: Any = get_pretrained_cfg(f"{network}.{tag}" if tag else network)
    return int(config.input_size[-1]) if config else None


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
