"""The images of several datasets, one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from warmstart.data.dataset import Dataset, Raw, View


@dataclass(frozen=True, eq=False)
class Mixture:
    """All images of several datasets; ``member/name`` is the name of an image.

    Attributes:
        members: The datasets, with different names.
    """

    members: tuple[Dataset, ...]
    root: None = None

    @cached_property
    def names(self) -> Sequence[str]:
        """Name of each image: that of its dataset, then its own."""
        return [f"{member.name}/{name}" for member in self.members for name in member.names]

    @cached_property
    def _starts(self) -> list[int]:
        lengths = [len(member) for member in self.members]
        return [0, *np.cumsum(lengths).tolist()]

    def shares(self, rows: Sequence[int]) -> Iterator[tuple[Dataset, NDArray[np.int64]]]:
        """Yield each member with the positions in it that these ascending rows are."""
        wanted = np.asarray(rows, np.int64)
        for member, (start, end) in zip(self.members, pairwise(self._starts), strict=True):
            yield member, wanted[(wanted >= start) & (wanted < end)] - start

    def raw(self, rows: Sequence[int]) -> Iterator[Raw]:
        """Read the images of these rows."""
        for member, inside in self.shares(rows):
            if len(inside):
                yield from member.images.raw(member.rows[inside].tolist())

    def stamps(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Size and mtime of the file that holds each row, shape (n, 2)."""
        found = [
            member.images.stamps(member.rows[inside].tolist())
            for member, inside in self.shares(rows)
        ]
        return np.concatenate(found)


def leaves(dataset: Dataset) -> Iterator[Dataset]:
    """Yield the datasets that a dataset's images are read from, in the order of its images.

    A mixture's members are looked through; of one without groups the leaves have none either.
    """
    if not isinstance(dataset.images, Mixture):
        yield dataset
        return
    for member, inside in dataset.images.shares(dataset.rows.tolist()):
        share = member.take(inside)
        yield from leaves(share if dataset.groups is not None else replace(share, groups=None))


def lasting_names(dataset: Dataset) -> list[str]:
    """Return the names of a dataset's images with the numbers of members instead of their names.

    So a member may be renamed and the dataset is the same.
    """
    if not isinstance(dataset.images, Mixture):
        return dataset.names
    shares = enumerate(dataset.images.shares(dataset.rows.tolist()))
    return [
        f"{number}/{name}"
        for number, (member, inside) in shares
        for name in lasting_names(member.take(inside))
    ]


def views(dataset: Dataset) -> list[View]:
    """Return how each image of a dataset is shown: n views, first to last."""
    if not isinstance(dataset.images, Mixture):
        return [dataset.view] * len(dataset)
    found: list[View] = []
    for member, inside in dataset.images.shares(dataset.rows.tolist()):
        shown = views(member.take(inside))
        found += [view.then(dataset.view) for view in shown]
    return found


def view_question(dataset: Dataset) -> dict[str, object]:
    """Return what a dataset's views change, to be hashed; nothing if they change nothing."""
    if not isinstance(dataset.images, Mixture):
        return dataset.view.question
    runs = [(view.question, len(list(same))) for view, same in groupby(views(dataset))]
    return {"views": runs} if any(question for question, _ in runs) else {}
