"""Which images are equal, within a dataset and across two."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warmstart.data.similar.arrays import Floats, Ints
from warmstart.data.similar.luminance import grey
from warmstart.data.similar.pairs import Pairs

_BLOCK = 512
_FLAT = 2.0
"""Standard deviation of the grey levels below which there is nothing to compare."""


@dataclass(frozen=True, eq=False)
class Kinds:
    """Which images are equal.

    Attributes:
        first_of: Position of the first that is equal, shape (n,).
        varied: Positions of the firsts that have structure, shape (k,).
        digests: Of each image.
    """

    first_of: Ints
    varied: Ints
    digests: list[bytes]


def kinds_of(images: NDArray[np.uint8], *, as_grey: bool) -> Kinds:
    """Find which images are equal, by digests of their pixels or of their luminance."""
    first: dict[bytes, int] = {}
    first_of, varied, digests = np.arange(len(images)), [], []
    for start in range(0, len(images), _BLOCK):
        block = np.ascontiguousarray(images[start : start + _BLOCK])
        light = grey(block)
        shown = np.rint(light).astype(np.uint8) if as_grey else block
        structured = light.std((1, 2)) >= _FLAT
        for position, image in enumerate(shown, start):
            digest = hashlib.blake2b(image, digest_size=16).digest()
            digests.append(digest)
            first_of[position] = first.setdefault(digest, position)
            if first_of[position] == position and structured[position - start]:
                varied.append(position)
    return Kinds(first_of, np.array(varied, np.int64), digests)


def equal_pairs(ours: Kinds, theirs: Kinds) -> Ints:
    """Pairs of firsts that are equal, shape (k, 2)."""
    place = {theirs.digests[position]: position for position in np.unique(theirs.first_of)}
    pairs = [
        (position, place[ours.digests[position]])
        for position in np.unique(ours.first_of)
        if ours.digests[position] in place
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def with_copies(ours: Kinds, theirs: Kinds, first: Ints, second: Ints, like: Floats) -> Pairs:
    """Add for every pair the copies of its one image with the first of the other."""
    one, another, likeness = [first], [second], [like]
    for position in np.flatnonzero(ours.first_of != np.arange(len(ours.first_of))):
        of = first == ours.first_of[position]
        one.append(np.full(of.sum(), position))
        another.append(second[of])
        likeness.append(like[of])
    for position in np.flatnonzero(theirs.first_of != np.arange(len(theirs.first_of))):
        of = second == theirs.first_of[position]
        one.append(first[of])
        another.append(np.full(of.sum(), position))
        likeness.append(like[of])
    return sorted_pairs(np.concatenate(one), np.concatenate(another), np.concatenate(likeness))


def sorted_pairs(first: Ints, second: Ints, likeness: Floats) -> Pairs:
    """Return pairs by their first image, then by their second."""
    order = np.lexsort((second, first))
    return Pairs(first[order], second[order], likeness[order])
