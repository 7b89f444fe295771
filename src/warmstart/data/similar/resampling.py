"""Images cut, halved and blurred: linear maps of their rows and columns."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from warmstart.data.similar.arrays import Floats


def windows(ends: NDArray[np.float64], cells: int, size: int) -> Floats:
    """Weights that take what the cuts leave of ``size`` pixels to ``cells``, (n, cells, size).

    Bilinear, with antialiasing where pixels are lost; beyond an end its pixel is repeated.

    Args:
        ends: Shares cut off at both ends, shape (n, 2); below 0 adds.
        cells: Pixels after.
        size: Pixels before.
    """
    scale = (1 - ends.sum(1, keepdims=True)) * (size / cells)
    at = ends[:, :1] * size + (np.arange(cells) + 0.5) * scale - 0.5
    at = at.clip(0, size - 1).astype(np.float32)[..., None]
    width = np.maximum(scale, 1).astype(np.float32)[..., None]
    weights = np.maximum(1 - np.abs(np.arange(size, dtype=np.float32) - at) / width, 0)
    return np.asarray(weights / weights.sum(2, keepdims=True), np.float32)


def cut_out(images: Floats, ends: NDArray[np.float64]) -> Floats:
    """Return each image, shape (n, s, s), less its cuts, shape (n, 2, 2), at the same size."""
    size = images.shape[-1]
    rows, columns = windows(ends[:, 0], size, size), windows(ends[:, 1], size, size)
    return np.asarray(rows @ images @ columns.swapaxes(1, 2), np.float32)


def halved(images: Floats) -> Floats:
    """Return images, shape (n, s, s), at half the size."""
    rows = images[:, ::2] + images[:, 1::2]
    return np.asarray((rows[:, :, ::2] + rows[:, :, 1::2]) / 4, np.float32)


def both_axes(weights: Floats, images: Floats) -> Floats:
    """Apply weights to the rows and to the columns of images."""
    return np.asarray(weights @ images @ weights.swapaxes(-1, -2), np.float32)


@lru_cache
def blur(size: int, sigma: float) -> Floats:
    """Weights of a Gaussian blur, shape (size, size)."""
    apart = np.arange(size)[:, None] - np.arange(size)
    weights = np.exp(-0.5 * (apart / sigma) ** 2)
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)
