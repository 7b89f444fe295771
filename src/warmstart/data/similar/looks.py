"""First alignments of the pairs that could show the same picture."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.data.ahead import map_on_cores
from warmstart.data.similar.arrays import Floats, Ints
from warmstart.data.similar.partners import place_among_equals
from warmstart.data.similar.pool import Pool
from warmstart.data.similar.thumbs import THUMB, first_alignments

_SLOTS, _BATCH = 16, 32


@dataclass(frozen=True, eq=False)
class Looks:
    """First alignments of k pairs: the better way round, and the worse.

    Attributes:
        score: Correlation, shape (k,).
        swapped: Whether it is the second that is cut.
        cut: What is cut off it.
        turn: Orientation of the other.
        worse: Score, cut and orientation the other way round.
    """

    score: Floats
    swapped: NDArray[np.bool_]
    cut: Ints
    turn: Ints
    worse: tuple[Floats, Ints, Ints]

    def take(self, keep: NDArray[np.bool_]) -> "Looks":
        """Return those of some pairs."""
        worse = self.worse[0][keep], self.worse[1][keep], self.worse[2][keep]
        return Looks(self.score[keep], self.swapped[keep], self.cut[keep], self.turn[keep], worse)


def first_looks(pool: Pool, small: NDArray[np.float16], first: Ints, second: Ints) -> Looks:
    """Return the first alignment of each pair, both ways round."""
    one = _directed(pool, small, first, second)
    two = _directed(pool, small, second, first)
    swapped = two[0] > one[0]
    pairs: list[tuple[Any, Any]] = list(zip(one, two, strict=True))
    score, cut, turn = (np.where(swapped, b, a) for a, b in pairs)
    worse, worse_cut, worse_turn = (np.where(swapped, a, b) for a, b in pairs)
    return Looks(score, swapped, cut, turn, (worse, worse_cut, worse_turn))


def _directed(
    pool: Pool, small: NDArray[np.float16], source: Ints, target: Ints
) -> tuple[Floats, Ints, Ints]:
    """The best score of each pair, with the cut of its source and the orientation of its target."""
    order = np.argsort(source, kind="stable")
    place = place_among_equals(source[order])
    rows, row = np.unique(source[order] * len(pool) + place // _SLOTS, return_inverse=True)
    images, slot = rows // len(pool), place % _SLOTS
    score = np.empty(len(order), np.float32)
    cut, turn = np.empty(len(order), np.int64), np.empty(len(order), np.int64)

    def one(start: int) -> tuple[Ints, Floats, Ints, Ints]:
        numbers = images[start : start + _BATCH]
        here = slice(*np.searchsorted(row, (start, start + _BATCH)))
        at = row[here] - start, slot[here]
        others = np.zeros((len(numbers), slot[here].max() + 1, THUMB), np.float16)
        others[at] = small[target[order[here]]]
        found = first_alignments(pool.read(numbers)[0], others)
        return order[here], found[0][at], found[1][at], found[2][at]

    for places, scores, cuts, turns in map_on_cores(one, range(0, len(images), _BATCH)):
        score[places], cut[places], turn[places] = scores, cuts, turns
    return score, cut, turn
