"""What a network's linear layer reads of images, and which classes the network sees in them."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from warmstart.embed.probe import Probe
from warmstart.models.architectures import linear_layer, pooled_features


@dataclass(frozen=True, eq=False)
class Features:
    """What a network says of n images.

    Attributes:
        pooled: Input of the linear layer, float32 (n, d).
        probabilities: Probability of each of the network's own classes, float32 (n, z); ``None``
            where its linear layer was not trained.
    """

    pooled: NDArray[np.float32]
    probabilities: NDArray[np.float32] | None


@torch.no_grad()
def features(probe: Probe, images: NDArray[np.uint8]) -> Features:
    """Return pooled features and class probabilities of prepared images.

    Args:
        probe: The network.
        images: Prepared images, uint8 (n, size, size, c).

    Raises:
        DataError: If the images are not such an array.
    """
    layer = linear_layer(probe.model)
    pooled, probabilities = [], []
    for _, batch in probe.batches(images):
        found = pooled_features(probe.model, batch)
        pooled.append(found.cpu())
        if probe.has_classes:
            probabilities.append(layer(found).softmax(1).cpu())
    if not pooled:
        pooled = [torch.empty(0, layer.in_features)]
        probabilities = [torch.empty(0, layer.out_features)]
    own = torch.cat(probabilities).numpy() if probe.has_classes else None
    return Features(torch.cat(pooled).numpy(), own)
