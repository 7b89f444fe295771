"""Leakage: the same picture on both sides of a split, or in a source and a target.

Images are the same whose stored bytes are the same, and near-duplicates: crops, copies saved
again, mirrored, shifted or of other contrast, see `similar`.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from warmstart.core.identity import question_key
from warmstart.core.store import write_file
from warmstart.data.dataset import Dataset
from warmstart.data.fingerprint import NOTHING
from warmstart.data.mixture import view_question
from warmstart.data.prepare import images_key, readable_images
from warmstart.data.similar import Pairs, similar_between, similar_images

SIZE = 64
"""Side at which images are compared, in pixels."""

MOST = 200_000
"""Near-duplicates are looked for among so many images; of more, only identical ones are found."""

_VERSION = 4
"""Raised by hand when a change of the code changes which pairs are found."""

_NONE = np.empty(0, np.int64)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Compared:
    """A dataset, ready to be compared with itself and with others.

    Attributes:
        dataset: Its images and labels.
        digests: Digest of each image; n of them.
        pixels: The readable images, uint8 (m, 64, 64, c).
        positions: Which images of the dataset they are, shape (m,).
    """

    dataset: Dataset
    digests: Sequence[bytes]
    pixels: NDArray[np.uint8]
    positions: NDArray[np.int64]

    def picture(self, position: int) -> NDArray[np.uint8]:
        """Return the pixels (64, 64, c) of an image; black if it cannot be read."""
        place = int(np.searchsorted(self.positions, position))
        if place < len(self.positions) and self.positions[place] == position:
            return np.asarray(self.pixels[place])
        return np.zeros(self.pixels.shape[1:], np.uint8)


@dataclass(frozen=True, eq=False)
class Copies:
    """Images of one dataset that show the same picture.

    Attributes:
        positions: Where they stand, shape (k,), k >= 2.
        contradictory: Whether they have different labels.
        identical: Whether their stored bytes are the same.
    """

    positions: NDArray[np.int64]
    contradictory: bool
    identical: bool


def comparable(
    dataset: Dataset, digests: Sequence[bytes], cache: Path, progress: Progress | None = None
) -> Compared:
    """Decode a dataset small, to be compared; what cannot be read is nobody's copy.

    Raises:
        DataError: If no image can be read, or images need a window.
    """
    images, problems = readable_images(
        dataset, digests, size=SIZE, fit="squash", cache=cache, progress=progress
    )
    positions = np.setdiff1d(np.arange(len(dataset)), list(problems))
    return Compared(dataset, digests, images.array, positions)


def pairs_within(one: Compared, cache: Path, progress: Progress | None = None) -> Pairs:
    """Return the pairs of near-duplicates of a dataset as positions; kept in ``cache``.

    None among more than ``MOST`` images, which would take long, and much memory.
    """
    if too_many(one):
        return Pairs(_NONE, _NONE, np.empty(0, np.float32))
    found = _kept(cache, [one], lambda: similar_images(one.pixels, progress=progress))
    return Pairs(one.positions[found.first], one.positions[found.second], found.likeness)


def pairs_between(
    one: Compared, other: Compared, cache: Path, progress: Progress | None = None
) -> Pairs:
    """Return the pairs of an image of one dataset and one of another; kept in ``cache``.

    Only identical images where there are more than ``MOST`` squared pairs to compare.
    """
    if too_many(one, other):
        return _equal_between(one.digests, other.digests)
    found = _kept(
        cache, [one, other], lambda: similar_between(one.pixels, other.pixels, progress=progress)
    )
    return Pairs(one.positions[found.first], other.positions[found.second], found.likeness)


def too_many(one: Compared, other: Compared | None = None) -> bool:
    """Whether near-duplicates are not looked for, because that would take too long."""
    others = one if other is None else other
    return len(one.digests) * len(others.digests) > MOST**2


def find_copies(
    dataset: Dataset, digests: Sequence[bytes], pairs: Pairs | None = None
) -> list[Copies]:
    """Return every set of images that show the same picture, by their first position.

    Files that are empty or cannot be opened are no images and so are nobody's copies.

    Args:
        dataset: The images and their labels.
        digests: Digest of each image.
        pairs: Near-duplicates, see ``pairs_within``.
    """
    labels = np.nan_to_num(dataset.labels, nan=-1)  # np.unique takes two NaN for different
    links = _equal(digests) if pairs is None else [*_equal(digests), (pairs.first, pairs.second)]
    sets = _connected(len(dataset), links)
    return [
        Copies(
            members,
            contradictory=len(np.unique(labels[members], axis=0)) > 1,
            identical=len({digests[position] for position in members}) == 1,
        )
        for members in sets
    ]


def crosses_groups(dataset: Dataset, copies: Copies) -> bool:
    """Whether a split by groups could put these copies into different parts."""
    return dataset.groups is None or len(np.unique(dataset.groups[copies.positions])) > 1


def join_groups(dataset: Dataset, found: Sequence[Copies]) -> Dataset:
    """Return the dataset with all groups that share a copy made one.

    Where no groups were known, each image was its own.
    """
    units = np.arange(len(dataset)).astype(str) if dataset.groups is None else dataset.groups
    names, group_of = np.unique(units, return_inverse=True)
    links = [_chain(group_of[copies.positions]) for copies in found]
    joined = names.copy()
    for members in _connected(len(names), links):
        joined[members] = names[members[0]]
    return replace(dataset, groups=joined[group_of])


_Link = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Numbers of what is linked, from and to."""


