"""What training a network takes of memory: counted on shapes, without an image."""

import copy
from functools import cache

import torch
from torch import nn

from warmstart.models.architectures import skeleton

_PER_PARAMETER = 16
"""Bytes: the weight, its gradient, and the two means that Adam keeps of it."""
_IMAGES = 2
"""Batch norm refuses a batch of one where a feature map is a single pixel."""


def training_memory(network: str, image_size: int, batch_size: int) -> int:
    """Return the bytes that a training step of all layers holds at once, in single precision.

    Weights, gradients and what Adam keeps of them, and of each image of the batch what the way
    forward keeps for the way back. What libraries need for their work comes on top.

    Args:
        network: Name of the network.
        image_size: Height and width of the images, in pixels.
        batch_size: Images of a step.

    Raises:
        UnknownNameError: If no family knows the network.
    """
    weights = sum(parameter.numel() for parameter in skeleton(network).parameters())
    return _PER_PARAMETER * weights + batch_size * kept_per_image(network, image_size)


@cache
def kept_per_image(network: str, image_size: int) -> int:
    """Return the bytes that the way forward of one image keeps for the way back."""
    model = copy.deepcopy(skeleton(network)).train()
    images = torch.zeros(_IMAGES, 3, image_size, image_size, device="meta")
    return kept_bytes(model, images) // _IMAGES


def kept_bytes(model: nn.Module, images: torch.Tensor) -> int:
    """Return the bytes that autograd keeps of a batch, its images among them.

    Tensors that share their memory count once, and the weights, which are there anyway, never.
    """
    kept: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[storage._cdata] = storage  # held, so that no later one gets its number
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(images)
    own = {tensor.untyped_storage()._cdata for tensor in model.state_dict().values()}
    return sum(storage.nbytes() for number, storage in kept.items() if number not in own)
