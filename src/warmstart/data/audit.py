"""Leakage: the same image on both sides of a split, or in a source and a target.

Found here are images whose stored bytes are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from warmstart.data.dataset import Dataset
from warmstart.data.fingerprint import NOTHING


@dataclass(frozen=True, eq=False)
class Copies:
    """Images of one dataset that are the same.

    Attributes:
        positions: Where they stand, shape (k,), k >= 2.
        contradictory: Whether they have different labels.
    """

    positions: NDArray[np.int64]
    contradictory: bool


def find_copies(dataset: Dataset, digests: Sequence[bytes]) -> list[Copies]:
    """Return every set of equal images, by their first position.

    Files that are empty or cannot be opened are no images and so are nobody's copies.

    Args:
        dataset: The images and their labels.
        digests: Digest of each image.
    """
    labels = np.nan_to_num(dataset.labels, nan=-1)  # np.unique takes two NaN for different
    places: dict[bytes, list[int]] = {}
    for position, digest in enumerate(digests):
        places.setdefault(digest, []).append(position)
    found = []
    for digest, members in places.items():
        if len(members) > 1 and digest != NOTHING:
            different = len(np.unique(labels[members], axis=0)) > 1
            found.append(Copies(np.array(members), contradictory=different))
    return found


def crosses_groups(dataset: Dataset, copies: Copies) -> bool:
    """Whether a split by groups could put these copies into different parts."""
    return dataset.groups is None or len(np.unique(dataset.groups[copies.positions])) > 1


def join_groups(dataset: Dataset, found: Sequence[Copies]) -> Dataset:
    """Return the dataset with all groups that share a copy made one.

    Where no groups were known, each image was its own.
    """
    units = np.arange(len(dataset)).astype(str) if dataset.groups is None else dataset.groups
    names, group_of = np.unique(units, return_inverse=True)
    root = np.arange(len(names))

    def find(group: int) -> int:
        while root[group] != group:
            root[group] = root[root[group]]
            group = int(root[group])
        return group

    for copies in found:
        first, *others = (find(int(group)) for group in group_of[copies.positions])
        for other in others:
            root[find(other)] = find(first)
    joined = np.array([names[find(int(group))] for group in group_of], dtype=np.str_)
    return replace(dataset, groups=joined)