def _equal(digests: Sequence[bytes]) -> list[_Link]:
    places: dict[bytes, list[int]] = {}
    for position, digest in enumerate(digests):
        if digest != NOTHING:
            places.setdefault(digest, []).append(position)
    return [_chain(np.array(members)) for members in places.values() if len(members) > 1]


def _equal_between(digests: Sequence[bytes], others: Sequence[bytes]) -> Pairs:
    """The images that are in both, each with its first copy in the other."""
    places = {digest: place for place, digest in reversed(list(enumerate(others)))}
    first = [i for i, digest in enumerate(digests) if digest in places and digest != NOTHING]
    second = [places[digests[i]] for i in first]
    return Pairs(
        np.array(first, np.int64), np.array(second, np.int64), np.ones(len(first), np.float32)
    )


def _chain(members: NDArray[np.int64]) -> _Link:
    return members[:-1], members[1:]


def _connected(n: int, links: Sequence[_Link]) -> list[NDArray[np.int64]]:
    """Sets of two and more of n things that are linked, by their first member."""
    if not links:
        return []
    start, end = (np.concatenate([link[side] for link in links]) for side in (0, 1))
    graph = coo_array((np.ones(len(start), np.bool_), (start, end)), shape=(n, n))
    component = connected_components(graph, directed=False)[1]
    linked = np.unique(np.concatenate([start, end]))
    order = linked[np.argsort(component[linked], kind="stable")]
    cuts = np.flatnonzero(np.diff(component[order])) + 1
    sets = [members for members in np.split(order, cuts) if len(members) > 1]
    return sorted(sets, key=lambda members: int(members[0]))


def _kept(cache: Path, sides: Sequence[Compared], search: Callable[[], Pairs]) -> Pairs:
    """What was found before for these images, else what is found now."""
    question = [_VERSION, *([images_key(s.digests), view_question(s.dataset)] for s in sides)]
    file = cache / "similar" / f"{question_key(question)}.npz"
    stored = _load(file)
    if stored is not None:
        return stored
    found = search()
    _save(file, found)
    return found


def _load(file: Path) -> Pairs | None:
    """Read stored pairs; a missing or damaged file only means that they are looked for again."""
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            return Pairs(stored["first"], stored["second"], stored["likeness"])
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def _save(file: Path, pairs: Pairs) -> None:
    content = io.BytesIO()
    np.savez(content, first=pairs.first, second=pairs.second, likeness=pairs.likeness)
    write_file(file, content.getvalue())
