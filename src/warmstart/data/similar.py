"""Near-duplicates: images that show the same picture, though their pixels differ.

A descriptor fitted to the images at hand finds for each the few that could show the same picture;
pixels decide, after the best alignment.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from warmstart.data.ahead import map_ahead
from warmstart.data.likeness import (
    ORIENTATIONS,
    SIDE,
    Match,
    align,
    chroma,
    cut_out,
    first_alignments,
    grey,
    oriented,
    thumbs,
    windows,
)

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Progress = Callable[[int, int], None]
Found = tuple[Ints, Ints, Floats]
"""First, second and how close."""

_BLOCK, _COLUMNS = 512, 1024
_FLAT = 2.0
"""Standard deviation of the grey levels below which there is nothing to compare."""

_ALL_PAIRS = 64
"""So few images are all compared with each other."""

_DIMENSIONS, _FIT_ON, _FIT_ROUNDS = 64, 2000, 4
_CLOSE, _VERY_CLOSE = 0.55, 0.9
"""Cosine of descriptors from which two images are looked at, and from which their first too."""

_PARTNERS, _TRIED = 16, 6
"""How many of the closest each image is compared with at 16 pixels, and how many of those at 64."""

_ROUGH = 0.7
"""Correlation at 16 pixels from which two images are aligned at 64."""

_SLOTS, _BATCH = 16, 32
_PENDING = 4_000_000


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
    total = 3 * len(pool)
    tell = progress or (lambda done, whole: None)
    small = np.empty((len(pool), 256), np.float16)
    first, second = _candidates(pool, small, lambda done: tell(done, total))
    looks = _first_looks(pool, small, first, second)
    tell(2 * len(pool), total)
    keep = _closest(first, second, looks.score, len(pool), _TRIED) & (looks.score >= _ROUGH)
    first, second, looks = first[keep], second[keep], looks.take(keep)
    same, likeness = _confirmed(pool, first, second, looks)
    tell(total, total)
    last = int(pool.boundary is not None)
    return pool.positions(first[same], 0), pool.positions(second[same], last), likeness[same]


def _candidates(
    pool: _Pool, small: NDArray[np.float16], tell: Callable[[int], None]
) -> tuple[Ints, Ints]:
    """Pairs whose descriptors are close, the first below the second; fills the thumbs."""
    n, limit = len(pool), pool.boundary
    describe = _Descriptor.of(pool)
    described = np.empty((n, describe.size), np.float32)
    best = _Closest(n)
    blocks = [np.arange(start, min(start + _BLOCK, n)) for start in range(0, n, _BLOCK)]

    def one(block: Ints) -> tuple[Floats, NDArray[np.float16]]:
        light, tint = pool.read(block)
        return describe(light, tint), thumbs(light)

    for block, (turned, little) in zip(blocks, map(one, blocks), strict=True):
        described[block], small[block] = turned[0], little
        stop = block[-1] + 1 if limit is None else limit
        if limit is None or block[-1] >= limit:
            for found in _close(turned, described[:stop], block[0], limit):
                best.add(*found)
        tell(int(block[-1]) + 1)
    return best.pairs()


def _close(turned: Floats, described: Floats, start: int, limit: int | None) -> Iterator[Found]:
    """Close pairs of any column with a row of this block, which comes later.

    Args:
        turned: Descriptors of the block, turned in all ways, shape (8, b, d).
        described: Descriptors of the columns, shape (m, d).
        start: Number of the block's first image.
        limit: First number of the second dataset.
    """
    least = -2.0 if len(described) + len(turned[0]) <= _ALL_PAIRS else _CLOSE

    rows = turned.shape[1]
    best, other = (np.empty((rows, _COLUMNS), np.float32) for _ in range(2))
    for column in range(0, len(described), _COLUMNS):
        part = described[column : column + _COLUMNS].T
        if part.shape[1] < _COLUMNS:
            best, other = best[:, : part.shape[1]].copy(), other[:, : part.shape[1]].copy()
        np.matmul(turned[0], part, out=best)
        for queries in turned[1:]:
            np.maximum(best, np.matmul(queries, part, out=other), out=best)
        row, place = np.divmod(np.flatnonzero(best > least), part.shape[1])
        first, second = place + column, row + start
        kept = first < second if limit is None else second >= limit
        yield first[kept], second[kept], best[row[kept], place[kept]]


class _Closest:
    """The closest partners of every image, so far."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.floor = np.full(n, -2.0, np.float32)
        self.parts: list[Found] = []
        self.pending = 0

    def add(self, first: Ints, second: Ints, score: Floats) -> None:
        """Take note of pairs, each at most once."""
        useful = (score > self.floor[first]) | (score > self.floor[second])
        self.parts.append((first[useful], second[useful], score[useful]))
        self.pending += int(useful.sum())
        if self.pending > _PENDING:
            self._prune()

    def pairs(self) -> tuple[Ints, Ints]:
        self._prune()
        first, second, _ = self.parts[0]
        return first, second

    def _prune(self) -> None:
        if not self.parts:
            self.parts = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))]
        first, second, score = (
            np.concatenate(columns) for columns in zip(*self.parts, strict=True)
        )
        keep = _closest(first, second, score, self.n, _PARTNERS, self.floor)
        self.parts = [(first[keep], second[keep], score[keep])]
        self.pending = 0


