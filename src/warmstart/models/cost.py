"""What a network costs: counted on shapes, without an image."""

from functools import cache

import torch
from torch.utils.flop_counter import FlopCounterMode

from warmstart.models.architectures import linear_layer, skeleton


@cache
def forward_flops(network: str, image_size: int) -> int:
    """Return the floating-point operations of one image's way through a network.

    Those of convolutions and matrix products, a multiplication and its addition counted as two;
    the rest is small beside them. Training takes about three times as many: backwards both the
    inputs' and the weights' gradients are computed.

    Raises:
        UnknownNameError: If no family knows the network.

    Example:
        >>> f"{forward_flops('resnet50', 224) / 2e9:.2f} billion multiply-adds"
        '4.09 billion multiply-adds'
    """
    images = torch.zeros(1, 3, image_size, image_size, device="meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        skeleton(network)(images)
    return int(counter.get_total_flops())


@cache
def parameters(network: str) -> int:
    """Return how many numbers a network learns, but for its linear layer, which is the target's.

    Raises:
        UnknownNameError: If no family knows the network.

    Example:
        >>> parameters("resnet50")
        23508032
    """
    model = skeleton(network)
    of_head = {id(parameter) for parameter in linear_layer(model).parameters()}
    return sum(p.numel() for p in model.parameters() if id(p) not in of_head)
