"""A first alignment of two images, found on thumbs of 16 pixels."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from warmstart.data.similar.arrays import Floats, Ints
from warmstart.data.similar.detail import small_detail, unit_rows
from warmstart.data.similar.luminance import HALF, ORIENTATIONS, oriented
from warmstart.data.similar.resampling import both_axes, windows

_THUMB = 16
THUMB = _THUMB**2
"""Values of what ``first_alignments`` compares with."""

CUTS = np.array(
    [(0, 0), (8, 0), (0, 8), (5, 5), (13, 2), (2, 13), (4, -4), (-4, 4)], np.float64
) / 100  # fmt: skip
"""Shares cut off at both ends of an axis, tried for the first alignment; below 0 adds."""


def thumbs(light: Floats) -> NDArray[np.float16]:
    """Return what ``first_alignments`` compares with, shape (n, 256).

    Args:
        light: Luminance as of ``grey``.
    """
    small = both_axes(windows(np.zeros((1, 2)), _THUMB, HALF)[0], small_detail(light))
    return small.reshape(len(small), -1).astype(np.float16)


def first_alignments(
    light: Floats, others: NDArray[np.float16]
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Compare each image with others, all cuts of the image with all orientations of the other.

    Args:
        light: Luminance, shape (n, SIDE, SIDE).
        others: Thumbs of m others for each, shape (n, m, 256).

    Returns:
        The best correlation, the cut and the orientation it was found for, each (n, m).
    """
    n, m = others.shape[:2]
    theirs = unit_rows(others.astype(np.float32)[..., _turned_thumbs()])
    scores = _cut_thumbs(light)[:, None] @ theirs.swapaxes(2, 3)
    scores = scores.reshape(n, m, -1)
    best = scores.argmax(2)
    found = np.take_along_axis(scores, best[..., None], 2)[..., 0]
    return found, best // len(ORIENTATIONS), best % len(ORIENTATIONS)


def _cut_thumbs(light: Floats) -> Floats:
    """All cuts of each image as thumbs without their border, shape (n, 64, 196)."""
    count = len(CUTS)
    weights = windows(CUTS, _THUMB, HALF)
    # small products, which BLAS leaves to one thread
    rows = weights[None] @ small_detail(light)[:, None]
    cuts: Floats = np.asarray(rows[:, :, None] @ weights.swapaxes(1, 2), np.float32)
    return unit_rows(cuts.reshape(len(light), count**2, -1)[..., _inner()])


@lru_cache
def _inner() -> NDArray[np.bool_]:
    """The pixels of a thumb off its border."""
    inside = np.zeros((_THUMB, _THUMB), np.bool_)
    inside[1:-1, 1:-1] = True
    return inside.ravel()


@lru_cache
def _turned_thumbs() -> Ints:
    """Which pixels of a thumb make the inner ones of each of its orientations, (8, 196)."""
    places = np.broadcast_to(np.arange(_THUMB**2).reshape(_THUMB, -1), (8, _THUMB, _THUMB))
    return np.asarray(oriented(places, np.arange(8)).reshape(8, -1)[:, _inner()], np.int64)
