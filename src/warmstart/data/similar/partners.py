"""The closest partners of every image."""

import numpy as np
from numpy.typing import NDArray

from warmstart.data.similar.arrays import Floats, Ints

_PARTNERS = 16
"""How many of the closest each image is compared with at 16 pixels."""

_VERY_CLOSE = 0.9
"""Cosine of descriptors from which the first such image is a partner, whatever the closest are."""

_LEVELS = 2**18
"""Levels of a score per unit, by which partners are sorted."""

_PENDING = 8_000_000


class Closest:
    """The closest partners of every image, so far."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.floor = np.full(n, -2.0, np.float32)
        self.first_alike = np.full(n, n)
        self.parts: list[Ints] = []
        self.pending = 0

    def add(self, asking: Ints, found: Ints, score: Floats) -> None:
        """Take note of partners; those of one image not twice."""
        useful = (score >= self.floor[asking]) & (asking != found)
        asking, found, score = asking[useful], found[useful], score[useful]
        alike = (score >= _VERY_CLOSE) & (found < asking)
        np.minimum.at(self.first_alike, asking[alike], found[alike])
        level = np.rint((1 - score) * _LEVELS).astype(np.int64)
        self.parts.append((asking * (4 * _LEVELS) + level) * self.n + found)
        self.pending += len(asking)
        if self.pending > _PENDING:
            self._prune()

    def pairs(self) -> tuple[Ints, Ints]:
        """Every image with its closest, and with the first of those that are very close.

        That first one connects a crowd of images that are all alike, whatever their closest are.
        """
        self._prune()
        alone = self.first_alike == self.n
        asking = np.concatenate([self.parts[0] // self.n // (4 * _LEVELS), np.flatnonzero(~alone)])
        found = np.concatenate([self.parts[0] % self.n, self.first_alike[~alone]])
        once = np.unique(np.minimum(asking, found) * self.n + np.maximum(asking, found))
        return once // self.n, once % self.n

    def _prune(self) -> None:
        keys = np.sort(np.concatenate([np.empty(0, np.int64), *self.parts]))
        asking = keys // self.n // (4 * _LEVELS)
        rank = place_among_equals(asking)
        last = rank == _PARTNERS - 1
        level = keys[last] // self.n % (4 * _LEVELS)
        self.floor[asking[last]] = 1 - (level + 1) / _LEVELS
        self.parts, self.pending = [keys[rank < _PARTNERS]], 0


def among_closest(
    first: Ints, second: Ints, score: Floats, n: int, count: int
) -> NDArray[np.bool_]:
    """Which pairs are among the ``count`` best of either image, or its first very close one.

    Args:
        first: Numbers below ``n``, shape (k,).
        second: Numbers below ``n``, shape (k,).
        score: How close they are.
        n: Number of images.
        count: How many are kept.
    """
    pair = np.tile(np.arange(len(first)), 2)
    ends, others = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((others, -score[pair], ends))
    rank = place_among_equals(ends[order])
    keep = np.zeros(len(first), np.bool_)
    keep[pair[order[rank < count]]] = True
    alike = np.flatnonzero(score >= _VERY_CLOSE)
    earliest = alike[np.lexsort((first[alike], second[alike]))]
    keep[earliest[place_among_equals(second[earliest]) == 0]] = True
    return keep


def place_among_equals(ascending: Ints) -> Ints:
    """Return how many equal numbers stand before each of ascending ones."""
    return np.arange(len(ascending)) - np.searchsorted(ascending, ascending)
