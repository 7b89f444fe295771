"""What each stored tensor of a network is for: weights, or a part of a normalisation layer."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal

from torch import nn

from warmstart.models.architectures import linear_name, skeleton

Role = Literal["weight", "norm_scale", "norm_shift", "norm_mean", "norm_var", "constant"]

_OF_NORM: dict[str, Role] = {
    "weight": "norm_scale",
    "bias": "norm_shift",
    "running_mean": "norm_mean",
    "running_var": "norm_var",
}


@cache
def roles(network: str) -> Mapping[str, Role]:
    """The role of each stored tensor of a network but those of the linear layer.

    ``weight`` is everything that is learned: kernels, matrices, biases, position embeddings,
    scales of whole branches. A normalisation layer is one that keeps running statistics, or whose
    only matrix is a vector, as in layer norm. ``constant`` is what nobody learns: counters and
    tables of indices.

    Raises:
        UnknownNameError: If no family knows the network.
    """
    model = skeleton(network)
    head = linear_name(model) + "."
    stored = model.state_dict().keys()
    found = {
        f"{place}.{name}".removeprefix("."): role
        for place, module in model.named_modules(remove_duplicate=False)
        for name, role in _roles_within(module)
    }
    return {name: found[name] for name in stored if not name.startswith(head)}


def _roles_within(module: nn.Module) -> Iterator[tuple[str, Role]]:
    of_norm = _OF_NORM if _is_norm(module) else {}
    for name in module._parameters:
        yield name, of_norm.get(name, "weight")
    for name in module._buffers:
        yield name, of_norm.get(name, "constant")


def _is_norm(module: nn.Module) -> bool:
    scale = getattr(module, "weight", None)
    is_vector = isinstance(scale, nn.Parameter) and scale.ndim == 1
    return is_vector or "running_mean" in module._buffers
