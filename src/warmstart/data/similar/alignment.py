"""How alike two images are once one is turned, mirrored, cropped and shifted onto the other."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.data.similar.arrays import Floats, Ints
from warmstart.data.similar.colours import shades_of
from warmstart.data.similar.detail import band, coarse, correlation, levelled, repetition, structure
from warmstart.data.similar.fitting import fitted
from warmstart.data.similar.luminance import MARGIN
from warmstart.data.similar.resampling import cut_out, halved
from warmstart.data.similar.thumbs import CUTS

_PROMISING, _CLOSE = 0.8, 0.7
"""Correlation of detail at half the size, and in full, from which it is worth to go on."""


@dataclass(frozen=True, eq=False)
class Match:
    """What was found for k pairs after alignment, each an array of k.

    Attributes:
        likeness: Correlation of the luminance, at most 1.
        detail: Correlation of fine detail where every region counts the same, at most 1.
        shade: Correlation of the luminance where no channel is at its end, at most 1; 1 where
            there is too little of that.
        colour: Difference of the colours there, from 0 to 1; 0 where there is too little.
        exposed: Share of the pixels of which shade and colour speak.
        tint: Strength of the colour, in grey levels.
        repetition: Correlation of the other's detail with itself, shifted by 5 to 24 pixels.
        structure: Share of the pixels with detail around them.
        cuts: What the alignment cuts off at both ends of y and of x, shape (k, 2, 2).
    """

    likeness: Floats
    detail: Floats
    shade: Floats
    colour: Floats
    exposed: Floats
    tint: Floats
    repetition: Floats
    structure: Floats
    cuts: NDArray[np.float64]


def align(light: Floats, tint: Floats, other: Floats, other_tint: Floats, cut: Ints) -> Match:
    """Fit each image to its other from the given cut on, and say how alike they are.

    Where the fit at half the size is poor all is 0.

    Args:
        light: Luminance of the images, shape (k, SIDE, SIDE).
        tint: Their chroma, shape (k, 2, SIDE, SIDE), or (k, 0, SIDE, SIDE) for greyscale.
        other: Luminance of the others, oriented already.
        other_tint: Their chroma, oriented already.
        cut: The first alignments.
    """
    ends = np.stack([CUTS[cut // len(CUTS)], CUTS[cut % len(CUTS)]], 1)
    ends = fitted(_clipped(coarse(light)), _clipped(coarse(other)), ends, margin=3, steps=4)
    ours, theirs = (m[:, 2:-2, 2:-2] for m in (cut_out(halved(light), ends), halved(other)))
    rough = correlation(levelled(ours), levelled(theirs))
    some = np.flatnonzero(rough >= _PROMISING)
    found = _compared(light[some], tint[some], other[some], other_tint[some], ends[some])
    return _spread(found, some, len(light))


def _compared(
    light: Floats, tint: Floats, other: Floats, other_tint: Floats, ends: NDArray[np.float64]
) -> Match:
    ends = fitted(_clipped(band(light)), _clipped(band(other)), ends, margin=6, steps=3)
    inside = (slice(None), slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    ours, theirs = cut_out(light, ends)[inside], other[inside]
    their_detail = levelled(theirs)
    detail, unmoved = (correlation(levelled(m), their_detail) for m in (ours, light[inside]))
    stays = (np.abs(ends).max((1, 2)) < 0.04) & (unmoved >= detail - 0.03)
    ends[stays], ours[stays], detail[stays] = 0, light[inside][stays], unmoved[stays]
    shades = np.zeros((len(light), 4), np.float32)
    repeats = np.zeros_like(detail)
    close = np.flatnonzero(detail >= _CLOSE)
    shades[close] = shades_of(
        light[close], tint[close], other[close], other_tint[close], ends[close]
    )
    repeats[close] = repetition(their_detail[close])
    return Match(
        correlation(ours, theirs),
        detail,
        shades[:, 0],
        shades[:, 1],
        shades[:, 2],
        shades[:, 3],
        repeats,
        np.minimum(structure(ours), structure(theirs)),
        ends,
    )


def _spread(match: Match, places: Ints, n: int) -> Match:
    """Put each at its place among n, 0 at all others."""

    def spread(values: NDArray[Any]) -> NDArray[Any]:
        whole = np.zeros((n, *values.shape[1:]), values.dtype)
        whole[places] = values
        return whole

    return Match(**{field.name: spread(getattr(match, field.name)) for field in fields(Match)})


def _clipped(images: Floats) -> Floats:
    limit = 2 * images.std((1, 2), keepdims=True) + 1e-3
    return images.clip(-limit, limit)
