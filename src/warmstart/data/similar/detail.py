"""Detail of images, by its size in pixels, and how it agrees."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.data.similar.arrays import Floats
from warmstart.data.similar.luminance import HALF
from warmstart.data.similar.resampling import blur, both_axes, halved

_NOISE = 0.7
"""Grey levels of detail that JPEG invents in a flat region."""


def band(light: Floats) -> Floats:
    """Return structure of 1 to 4 pixels, for the alignment in full."""
    return _between(light, 1.0, 4.0)


def coarse(light: Floats) -> Floats:
    """Return what is left at half the size without the slow changes, for the first alignment."""
    small = halved(light)
    return small - both_axes(blur(HALF, 3.0), small)


def small_detail(light: Floats) -> Floats:
    """Return fine detail at half the size over its own local strength."""
    return _over_strength(_between(halved(light), 0.7, 2.5), 3.0, 1.5)


def levelled(light: Floats) -> Floats:
    """Fine detail over its own local strength: an outline counts no more than what it surrounds."""
    return _over_strength(_fine(light), 2.5, _NOISE)


def _fine(light: Floats) -> Floats:
    return _between(light, 0.7, 3.0)


def structure(light: Floats) -> Floats:
    """Return the share of pixels with detail around them, shape (n,)."""
    strength = both_axes(blur(light.shape[-1], 2.5), _fine(light) ** 2)
    return np.asarray((strength > 1.5**2).mean((1, 2)), np.float32)


def repetition(detail: Floats) -> Floats:
    """How alike each image of detail is to itself shifted by 5 to 24 pixels, shape (n,).

    Near 1 for stripes and chequers, of which any two can be aligned.
    """
    size = detail.shape[-1]
    seen = np.ones((size, size), np.float32)
    power = _self_products(detail) / np.maximum(_self_products(seen[None]), 1)
    far = np.minimum(np.arange(2 * size), 2 * size - np.arange(2 * size))
    apart = np.hypot(far[:, None], far)
    ring = (apart >= 5) & (far[:, None] <= 24) & (far <= 24)
    return np.asarray(power[:, ring].max(1) / np.maximum(power[:, 0, 0], 1e-6), np.float32)


def correlation(ours: Floats, theirs: Floats) -> Floats:
    """Return the correlation of each two images, shape (n,)."""
    one, other = (unit_rows(m.reshape(len(m), m.shape[1] * m.shape[2])) for m in (ours, theirs))
    return np.asarray((one * other).sum(1), np.float32)


def unit_rows(rows: Floats) -> Floats:
    """Return rows less their mean, at length 1; flat ones stay shorter."""
    centred = rows - rows.mean(-1, keepdims=True)
    norm = np.sqrt((centred * centred).sum(-1, keepdims=True))
    return np.asarray(centred / np.maximum(norm, 1e-3), np.float32)


def _between(images: Floats, fine: float, coarse: float) -> Floats:
    """Keep structure between two sizes in pixels."""
    size = images.shape[-1]
    shown = both_axes(blur(size, fine), images)
    return shown - both_axes(blur(size, coarse), shown)


def _over_strength(detail: Floats, sigma: float, least: float) -> Floats:
    strength = both_axes(blur(detail.shape[-1], sigma), detail**2)
    return np.asarray(detail / np.sqrt(strength + least**2), np.float32)


def _self_products(images: Floats) -> NDArray[Any]:
    size = 2 * images.shape[-1]
    return np.fft.irfft2(np.abs(np.fft.rfft2(images, (size, size))) ** 2, (size, size))
