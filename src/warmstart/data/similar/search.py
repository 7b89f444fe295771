"""From images to the pairs of them that show the same picture.

A descriptor fitted to the images at hand finds for each the few that could show the same picture;
pixels decide, after the best alignment.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from warmstart.data.ahead import map_on_cores
from warmstart.data.similar.alignment import Match, align
from warmstart.data.similar.arrays import Floats, Ints
from warmstart.data.similar.cells import Found, close_pairs
from warmstart.data.similar.descriptor import Descriptor
from warmstart.data.similar.looks import Looks, first_looks
from warmstart.data.similar.luminance import ORIENTATIONS, oriented
from warmstart.data.similar.partners import Closest, among_closest
from warmstart.data.similar.pool import Pool
from warmstart.data.similar.rules import same_picture
from warmstart.data.similar.thumbs import THUMB, thumbs

Progress = Callable[[int, int], None]

_TRIED = 6
"""How many of the closest at 16 pixels each image is compared with at 64."""

_ROUGH = 0.7
"""Correlation at 16 pixels from which two images are aligned at 64."""

_BLOCK, _ALIGNED = 512, 64


def search(pool: Pool, progress: Progress | None) -> Found:
    """Positions of images that show the same picture, equal ones aside."""
    if len(pool) < 2 or pool.boundary in (0, len(pool)):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)

    def tell(done: int) -> None:
        if progress is not None:
            progress(done, 3 * len(pool))

    small = np.empty((len(pool), THUMB), np.float16)
    with threadpool_limits(1, user_api="blas"):  # our own threads are as many as there are cores
        first, second = _candidates(pool, small, tell)
        looks = first_looks(pool, small, first, second)
        tell(2 * len(pool))
        keep = among_closest(first, second, looks.score, len(pool), _TRIED) & (
            looks.score >= _ROUGH
        )
        first, second = first[keep], second[keep]
        same, likeness = _confirmed(pool, first, second, looks.take(keep))
        tell(3 * len(pool))
    last = 0 if pool.boundary is None else 1
    return pool.positions(first[same], 0), pool.positions(second[same], last), likeness[same]


def _candidates(
    pool: Pool, small: NDArray[np.float16], tell: Callable[[int], None]
) -> tuple[Ints, Ints]:
    """Pairs whose descriptors are close, the first below the second; fills the thumbs.

    Images of the second dataset are compared with those of the first only.
    """
    turned = _described(pool, small, tell)
    best = Closest(len(pool))
    for asking, found, score in close_pairs(turned, pool.boundary):
        best.add(asking, found, score)
    return best.pairs()


def _described(pool: Pool, small: NDArray[np.float16], tell: Callable[[int], None]) -> Floats:
    """Descriptors of all images, turned in all ways, shape (n, 8, d); fills the thumbs."""
    describe = Descriptor.fitted(pool)
    turned = np.empty((len(pool), len(ORIENTATIONS), describe.size), np.float32)

    def one(start: int) -> int:
        block = np.arange(start, min(start + _BLOCK, len(pool)))
        light, tint = pool.read(block)
        turned[block], small[block] = describe(light, tint).swapaxes(0, 1), thumbs(light)
        return int(block[-1]) + 1

    for done in map_on_cores(one, range(0, len(pool), _BLOCK)):
        tell(done)
    return turned


def _confirmed(
    pool: Pool, first: Ints, second: Ints, looks: Looks
) -> tuple[NDArray[np.bool_], Floats]:
    """Whether each pair shows the same picture, tried both ways round, and its likeness."""
    source, target = np.where(looks.swapped, (second, first), (first, second))
    same, likeness = _aligned(pool, source, target, looks.cut, looks.turn)
    score, cut, turn = looks.worse
    again = np.flatnonzero(~same & (score >= _ROUGH))
    more, other = _aligned(pool, target[again], source[again], cut[again], turn[again])
    same[again[more]], likeness[again[more]] = True, other[more]
    return same, likeness


def _aligned(
    pool: Pool, source: Ints, target: Ints, cut: Ints, turn: Ints
) -> tuple[NDArray[np.bool_], Floats]:
    same, likeness = np.zeros(len(source), np.bool_), np.zeros(len(source), np.float32)

    def one(start: int) -> tuple[slice, Match]:
        here = slice(start, start + _ALIGNED)
        light, tint = pool.read(source[here])
        other, other_tint = (oriented(values, turn[here]) for values in pool.read(target[here]))
        return here, align(light, tint, other, other_tint, cut[here])

    for here, match in map_on_cores(one, range(0, len(source), _ALIGNED)):
        same[here] = same_picture(match)
        likeness[here] = np.minimum(np.round(match.likeness, 4), 1)
    return same, likeness