def _closest(
    first: Ints, second: Ints, score: Floats, n: int, count: int, floor: Floats | None = None
) -> NDArray[np.bool_]:
    """Which pairs are among the ``count`` best of either image, or its first very close one.

    That first one connects a crowd of images that are all alike, whatever their closest are.

    Args:
        first: Number of one image of each pair.
        second: Number of the other.
        score: How close they are.
        n: How many images there are.
        count: How many pairs each image keeps.
        floor: Takes the score of the ``count``-th best of each image that has so many.
    """
    pair = np.tile(np.arange(len(first)), 2)
    ends, others = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((others, -score[pair], ends))
    rank = _within(ends[order])
    keep = np.zeros(len(first), np.bool_)
    keep[pair[order[rank < count]]] = True
    if floor is not None:
        last = order[rank == count - 1]
        floor[ends[last]] = score[pair[last]]
    alike = np.flatnonzero(score >= _VERY_CLOSE)
    earliest = alike[np.lexsort((first[alike], second[alike]))]
    keep[earliest[_within(second[earliest]) == 0]] = True
    return keep


def _within(sorted_values: Ints) -> Ints:
    """Place of each among its equals."""
    return np.arange(len(sorted_values)) - np.searchsorted(sorted_values, sorted_values)


T = TypeVar("T")
R = TypeVar("R")


def _threaded(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    threads = min(os.cpu_count() or 1, 16)
    return map_ahead(function, items, threads=threads, ahead=2 * threads)


@dataclass(frozen=True, eq=False)
class _Looks:
    """First alignments of pairs: the better way round, and the other."""

    score: Floats
    swapped: NDArray[np.bool_]
    cut: Ints
    turn: Ints
    other_score: Floats
    other_cut: Ints
    other_turn: Ints

    def take(self, keep: NDArray[np.bool_]) -> "_Looks":
        return _Looks(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))


def _first_looks(pool: _Pool, small: NDArray[np.float16], first: Ints, second: Ints) -> _Looks:
    one = _directed(pool, small, first, second)
    two = _directed(pool, small, second, first)
    swapped = two[0] > one[0]
    pairs: list[tuple[Any, Any]] = list(zip(one, two, strict=True))
    better = [np.where(swapped, b, a) for a, b in pairs]
    worse = [np.where(swapped, a, b) for a, b in pairs]
    return _Looks(better[0], swapped, better[1], better[2], *worse)


