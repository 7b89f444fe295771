"""How the shades and colours of aligned images agree, where no channel is at its end."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.data.similar.arrays import Floats
from warmstart.data.similar.luminance import MARGIN, SIDE
from warmstart.data.similar.resampling import blur, both_axes, cut_out

ENOUGH = 0.2
"""Share of well exposed pixels that says something."""


def shades_of(
    light: Floats, tint: Floats, other: Floats, other_tint: Floats, ends: NDArray[np.float64]
) -> Floats:
    """The shade, colour, exposed and tint of ``Match``, shape (k, 4).

    The difference of the colours is over their strength, were contrast changed as that of the
    luminance.
    """
    inside = (slice(None), slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    soft = blur(SIDE, 1.5)
    ours = [both_axes(soft, m) for m in (light, *tint.swapaxes(0, 1))]
    ours = [cut_out(m, ends)[inside] for m in ours]
    theirs = [both_axes(soft, m)[inside] for m in (other, *other_tint.swapaxes(0, 1))]
    seen = _exposed(*ours) & _exposed(*theirs)
    weight = seen.astype(np.float32) / np.maximum(seen.sum((1, 2), keepdims=True), 1)

    def mean(values: Floats) -> Floats:
        return np.asarray((values * weight).sum((1, 2), keepdims=True), np.float32)

    centred, target = ours[0] - mean(ours[0]), theirs[0] - mean(theirs[0])
    both, one, two = mean(centred * target), mean(centred**2), mean(target**2)
    shade = both / np.sqrt((one + 1) * (two + 1))
    gained = [both / (one + 1) * m for m in ours[1:]]
    apart = sum((mean((a - b) ** 2) for a, b in zip(gained, theirs[1:], strict=True)), 0 * both)
    strengths = [np.sqrt(sum((mean(m**2) for m in of), 0 * both)) for of in (gained, theirs[1:])]
    colour = np.sqrt(apart) / (strengths[0] + strengths[1] + 8)
    exposed = seen.mean((1, 2), keepdims=True)
    known = exposed >= ENOUGH
    columns = np.where(known, shade, 1), np.where(known, colour, 0), exposed, np.minimum(*strengths)
    return np.stack([column.ravel() for column in columns], 1).astype(np.float32)


def _exposed(light: Floats, *tints: Floats) -> NDArray[np.bool_]:
    """Where no channel is at its end."""
    shown: list[NDArray[Any]] = [light]
    if tints:
        red, blue = tints
        shown = [light + m for m in (red, blue, -(0.299 * red + 0.114 * blue) / 0.587)]
    return np.asarray(np.all([(m > 8) & (m < 247) for m in shown], axis=0))
