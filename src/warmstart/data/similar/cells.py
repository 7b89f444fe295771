"""Close descriptors, found in cells instead of among all."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from warmstart.data.ahead import map_on_cores
from warmstart.data.similar.arrays import Floats, Ints

Found = tuple[Ints, Ints, Floats]
"""First, second and how close."""

_ALL_PAIRS = 64
"""So few images are all looked at with each other, whatever their descriptors."""

_CELL, _PROBED = 400, 8
"""Images per cell of descriptors, and in how many cells the partners of an image are looked for."""

_CLOSE = 0.55
"""Cosine of descriptors from which two images are looked at."""

_ROWS, _FEW = 4096, 128


def close_pairs(turned: Floats, boundary: int | None) -> Iterator[Found]:
    """Yield for each image those whose descriptors are close to one of its own, each once.

    Descriptors lie in cells, each around that of one image (an inverted file; Sivic and Zisserman
    2003). Each turned image asks the cells it is nearest to.

    Args:
        turned: Descriptors of the images, turned in all ways, shape (n, 8, d).
        boundary: Number of the second dataset's first image: from there on images ask those below.
    """
    start, least = boundary or 0, -2.0 if len(turned) <= _ALL_PAIRS else _CLOSE
    asked = turned[:boundary, 0]
    pivots = asked[np.linspace(0, len(asked) - 1, -(-len(asked) // _CELL)).astype(np.int64)]
    home = _nearest(asked, pivots, 1)[:, 0]
    queries = turned[start:].reshape(-1, turned.shape[2])
    probed = _nearest(queries, pivots, _PROBED)
    visits = np.argsort(probed, axis=None, kind="stable")
    ends = np.searchsorted(probed.ravel()[visits], np.arange(len(pivots) + 1))

    def one(cell: int) -> list[Found]:
        members = np.flatnonzero(home == cell)
        rows = visits[ends[cell] : ends[cell + 1]] // probed.shape[1]
        there, found = np.ascontiguousarray(asked[members].T), []
        for some in _by_image(rows // turned.shape[1]) if len(members) else ():
            score = queries[rows[some[0] : some[-1]]] @ there
            best = _most(score, np.array(some) - some[0])
            row, place = np.divmod(np.flatnonzero(best >= least), len(members))
            images = rows[np.array(some)[row]] // turned.shape[1] + start
            found.append((images, members[place], best[row, place]))
        return found

    for found in map_on_cores(one, range(len(pivots))):
        yield from found


def _by_image(images: Ints) -> Iterator[list[int]]:
    """Yield where each image begins, for a few images at a time, and where the last one ends."""
    begins = [*np.flatnonzero(np.diff(images, prepend=-1)).tolist(), len(images)]
    for some in range(0, len(begins) - 1, _FEW):
        yield begins[some : some + _FEW + 1]


def _most(score: Floats, begins: Ints) -> Floats:
    """The maximum of the rows from each beginning to the next, shape (len(begins) - 1, m)."""
    best, count = score[begins[:-1]], np.diff(begins)
    for place in range(1, int(count.max())):
        more = np.flatnonzero(count > place)
        best[more] = np.maximum(best[more], score[begins[more] + place])
    return best


def _nearest(rows: Floats, pivots: Floats, count: int) -> NDArray[np.int32]:
    """The ``count`` pivots that are closest to each row, shape (n, count), in no order."""
    count = min(count, len(pivots))
    nearest = np.empty((len(rows), count), np.int32)

    def one(start: int) -> None:
        score = rows[start : start + _ROWS] @ pivots.T
        nearest[start : start + _ROWS] = np.argpartition(score, -count, axis=1)[:, -count:]

    for _ in map_on_cores(one, range(0, len(rows), _ROWS)):
        pass
    return nearest