def _directed(
    pool: _Pool, small: NDArray[np.float16], source: Ints, target: Ints
) -> tuple[Floats, Ints, Ints]:
    """Best cut of each source and orientation of its target: score, cut, orientation."""
    order = np.argsort(source, kind="stable")
    place = _within(source[order])
    images, row = np.unique(source[order] * len(pool) + place // _SLOTS, return_inverse=True)
    images //= len(pool)
    slot = place % _SLOTS
    score, cut, turn = np.empty(len(order), np.float32), np.empty_like(order), np.empty_like(order)
    starts = np.arange(0, len(images), _BATCH)

    def one(start: int) -> tuple[slice, list[Any]]:
        here = slice(*np.searchsorted(row, (start, start + _BATCH)))
        numbers = images[start : start + _BATCH]
        others = np.zeros((len(numbers), _SLOTS, small.shape[1]), np.float16)
        at = row[here] - start, slot[here]
        others[at] = small[target[order[here]]]
        light, _ = pool.read(numbers)
        return here, [values[at] for values in first_alignments(light, others)]

    for here, values in _threaded(one, starts.tolist()):
        score[order[here]], cut[order[here]], turn[order[here]] = values
    return score, cut, turn


def _confirmed(
    pool: _Pool, first: Ints, second: Ints, looks: _Looks
) -> tuple[NDArray[np.bool_], Floats]:
    source, target = np.where(looks.swapped, (second, first), (first, second))
    same, likeness = _aligned(pool, source, target, looks.cut, looks.turn)
    again = np.flatnonzero(~same & (looks.other_score >= _ROUGH))
    more, other = _aligned(
        pool, target[again], source[again], looks.other_cut[again], looks.other_turn[again]
    )
    same[again[more]], likeness[again[more]] = True, other[more]
    return same, likeness


def _aligned(
    pool: _Pool, source: Ints, target: Ints, cut: Ints, turn: Ints
) -> tuple[NDArray[np.bool_], Floats]:
    """Whether each source, from its cut on, shows its turned target; and how alike they are."""

    def one(start: int) -> tuple[NDArray[np.bool_], Floats]:
        here = slice(start, start + _SLOTS)
        light, tint = pool.read(source[here])
        other, other_tint = (oriented(m, turn[here]) for m in pool.read(target[here]))
        match = align(light, tint, other, other_tint, cut[here])
        return _same(match), match.likeness

    parts = list(_threaded(one, range(0, len(source), _SLOTS)))
    if not parts:
        return np.zeros(0, np.bool_), np.zeros(0, np.float32)
    same, likeness = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return same, np.minimum(np.round(likeness, 4), 1)


_STILL = 0.02
"""Share cut off below which an image lies on the other as it is: JPEG, contrast, colours."""

_REPETITIVE = 0.8
"""Likeness to itself, shifted, from which two stripes or chequers align though they differ."""


def _same(match: Match) -> NDArray[np.bool_]:
    """Whether aligned images show the same picture.

    Bounds chosen on 15,176 real images and planted copies of 2,600 of them; the benchmark
    ``near_duplicates.py`` measures them.
    """
    detail, colour = match.detail, match.colour
    still = np.abs(match.cuts).max((1, 2)) < _STILL
    moved = (detail > 0.94) & (colour < 0.4)
    unmoved = ((detail > 0.9) & (colour < 0.4)) | ((detail > 0.82) & (colour < 0.2))
    pattern = (colour < 0.12) & ((detail > 0.97) | (still & (detail > 0.95)))
    plain = moved | (still & unmoved)
    return np.asarray(np.where(match.repetition < _REPETITIVE, plain, pattern), np.bool_)


class _Descriptor:
    """A descriptor of images: linear in pooled features, best at telling crops from others.

    Attributes:
        size: Length of a descriptor.
    """

    def __init__(self, mean: Floats, weights: Floats, floor: float) -> None:
        self.mean, self.weights, self.floor = mean, weights, floor
        self.size = weights.shape[1] + 1

    def __call__(self, light: Floats, tint: Floats) -> Floats:
        """Descriptors of length 1 of the images in all orientations, shape (8, n, d)."""
        maps = _features(light, tint)
        return np.stack([self._unit(_turned(maps, turn)) for turn in range(len(ORIENTATIONS))])

    def _unit(self, features: Floats) -> Floats:
        shown = (features - self.mean) @ self.weights
        fixed = np.full((len(shown), 1), self.floor, np.float32)
        shown = np.concatenate([shown, fixed], 1)
        return np.asarray(shown / np.sqrt((shown * shown).sum(1, keepdims=True)), np.float32)

    @classmethod
    def of(cls, pool: _Pool) -> "_Descriptor":
        """Fit to evenly spaced images and random crops of them: a discriminant analysis.

        The floor makes images alike that differ from the mean by less than crops differ.
        """
        rng = np.random.default_rng(0)
        chosen = np.unique(np.linspace(0, len(pool) - 1, min(len(pool), _FIT_ON)).astype(np.int64))
        light, tint = pool.read(chosen)
        maps = _features(light, tint)
        views = [_turned(maps, turn) for turn in range(8)]
        mean = np.mean([view.mean(0) for view in views], 0)
        total = sum((view - mean).T @ (view - mean) for view in views) / (8 * len(chosen))
        within = np.zeros_like(total)
        for around in range(_FIT_ROUNDS):
            changed = _features(*_changed(light, tint, rng))
            for turn in range(around, 8, _FIT_ROUNDS):
                apart = _turned(changed, turn) - views[turn]
                within += apart.T @ apart / (8 * len(chosen))
        size = len(total)
        total, within = total.astype(np.float64), within.astype(np.float64)
        total.flat[:: size + 1] += 5e-4 * np.trace(total) / size
        within.flat[:: size + 1] += 5e-3 * np.trace(within) / size + 1e-9
        ratio, vectors = eigh(
            total, within, subset_by_index=[size - min(size, _DIMENSIONS), size - 1]
        )
        weights = vectors * ratio**-0.25
        floor = float(np.sqrt(np.sum(ratio**-0.5)))
        return cls(np.asarray(mean, np.float32), np.asarray(weights, np.float32), floor)


_Maps = list[tuple[bool, Floats]]


def _features(light: Floats, tint: Floats) -> _Maps:
    """Maps of brightness, of edges by direction (marked) and of colour."""
    contrast = light.std((1, 2), keepdims=True) + 4
    shown = (light - light.mean((1, 2), keepdims=True)) / contrast
    maps = [(False, 2 * _pooled(shown, 8)[:, None])]
    for _ in range(3):
        across = shown[:, 1:-1, 2:] - shown[:, 1:-1, :-2]
        down = shown[:, 2:, 1:-1] - shown[:, :-2, 1:-1]
        falling = (shown[:, 2:, 2:] - shown[:, :-2, :-2]) * np.float32(0.7)
        rising = (shown[:, 2:, :-2] - shown[:, :-2, 2:]) * np.float32(0.7)
        strength = np.stack([_pooled(np.abs(m), 5) for m in (across, down, falling, rising)], 1)
        mean = strength.mean((1, 2, 3), keepdims=True) + 1e-3
        maps.append((True, np.float32(0.7) * np.sqrt(strength / mean)))
        rows = shown[:, ::2] + shown[:, 1::2]
        shown = (rows[:, :, ::2] + rows[:, :, 1::2]) / 4
    if tint.shape[1]:
        maps.append((False, _pooled(tint / contrast[:, None], 5)))
    return maps


def _turned(maps: _Maps, turn: int) -> Floats:
    """The maps of the images in an orientation, one row per image."""
    t, v, h = ORIENTATIONS[turn]
    flat = []
    for directed, m in maps:
        if directed and t:
            m = m[:, [1, 0, 2, 3]]
        if directed and v != h:
            m = m[:, [0, 1, 3, 2]]
        m = m.swapaxes(2, 3) if t else m
        m = m[:, :, :: -1 if v else 1, :: -1 if h else 1]
        flat.append(m.reshape(len(m), -1))
    return np.concatenate(flat, 1).astype(np.float32)


def _pooled(images: Floats, cells: int) -> Floats:
    """Means over cells x cells windows."""
    weights = windows(np.zeros((1, 2)), cells, images.shape[-1])[0]
    return np.asarray(weights @ images @ weights.T, np.float32)


def _changed(light: Floats, tint: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Random crops with other contrast and some noise, and every second only shifted."""
    n = len(light)
    cut, share = rng.uniform(0, 0.15, (n, 2)), rng.uniform(0, 1, (n, 2))
    ends = np.stack([cut * share, cut * (1 - share)], 2)
    shift = rng.integers(-3, 4, (n, 2)) / SIDE
    shifted = np.arange(n) % 2 == 0
    ends[shifted] = np.stack([shift, -shift], 2)[shifted]
    gain = np.where(shifted, 1, rng.uniform(0.65, 1.45, n)).astype(np.float32)[:, None, None]
    more = np.where(shifted, 0, rng.uniform(-25, 25, n)).astype(np.float32)[:, None, None]
    crops = cut_out(light, ends)
    black = shifted & (np.arange(n) % 4 == 0)
    place = (np.arange(SIDE) + 0.5) / SIDE
    outside = [(place + s[:, None] < 0) | (place + s[:, None] > 1) for s in shift.T]
    crops[black[:, None, None] & (outside[0][:, :, None] | outside[1][:, None, :])] = 0
    noise = rng.normal(0, 3, crops.shape).astype(np.float32)
    noise[shifted] = 0
    crops = ((crops - 128) * gain + 128 + more + noise).clip(0, 255)
    tints = (
        np.stack([cut_out(tint[:, k], ends) for k in range(tint.shape[1])], 1)
        if tint.shape[1]
        else tint
    )
    return crops, tints * gain[:, None]
