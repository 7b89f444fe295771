"""Whether two aligned images show the same picture."""

import numpy as np
from numpy.typing import NDArray

from warmstart.data.similar.alignment import Match
from warmstart.data.similar.colours import ENOUGH

_REPEATS = 0.9
"""Repetition that makes an edge say less."""


def same_picture(match: Match) -> NDArray[np.bool_]:
    """Whether each pair shows the same picture, shape (k,).

    Different pictures of one kind rarely fit best without any cut, so less is asked of those that
    do. Of the others more is asked, less again if the colours agree.
    """
    known = match.exposed >= ENOUGH
    far = np.abs(match.cuts).max((1, 2))
    unmoved = far == 0
    moved = _same_moved(match, far) | _same_colours(match, known, far)
    same = np.where(unmoved, _same_unmoved(match, known), moved)
    strict = np.where(
        unmoved,
        (match.detail >= 0.96) & (match.colour <= 0.2),
        (match.detail >= 0.99)
        & (match.colour <= 0.12)
        & (match.shade >= 0.9)
        & known
        & (far < 0.16),
    )
    return np.asarray(same & ((match.repetition <= _REPEATS) | strict))


def _same_unmoved(match: Match, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    detail, shade, colour = match.detail, match.shade, match.colour
    return (
        ((detail >= 0.95) & (colour <= 0.5))
        | ((detail >= 0.86) & (colour <= 0.18) & (shade >= 0.93))
        | ((detail >= 0.8) & (colour <= 0.15) & (shade >= 0.985) & known)
        | ((detail >= 0.9) & (colour <= 0.25) & (shade >= 0.99) & known)
        | ((detail >= 0.72) & (colour <= 0.1) & (shade >= 0.985) & known & (match.tint >= 4))
    )


def _same_moved(match: Match, far: NDArray[np.float64]) -> NDArray[np.bool_]:
    detail, colour, sparse = match.detail, match.colour, match.structure < 0.4
    shifted = _shifted(match, far)
    enough = np.where(sparse, 0.96, np.where(shifted, 0.9, 0.93))
    coloured = (match.tint >= 4) & (colour <= 0.06) & (match.shade >= 0.975)
    return (match.structure >= 0.15) & (
        ((detail >= enough) & (colour <= 0.12))
        | ((detail >= np.maximum(enough, 0.95)) & (colour <= 0.2))
        | (coloured & (detail >= np.where(sparse, 0.92, 0.89)))
    )


def _same_colours(
    match: Match, known: NDArray[np.bool_], far: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Pictures with little detail, or whose detail suffered, but whose colours agree well."""
    detail, shade, colour = match.detail, match.shade, match.colour
    little = (far < 0.1) & (detail >= 0.94) & (shade >= 0.98) & (colour <= 0.04)
    blurred = _shifted(match, far) & (detail >= 0.75) & (shade >= 0.97) & (colour <= 0.08)
    return (known & (match.tint >= 4)) & (
        (little & (match.structure >= 0.1) & (match.repetition <= 0.75))
        | (blurred & (match.structure >= 0.15) & (match.repetition <= 0.6))
    )


def _shifted(match: Match, far: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((np.abs(match.cuts.sum(2)).max(1) < 0.02) & (far < 0.08))
