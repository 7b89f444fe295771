"""Squared gradients of every image by itself, found in one pass over a batch.

Of a layer with weights, one number per output of the layer is kept: the mean over the weights of
that output (a filter, a row of a matrix, a scale) of the squared gradient.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812
from torch.overrides import TorchFunctionMode

from warmstart.models.architectures import linear_layer

Squares = Callable[[torch.Tensor], torch.Tensor]
"""From the gradient of a layer's output to one number per image and output, (n, outputs)."""

_ARGUMENTS: Mapping[Any, Sequence[str]] = {
    F.conv2d: ("input", "weight", "bias", "stride", "padding", "dilation", "groups"),
    F.linear: ("input", "weight", "bias"),
    F.batch_norm: (
        *("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
    ),
    F.layer_norm: ("input", "normalized_shape", "weight", "bias", "eps"),
    F.group_norm: ("input", "num_groups", "weight", "bias", "eps"),
}


def weighted_layers(model: nn.Module) -> dict[str, nn.Parameter]:
    """Weights of all layers that have some but the last linear one, from input to output."""
    head = linear_layer(model)
    return {
        name: module.weight
        for name, module in model.named_modules()
        if module is not head and isinstance(getattr(module, "weight", None), nn.Parameter)
    }


def mean_squares(gradient: torch.Tensor) -> torch.Tensor:
    """Mean of the squares over the weights of each output, as float64, shape (outputs,)."""
    squares = gradient.to(torch.float64).square()
    return squares.flatten(1).mean(1) if squares.ndim > 1 else squares


class EachImage(TorchFunctionMode):
    """While it is active, layers leave a note of what their weights' gradients are made of.

    Args:
        weights: The weights that are watched, by name.
        images: Number of images n in a batch.
        passes: Number of backward passes that will follow a forward pass.
        note: Told the layer and its squared gradients (n, outputs) in each backward pass.
    """

    def __init__(
        self,
        weights: Mapping[str, nn.Parameter],
        images: int,
        passes: int,
        note: Callable[[str, torch.Tensor], None],
    ) -> None:
        super().__init__()
        self._names = {id(weight): name for name, weight in weights.items()}
        self._images, self._passes, self._note = images, passes, note

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call ``func``; where it is a layer with watched weights, listen to its output."""
        out = func(*args, **(kwargs or {}))
        named = dict(zip(_ARGUMENTS.get(func, ()), args, strict=False)) | dict(kwargs or {})
        name = self._names.get(id(named.get("weight")))
        if func not in _ARGUMENTS or name is None:
            return out
        if not out.requires_grad:
            out = out.requires_grad_().clone()  # what follows may write into it
        with torch.no_grad():
            squares = _SQUARES[func](named, self._images, self._passes)
        out.register_hook(lambda gradient: self._note(name, squares(gradient)))
        return out


def _of_convolution(named: Mapping[str, Any], images: int, passes: int) -> Squares:
    weight, groups = named["weight"], named.get("groups", 1)
    patches = _patches(named)
    places = patches.shape[2]
    patches = patches.reshape(images * groups, -1, places)
    squares = _of_product(patches, len(weight) // groups, passes)
    return lambda gradient: squares(gradient.reshape(images * groups, -1, places)).reshape(
        images, -1
    )


def _patches(named: Mapping[str, Any]) -> torch.Tensor:
    """What a convolution's filters see at each place: (n, channels x kernel, places)."""
    x, kernel = named["input"], named["weight"].shape[2:]
    stride, dilation = named.get("stride", 1), named.get("dilation", 1)
    padding = named.get("padding", 0)
    if padding == "same":
        steps = (dilation, dilation) if isinstance(dilation, int) else dilation
        beyond = [step * (k - 1) for step, k in zip(steps, kernel, strict=True)]
        x = F.pad(x, [side for b in reversed(beyond) for side in (b // 2, b - b // 2)])
        padding = 0
    return F.unfold(x, kernel, dilation, 0 if padding == "valid" else padding, stride)


def _of_linear(named: Mapping[str, Any], images: int, passes: int) -> Squares:
    x = named["input"].reshape(images, -1, named["input"].shape[-1]).mT
    squares = _of_product(x, len(named["weight"]), passes)
    return lambda gradient: squares(gradient.reshape(images, -1, gradient.shape[-1]).mT)


def _of_product(x: torch.Tensor, outputs: int, passes: int) -> Squares:
    """Mean squares of the rows of ``gradient @ x.mT``, for (b, outputs, p) and (b, k, p).

    With few places the matrix x'x is smaller than the product, and serves all passes.
    """
    k, p = x.shape[1:]
    if p * (k / passes + outputs) > outputs * k:
        return lambda gradient: (gradient @ x.mT).square().mean(2)
    inner = x.mT @ x
    return lambda gradient: ((gradient @ inner) * gradient).sum(2).clamp(min=0) / k


def _of_batch_norm(named: Mapping[str, Any], images: int, passes: int) -> Squares:
    x, mean, variance = named["input"], named["running_mean"], named["running_var"]
    spread = (variance + named.get("eps", 1e-5)).sqrt()

    def squares(gradient: torch.Tensor) -> torch.Tensor:
        gradient = gradient.flatten(2)
        seen = (gradient * x.flatten(2)).sum(2) - mean * gradient.sum(2)
        squared: torch.Tensor = (seen / spread).square()
        return squared

    return squares


def _of_layer_norm(named: Mapping[str, Any], images: int, passes: int) -> Squares:
    normalised = F.layer_norm(named["input"], named["normalized_shape"], eps=named.get("eps", 1e-5))
    outputs = named["weight"].numel()
    return lambda gradient: (gradient * normalised).reshape(images, -1, outputs).sum(1).square()


def _of_group_norm(named: Mapping[str, Any], images: int, passes: int) -> Squares:
    normalised = F.group_norm(named["input"], named["num_groups"], eps=named.get("eps", 1e-5))
    return lambda gradient: (gradient * normalised).flatten(2).sum(2).square()


_SQUARES: Mapping[Any, Callable[[Mapping[str, Any], int, int], Squares]] = {
    F.conv2d: _of_convolution,
    F.linear: _of_linear,
    F.batch_norm: _of_batch_norm,
    F.layer_norm: _of_layer_norm,
    F.group_norm: _of_group_norm,
}
