"""A network that looks at images and learns nothing, and how images are shown to it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from warmstart.errors import DataError
from warmstart.models.architectures import build_network
from warmstart.models.fit import check_linear_layer
from warmstart.models.pretrained import load_backbone
from warmstart.models.weights import tensors_digest
from warmstart.training.batches import Batches

_PIXELS = 2**18
"""Pixels of a batch: 64 images of 64 x 64, 5 of 224 x 224."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Probe:
    """A network in evaluation mode.

    Attributes:
        network: Name of the network.
        model: The network, on its device; its parameters need no gradients.
        digest: Digest of all its weights, which names what was computed with it.
        mean: Per-channel mean that its weights expect, for values in 0..1.
        std: Per-channel standard deviation.
        has_classes: Whether its linear layer came with the weights, so that its class
            probabilities mean something.
    """

    network: str
    model: nn.Module
    digest: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    has_classes: bool = False

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.model.parameters()).device

    def batches(self, images: NDArray[np.uint8]) -> Iterator[tuple[slice, torch.Tensor]]:
        """Yield the rows of each batch and its normalised images (b, 3, size, size).

        Args:
            images: Prepared images, uint8 (n, size, size, c), c 1 or 3.

        Raises:
            DataError: If they are not.
        """
        if images.ndim != 4 or images.dtype != np.uint8 or images.shape[3] not in (1, 3):
            raise DataError(
                f"images are {images.dtype} of shape {images.shape}; expected uint8 "
                "(n, size, size, 1 or 3), as data.prepare makes them."
            )
        shown = Batches(
            images=images,
            rows=np.arange(len(images)),
            labels=torch.zeros(len(images), dtype=torch.int64),
            mean=self.mean,
            std=self.std,
            device=self.device,
        )
        step = max(1, _PIXELS // int(np.prod(images.shape[1:3])))
        for first in range(0, len(images), step):
            rows = np.arange(first, min(first + step, len(images)))
            yield slice(first, first + len(rows)), shown.read(rows)


def make_probe(
    network: str,
    tensors: dict[str, torch.Tensor],
    *,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    device: str = "cpu",
) -> Probe:
    """Make a probe of a network and its weights.

    Args:
        network: Name of the network.
        tensors: Its weights by name; with those of its linear layer it has classes of its own.
        mean: Per-channel mean that the weights expect, for values in 0..1.
        std: Per-channel standard deviation.
        device: ``"cpu"``, ``"cuda"``, ...

    Raises:
        WeightsError: If the weights, those of the linear layer included, do not fit the network.
    """
    outputs = check_linear_layer(tensors, network, what="probe")
    model = build_network(network, outputs or 2, seed=0)
    load_backbone(model, tensors, what="probe", network=network)
    if outputs is not None:
        model.load_state_dict(tensors, strict=False)
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Probe(
        network=network,
        model=model.eval().requires_grad_(False),
        digest=tensors_digest(model.state_dict()),
        mean=mean,
        std=std,
        has_classes=outputs is not None,
    )
