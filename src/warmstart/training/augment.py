"""Augmentation, batched on tensors on their device; each image has its own draw."""

import torch
from torch.nn import functional

from warmstart.training.colour import recolour
from warmstart.training.recipe import Recipe
from warmstart.training.transfer import moved

ROTATION_DEGREES = 10.0
SHIFT = 0.1
CROP = 0.125
"""A crop of *Transfusion* keeps at least 1 - CROP of height and width; "mild" is all it says."""
SMALLEST_CROP = 0.1
ALL = slice(None)
HUE_DEGREES = 18.0
CONTRAST = 0.2


def augmented(
    images: torch.Tensor,
    recipe: Recipe,
    generator: torch.Generator,
    *,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    rows: slice = ALL,
    of: int | None = None,
) -> torch.Tensor:
    """Augment normalised images as the recipe says.

    Args:
        images: Normalised images, shape (n, 3, h, w), on any device.
        recipe: Names the augmentation and its strength.
        generator: Draws on the CPU, so that every device sees the same draws.
        mean: Per-channel mean of the normalisation, which a change of colour must undo.
        std: Per-channel standard deviation of the normalisation.
        rows: Which rows of a batch the images are.
        of: Images in that batch, for all of which is drawn; by default these images only.
    """
    n = len(images) if of is None else of
    strength = recipe.augment_strength
    if recipe.augment == "none":
        return images
    if recipe.augment == "light":
        return moved_by(random_maps(n, generator, strength)[rows], images)
    crops = random_crops(n, generator, strength, flips=recipe.augment == "transfusion")
    hues, contrasts = random_colours(n, generator, strength)
    shown = moved_by(crops[rows], images)
    return recolour(shown, hues[rows], contrasts[rows], mean=mean, std=std)


def moved_by(maps: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """Sample each image, bilinearly, where its affine map (n, 2, 3) says.

    What leaves the edge is repeated.
    """
    there = moved(maps, images.device)
    grid = functional.affine_grid(there, list(images.shape), align_corners=False)
    return functional.grid_sample(
        images, grid.to(images.dtype), padding_mode="border", align_corners=False
    )


def random_maps(n: int, generator: torch.Generator, strength: float = 1.0) -> torch.Tensor:
    """Draw a rotation, a shift and a flip for each image, as maps (n, 2, 3).

    A map goes from output to input coordinates in -1..1. As in *Cats, not CAT scans* (protocol
    B4): rotation up to 10 degrees, width and height shifts up to a tenth, horizontal flip.
    """
    draw = torch.rand((4, n), generator=generator)
    angle = (2 * draw[0] - 1) * (ROTATION_DEGREES * strength) * torch.pi / 180
    flip = _flips(draw[1], strength)
    shift = (2 * draw[2:] - 1) * (SHIFT * strength) * 2  # the image is 2 wide in these coordinates
    maps = torch.zeros(n, 2, 3)
    maps[:, 0, 0], maps[:, 0, 1] = angle.cos() * flip, -angle.sin()
    maps[:, 1, 0], maps[:, 1, 1] = angle.sin() * flip, angle.cos()
    maps[:, :, 2] = shift.T
    return maps


def random_crops(
    n: int, generator: torch.Generator, strength: float = 1.0, *, flips: bool
) -> torch.Tensor:
    """Draw a square window inside each image, perhaps mirrored both ways, as maps (n, 2, 3)."""
    draw = torch.rand((5, n), generator=generator)  # flips are drawn even where they are not used
    kept = 1 - draw[0] * min(CROP * strength, 1 - SMALLEST_CROP)
    across, down = (_flips(d, strength if flips else 0.0) for d in draw[1:3])
    maps = torch.zeros(n, 2, 3)
    maps[:, 0, 0], maps[:, 1, 1] = kept * across, kept * down
    maps[:, :, 2] = ((2 * draw[3:] - 1) * (1 - kept)).T
    return maps


def random_colours(
    n: int, generator: torch.Generator, strength: float = 1.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw an angle of the hue, in radians, and a factor of the contrast for each image: (n,)."""
    draw = 2 * torch.rand((2, n), generator=generator) - 1
    hues = draw[0] * (HUE_DEGREES * strength) * torch.pi / 180
    return hues, 1 + draw[1] * min(CONTRAST * strength, 1.0)


def _flips(draw: torch.Tensor, strength: float) -> torch.Tensor:
    """-1 where the image is mirrored: half of them, fewer at a strength below 1."""
    return torch.where(draw < 0.5 * min(strength, 1.0), -1.0, 1.0)
