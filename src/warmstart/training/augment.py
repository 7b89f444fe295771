"""Augmentation, batched on tensors on their device; each image has its own draw."""

import torch
from torch.nn import functional

ROTATION_DEGREES = 10.0
SHIFT = 0.1


def augment_light(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Rotate, shift and flip each image by its own draw; what leaves the edge is repeated.

    As in *Cats, not CAT scans* (protocol B4): rotation up to 10 degrees, width and height shifts
    up to a tenth, horizontal flip, nearest fill; here with bilinear sampling.

    Args:
        images: Float images, shape (n, c, h, w), on any device.
        generator: Draws on the CPU, so that every device sees the same draws.

    Returns:
        Images of the same shape.
    """
    maps = random_maps(len(images), generator).to(images.device)
    grid = functional.affine_grid(maps, list(images.shape), align_corners=False)
    return functional.grid_sample(
        images, grid.to(images.dtype), padding_mode="border", align_corners=False
    )


def random_maps(n: int, generator: torch.Generator) -> torch.Tensor:
    """Draw the affine map, from output to input coordinates in -1..1, of each image: (n, 2, 3)."""
    draw = torch.rand((4, n), generator=generator)
    angle = (2 * draw[0] - 1) * ROTATION_DEGREES * torch.pi / 180
    flip = torch.where(draw[1] < 0.5, -1.0, 1.0)
    shift = (2 * draw[2:] - 1) * SHIFT * 2  # the image is 2 wide in these coordinates
    maps = torch.zeros(n, 2, 3)
    maps[:, 0, 0], maps[:, 0, 1] = angle.cos() * flip, -angle.sin()
    maps[:, 1, 0], maps[:, 1, 1] = angle.sin() * flip, angle.cos()
    maps[:, :, 2] = shift.T
    return maps
