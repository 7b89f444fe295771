"""What is compared of an image: luminance and chroma at one size, in eight orientations."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.data.similar.arrays import Floats, Ints
from warmstart.data.similar.resampling import both_axes, windows

SIDE, HALF = 64, 32
"""Images are compared at this size, to begin with at half of it; others are resampled to it."""

MARGIN = 4
"""What comes in at the border when an image is shifted is not compared."""

ORIENTATIONS = tuple((t, v, h) for t in (False, True) for v in (False, True) for h in (False, True))
"""Whether to transpose, then to turn upside down, then to mirror: all eight, the first is none."""


def grey(images: NDArray[np.uint8]) -> Floats:
    """Return luminance, 0 to 255, shape (n, SIDE, SIDE)."""
    if images.shape[-1] == 1:
        return _to_side(images[..., 0].astype(np.float32))
    return _to_side(images.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32))


def chroma(images: NDArray[np.uint8]) -> Floats:
    """Return red and blue less luminance, shape (n, 2, SIDE, SIDE); 0 for greyscale."""
    if images.shape[-1] == 1:
        return np.zeros((len(images), 2, SIDE, SIDE), np.float32)
    shown = images.astype(np.float32)
    light = shown @ np.array([0.299, 0.587, 0.114], np.float32)
    return _to_side(np.stack([shown[..., 0] - light, shown[..., 2] - light], 1))


def oriented(images: NDArray[Any], which: Ints) -> NDArray[Any]:
    """Return each image, shape (k, ..., s, s), as ``ORIENTATIONS[which]`` says."""
    turned = images.copy()
    for number, (t, v, h) in enumerate(ORIENTATIONS):
        some = images[which == number]
        some = some.swapaxes(-1, -2) if t else some
        turned[which == number] = some[..., :: -1 if v else 1, :: -1 if h else 1]
    return turned


def _to_side(images: Floats) -> Floats:
    size = images.shape[-1]
    if size == SIDE:
        return images
    return both_axes(windows(np.zeros((1, 2)), SIDE, size)[0], images)
