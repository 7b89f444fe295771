"""Near-duplicates: images that show the same picture, though their pixels differ.

A descriptor fitted to the images at hand finds for each the few that could show the same picture;
pixels decide, after the best alignment.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from threadpoolctl import threadpool_limits

from warmstart.data.ahead import map_ahead
from warmstart.data.likeness import (
    ORIENTATIONS,
    SIDE,
    THUMB,
    Match,
    align,
    chroma,
    cut_out,
    first_alignments,
    grey,
    halved,
    oriented,
    same_picture,
    thumbs,
    windows,
)

R = TypeVar("R")
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Progress = Callable[[int, int], None]
Found = tuple[Ints, Ints, Floats]
"""First, second and how close."""

Map = tuple[bool, Floats]
"""Features of n images on a grid, (n, c, g, g), and whether their channels are directions."""

_BLOCK, _ROWS, _FEW = 512, 4096, 128
_FLAT = 2.0
"""Standard deviation of the grey levels below which there is nothing to compare."""

_DIMENSIONS, _FIT_ON, _FIT_ROUNDS = 64, 2000, 4
_ALL_PAIRS = 64
"""So few images are all looked at with each other, whatever their descriptors."""

_CELL, _PROBED = 400, 8
"""Images per cell of descriptors, and in how many cells the partners of an image are looked for."""

_CLOSE, _VERY_CLOSE = 0.55, 0.9
"""Cosine of descriptors from which two images are looked at; from which the first such one is."""

_PARTNERS, _TRIED = 16, 6
"""How many of the closest each image is compared with at 16 pixels, and how many of those at 64."""

_LEVELS = 2**18
"""Levels of a score per unit, by which partners are sorted."""

_ROUGH = 0.7
"""Correlation at 16 pixels from which two images are aligned at 64."""

_SLOTS, _BATCH, _ALIGNED, _PENDING = 16, 32, 64, 8_000_000


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of images that show the same picture.

    Attributes:
        first: Positions, shape (k,); below ``second`` within one dataset.
        second: Positions, shape (k,).
        likeness: Correlation of the luminance after the best alignment, at most 1, shape (k,); 1
            for equal images.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    likeness: NDArray[np.float32]


def similar_images(images: NDArray[np.uint8], *, progress: Progress | None = None) -> Pairs:
    """Return pairs of images that show the same picture: turned, mirrored, cropped, recompressed.

    Each set of such images is connected by its pairs, but not every two of it are a pair: an equal
    image is paired with the first of its kind, any other with the few that are closest to it.
    Images without structure are near-duplicates of nothing but their equals.

    Args:
        images: Prepared images, shape (n, s, s, c) with c 1 or 3; may be mapped from disk.
        progress: Called with the work done and the work in all.
    """
    kinds = _kinds(images, as_grey=False)
    copies = np.flatnonzero(kinds.first_of != np.arange(len(images)))
    first, second, likeness = _search(_Pool((images,), (kinds.varied,)), progress)
    ones = np.ones(len(copies), np.float32)
    return _sorted(
        np.concatenate([first, kinds.first_of[copies]]),
        np.concatenate([second, copies]),
        np.concatenate([likeness, ones]),
    )


def similar_between(
    images: NDArray[np.uint8],
    others: NDArray[np.uint8],
    *,
    progress: Progress | None = None,
) -> Pairs:
    """Return pairs of an image and another's image that show the same picture.

    As ``similar_images``, across two datasets: whatever is equal to an image of a pair is in a
    pair too. Greyscale and colour are compared by luminance.

    Args:
        images: Prepared images, shape (n, s, s, c) with c 1 or 3; positions ``first``.
        others: Prepared images, shape (m, t, t, d) with d 1 or 3; positions ``second``.
        progress: Called with the work done and the work in all.
    """
    mixed = images.shape[-1] != others.shape[-1]
    ours, theirs = _kinds(images, as_grey=mixed), _kinds(others, as_grey=mixed)
    turned = (len(images), ours.digests) > (len(others), theirs.digests)
    if turned:  # both orders compute the same numbers
        pool = _Pool((others, images), (theirs.varied, ours.varied), mixed)
        second, first, likeness = _search(pool, progress)
    else:
        pool = _Pool((images, others), (ours.varied, theirs.varied), mixed)
        first, second, likeness = _search(pool, progress)
    equal = _equals(ours, theirs)
    known = set(zip(equal[:, 0].tolist(), equal[:, 1].tolist(), strict=True))
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    new = np.array([pair not in known for pair in pairs], np.bool_)
    return _with_copies(
        ours,
        theirs,
        np.concatenate([equal[:, 0], first[new]]),
        np.concatenate([equal[:, 1], second[new]]),
        np.concatenate([np.ones(len(equal), np.float32), likeness[new]]),
    )


@dataclass(frozen=True, eq=False)
class _Kinds:
    """Which images are equal.

    Attributes:
        first_of: Position of the first that is equal, shape (n,).
        varied: Positions of the firsts that have structure, shape (k,).
        digests: Of each image.
    """

    first_of: Ints
    varied: Ints
    digests: list[bytes]


def _kinds(images: NDArray[np.uint8], *, as_grey: bool) -> _Kinds:
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
    return _Kinds(first_of, np.array(varied, np.int64), digests)


def _equals(ours: _Kinds, theirs: _Kinds) -> Ints:
    """Pairs of firsts that are equal, shape (k, 2)."""
    place = {theirs.digests[position]: position for position in np.unique(theirs.first_of)}
    pairs = [
        (position, place[ours.digests[position]])
        for position in np.unique(ours.first_of)
        if ours.digests[position] in place
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _with_copies(ours: _Kinds, theirs: _Kinds, first: Ints, second: Ints, like: Floats) -> Pairs:
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
    return _sorted(np.concatenate(one), np.concatenate(another), np.concatenate(likeness))


def _sorted(first: Ints, second: Ints, likeness: Floats) -> Pairs:
    order = np.lexsort((second, first))
    return Pairs(first[order], second[order], likeness[order])


class _Pool:
    """The images that are compared, of one dataset or of two, numbered through."""

    def __init__(
        self, parts: tuple[NDArray[np.uint8], ...], rows: tuple[Ints, ...], as_grey: bool = False
    ) -> None:
        self.parts, self.rows = parts, rows
        self.coloured = parts[0].shape[-1] == 3 and not as_grey
        self.boundary = len(rows[0]) if len(parts) == 2 else None

    def __len__(self) -> int:
        return sum(len(rows) for rows in self.rows)

    def read(self, numbers: Ints) -> tuple[Floats, Floats]:
        """Luminance (k, SIDE, SIDE) and chroma (k, 2, SIDE, SIDE) of these images."""
        light = np.empty((len(numbers), SIDE, SIDE), np.float32)
        tint = np.zeros((len(numbers), 2 if self.coloured else 0, SIDE, SIDE), np.float32)
        offset = 0
        for part, rows in zip(self.parts, self.rows, strict=True):
            here = (numbers >= offset) & (numbers < offset + len(rows))
            if here.any():
                images = part[rows[numbers[here] - offset]]
                light[here] = grey(images)
                if self.coloured:
                    tint[here] = chroma(images)
            offset += len(rows)
        return light, tint

    def positions(self, numbers: Ints, part: int) -> Ints:
        """Where these images stand in their dataset."""
        return self.rows[part][numbers - (len(self.rows[0]) if part else 0)]


def _search(pool: _Pool, progress: Progress | None) -> Found:
    """Positions of images that show the same picture, equal ones aside."""
    if len(pool) < 2 or pool.boundary in (0, len(pool)):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)

    def tell(done: int) -> None:
        if progress is not None:
            progress(done, 3 * len(pool))

    small = np.empty((len(pool), THUMB), np.float16)
    with threadpool_limits(1, user_api="blas"):  # our own threads are as many as there are cores
        first, second = _candidates(pool, small, tell)
        looks = _first_looks(pool, small, first, second)
        tell(2 * len(pool))
        keep = _closest(first, second, looks.score, len(pool), _TRIED) & (looks.score >= _ROUGH)
        first, second = first[keep], second[keep]
        same, likeness = _confirmed(pool, first, second, looks.take(keep))
        tell(3 * len(pool))
    last = 0 if pool.boundary is None else 1
    return pool.positions(first[same], 0), pool.positions(second[same], last), likeness[same]


def _candidates(
    pool: _Pool, small: NDArray[np.float16], tell: Callable[[int], None]
) -> tuple[Ints, Ints]:
    """Pairs whose descriptors are close, the first below the second; fills the thumbs.

    Images of the second dataset are compared with those of the first only.
    """
    turned = _described(pool, small, tell)
    best = _Closest(len(pool))
    for asking, found, score in _close(turned, pool.boundary):
        best.add(asking, found, score)
    return best.pairs()


def _described(pool: _Pool, small: NDArray[np.float16], tell: Callable[[int], None]) -> Floats:
    """Descriptors of all images, turned in all ways, shape (n, 8, d); fills the thumbs."""
    describe = _Descriptor.fitted(pool)
    turned = np.empty((len(pool), len(ORIENTATIONS), describe.size), np.float32)

    def one(start: int) -> int:
        block = np.arange(start, min(start + _BLOCK, len(pool)))
        light, tint = pool.read(block)
        turned[block], small[block] = describe(light, tint).swapaxes(0, 1), thumbs(light)
        return int(block[-1]) + 1

    for done in _threaded(one, range(0, len(pool), _BLOCK)):
        tell(done)
    return turned


def _close(turned: Floats, boundary: int | None) -> Iterator[Found]:
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

    for found in _threaded(one, range(len(pivots))):
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

    for _ in _threaded(one, range(0, len(rows), _ROWS)):
        pass
    return nearest


class _Closest:
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
        rank = _place_among_equals(asking)
        last = rank == _PARTNERS - 1
        level = keys[last] // self.n % (4 * _LEVELS)
        self.floor[asking[last]] = 1 - (level + 1) / _LEVELS
        self.parts, self.pending = [keys[rank < _PARTNERS]], 0


def _closest(first: Ints, second: Ints, score: Floats, n: int, count: int) -> NDArray[np.bool_]:
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
    rank = _place_among_equals(ends[order])
    keep = np.zeros(len(first), np.bool_)
    keep[pair[order[rank < count]]] = True
    alike = np.flatnonzero(score >= _VERY_CLOSE)
    earliest = alike[np.lexsort((first[alike], second[alike]))]
    keep[earliest[_place_among_equals(second[earliest]) == 0]] = True
    return keep


def _place_among_equals(ascending: Ints) -> Ints:
    return np.arange(len(ascending)) - np.searchsorted(ascending, ascending)


@dataclass(frozen=True, eq=False)
class _Looks:
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

    def take(self, keep: NDArray[np.bool_]) -> "_Looks":
        worse = self.worse[0][keep], self.worse[1][keep], self.worse[2][keep]
        return _Looks(self.score[keep], self.swapped[keep], self.cut[keep], self.turn[keep], worse)


def _first_looks(pool: _Pool, small: NDArray[np.float16], first: Ints, second: Ints) -> _Looks:
    one = _directed(pool, small, first, second)
    two = _directed(pool, small, second, first)
    swapped = two[0] > one[0]
    pairs: list[tuple[Any, Any]] = list(zip(one, two, strict=True))
    score, cut, turn = (np.where(swapped, b, a) for a, b in pairs)
    worse, worse_cut, worse_turn = (np.where(swapped, a, b) for a, b in pairs)
    return _Looks(score, swapped, cut, turn, (worse, worse_cut, worse_turn))


def _directed(
    pool: _Pool, small: NDArray[np.float16], source: Ints, target: Ints
) -> tuple[Floats, Ints, Ints]:
    """The best score of each pair, with the cut of its source and the orientation of its target."""
    order = np.argsort(source, kind="stable")
    place = _place_among_equals(source[order])
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

    for places, scores, cuts, turns in _threaded(one, range(0, len(images), _BATCH)):
        score[places], cut[places], turn[places] = scores, cuts, turns
    return score, cut, turn


def _confirmed(
    pool: _Pool, first: Ints, second: Ints, looks: _Looks
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
    pool: _Pool, source: Ints, target: Ints, cut: Ints, turn: Ints
) -> tuple[NDArray[np.bool_], Floats]:
    same, likeness = np.zeros(len(source), np.bool_), np.zeros(len(source), np.float32)

    def one(start: int) -> tuple[slice, Match]:
        here = slice(start, start + _ALIGNED)
        light, tint = pool.read(source[here])
        other, other_tint = (oriented(values, turn[here]) for values in pool.read(target[here]))
        return here, align(light, tint, other, other_tint, cut[here])

    for here, match in _threaded(one, range(0, len(source), _ALIGNED)):
        same[here] = same_picture(match)
        likeness[here] = np.minimum(np.round(match.likeness, 4), 1)
    return same, likeness


def _threaded(function: Callable[[int], R], items: Iterable[int]) -> Iterator[R]:
    threads = min(os.cpu_count() or 1, 16)
    return map_ahead(function, items, threads=threads, ahead=2 * threads)


class _Descriptor:
    """A descriptor of images: linear in pooled features, best at telling an image from others.

    Attributes:
        size: Length of a descriptor.
    """

    def __init__(self, mean: Floats, weights: Floats, floor: float) -> None:
        self.mean, self.weights, self.floor = mean, weights, floor
        self.size = weights.shape[1] + 1

    def __call__(self, light: Floats, tint: Floats) -> Floats:
        """Descriptors of length 1 of the images in all orientations, shape (8, n, size)."""
        maps = _features(light, tint)
        turned = np.empty((len(ORIENTATIONS), len(light), self.size), np.float32)
        for number in range(len(ORIENTATIONS)):
            turned[number, :, :-1] = (_turned(maps, number) - self.mean) @ self.weights
        turned[:, :, -1] = self.floor
        turned /= np.sqrt((turned * turned).sum(2, keepdims=True))
        return turned

    @classmethod
    def fitted(cls, pool: _Pool) -> "_Descriptor":
        """Fit to evenly spaced images and changed copies of them: a discriminant analysis.

        Its floor makes those images alike that differ from the mean by less than copies differ.
        """
        rng = np.random.default_rng(0)
        chosen = np.linspace(0, len(pool) - 1, min(len(pool), _FIT_ON)).round().astype(np.int64)
        light, tint = pool.read(chosen)
        maps = _features(light, tint)
        views = [_turned(maps, number) for number in range(len(ORIENTATIONS))]
        mean = np.mean([view.mean(0) for view in views], 0)
        count = len(views) * len(chosen)
        total = sum((view - mean).T @ (view - mean) for view in views) / count
        within = np.zeros_like(total)
        for around in range(_FIT_ROUNDS):
            changed = _features(*_changed(light, tint, rng))
            for number in range(around, len(views), _FIT_ROUNDS):
                apart = _turned(changed, number) - views[number]
                within += apart.T @ apart / count
        kept = min(len(total), _DIMENSIONS)
        ratio, vectors = eigh(
            _ridged(total, 5e-4),
            _ridged(within, 5e-3),
            subset_by_index=[len(total) - kept, len(total) - 1],
        )
        weights = np.asarray(vectors * ratio**-0.25, np.float32)
        return cls(np.asarray(mean, np.float32), weights, float(np.sqrt(np.sum(ratio**-0.5))))


def _ridged(scatter: Floats, share: float) -> NDArray[np.float64]:
    ridge = share * np.trace(scatter) / len(scatter) + 1e-9
    return np.asarray(scatter.astype(np.float64) + ridge * np.eye(len(scatter)))


def _features(light: Floats, tint: Floats) -> list[Map]:
    """Pooled luminance, colour, and strength of edges in four directions at three sizes."""
    contrast = light.std((1, 2), keepdims=True) + 4
    shown = (light - light.mean((1, 2), keepdims=True)) / contrast
    maps = [(False, 2 * _pooled(shown[:, None], 8))]
    for _ in range(3):
        edges = np.stack(
            [
                shown[:, 1:-1, 2:] - shown[:, 1:-1, :-2],
                shown[:, 2:, 1:-1] - shown[:, :-2, 1:-1],
                (shown[:, 2:, 2:] - shown[:, :-2, :-2]) * np.float32(0.7),
                (shown[:, 2:, :-2] - shown[:, :-2, 2:]) * np.float32(0.7),
            ],
            1,
        )
        strength = _pooled(np.abs(edges), 5)
        mean = strength.mean((1, 2, 3), keepdims=True) + 1e-3
        maps.append((True, np.float32(0.7) * np.sqrt(strength / mean)))
        shown = halved(shown)
    maps.append((False, _pooled(tint / contrast[:, None], 5)))
    return maps


def _pooled(images: Floats, cells: int) -> Floats:
    weights = windows(np.zeros((1, 2)), cells, images.shape[-1])[0]
    return np.asarray(weights @ images @ weights.T, np.float32)


def _turned(maps: Sequence[Map], number: int) -> Floats:
    """Features of the images in this orientation, shape (n, p), without computing them anew."""
    transpose, upside_down, mirror = ORIENTATIONS[number]
    flat = []
    for directed, values in maps:
        order = [0, 1, 2, 3]
        if directed and transpose:
            order = [1, 0, 2, 3]
        if directed and upside_down != mirror:
            order = [*order[:2], 3, 2]
        turned = values[:, order] if directed else values
        turned = turned.swapaxes(2, 3) if transpose else turned
        turned = turned[:, :, :: -1 if upside_down else 1, :: -1 if mirror else 1]
        flat.append(turned.reshape(len(turned), turned[0].size))
    return np.concatenate(flat, 1)


def _changed(light: Floats, tint: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Cut each image at random, with other contrast and some noise; every second is shifted."""
    n = len(light)
    cut, share = rng.uniform(0, 0.15, (n, 2)), rng.uniform(0, 1, (n, 2))
    shift = rng.integers(-3, 4, (n, 2)) / SIDE
    moved = (np.arange(n) % 2 == 0)[:, None, None]
    crop = np.stack([cut * share, cut * (1 - share)], 2)
    ends = np.where(moved, np.stack([shift, -shift], 2), crop)
    gain = np.where(moved, 1, rng.uniform(0.65, 1.45, (n, 1, 1)))
    more = np.where(moved, 0, rng.uniform(-25, 25, (n, 1, 1)))
    noise = np.where(moved, 0, rng.normal(0, 3, light.shape))
    shown = ((cut_out(light, ends) - 128) * gain + 128 + more + noise).clip(0, 255)
    shown[::4][_beyond(shift[::4])] = 0
    tints = [cut_out(channel, ends) * gain for channel in tint.swapaxes(0, 1)]
    return shown.astype(np.float32), np.array(tints, np.float32).reshape(
        tint.swapaxes(0, 1).shape
    ).swapaxes(0, 1)


def _beyond(shift: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which pixels come in from outside, shape (n, SIDE, SIDE)."""
    at = (np.arange(SIDE) + 0.5) / SIDE + shift[:, :, None]
    out = (at < 0) | (at > 1)
    return out[:, 0, :, None] | out[:, 1, None, :]
