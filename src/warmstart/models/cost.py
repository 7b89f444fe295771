"""What one image costs a network: counted on shapes, without an image."""

from functools import cache

import torch
from torch.utils.flop_counter import FlopCounterMode

from warmstart.models.architectures import skeleton


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
