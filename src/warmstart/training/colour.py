"""Hue and contrast of normalised images, changed as if they were pixels in 0..1."""

import torch

from warmstart.training.transfer import moved

FROM_RGB = torch.tensor(
    [
        [0.30, 0.59, 0.11],
        [0.74 * 0.70 + 0.27 * 0.30, -0.74 * 0.59 + 0.27 * 0.59, -0.74 * 0.11 - 0.27 * 0.89],
        [0.48 * 0.70 - 0.41 * 0.30, -0.48 * 0.59 - 0.41 * 0.59, -0.48 * 0.11 + 0.41 * 0.89],
    ],
    dtype=torch.float64,
)
"""From red, green and blue to NTSC's luma Y and chroma I and Q, as Python's colorsys has it."""
TO_RGB = torch.linalg.inv(FROM_RGB)


def hue_rotations(angles: torch.Tensor) -> torch.Tensor:
    """Return the matrix, in RGB, that turns the chroma plane of YIQ by each angle.

    Brightness (Y) and grey stay as they are. Unlike a shift of the hue in HSV this is linear, so
    that a whole batch is one product.

    Args:
        angles: Radians, shape (n,).

    Returns:
        Shape (n, 3, 3).
    """
    turns = torch.eye(3, dtype=torch.float64).repeat(len(angles), 1, 1)
    cos, sin = angles.to(torch.float64).cos(), angles.to(torch.float64).sin()
    turns[:, 1, 1], turns[:, 1, 2] = cos, -sin
    turns[:, 2, 1], turns[:, 2, 2] = sin, cos
    matrices: torch.Tensor = TO_RGB @ turns @ FROM_RGB
    return matrices.to(torch.float32)


def recolour(
    images: torch.Tensor,
    hues: torch.Tensor,
    contrasts: torch.Tensor,
    *,
    mean: tuple[float, ...],
    std: tuple[float, ...],
) -> torch.Tensor:
    """Turn the hue of each image and stretch each of its channels about the channel's mean.

    Both act on pixels in 0..1, so the normalisation is undone before and done again after; what
    leaves 0..1 is cut off, as no image file could hold it.

    Args:
        images: Normalised images, shape (n, 3, h, w), on any device.
        hues: Angles in radians, shape (n,), on the CPU.
        contrasts: Factors, 1 for no change, shape (n,), on the CPU.
        mean: Per-channel mean of the normalisation.
        std: Per-channel standard deviation of the normalisation.

    Returns:
        Normalised images of the same shape.
    """
    centre, spread = (torch.tensor(values).view(3, 1) for values in (mean, std))
    kept = contrasts.to(torch.float32).view(-1, 1, 1)
    turns = hue_rotations(hues)
    # With pixels = spread * planes + centre, all of it is one matrix and one offset per image.
    matrices = moved(turns * spread.T / spread, images.device)
    offsets = moved((turns @ centre - centre) / spread, images.device)
    kept = moved(kept, images.device)
    planes = images.flatten(2)
    middle = torch.baddbmm(offsets, matrices, planes.mean(2, keepdim=True))
    found = torch.baddbmm(torch.lerp(middle, offsets, kept), kept * matrices, planes)
    lowest, highest = (moved((end - centre) / spread, images.device) for end in (0, 1))
    return found.clamp_(lowest, highest).view_as(images)
