"""A dataset: images with labels, class names, optionally groups and an official split."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Raw = bytes | NDArray[Any]
"""One image as stored: an encoded file, or an array (h, w) or (h, w, c) of integers."""


class Images(Protocol):
    """Where a dataset's images lie, and how their stored bytes are read; decodes nothing."""

    @property
    def root(self) -> Path | None:
        """The folder or file the images come from; ``None`` for images made by a program."""

    @property
    def names(self) -> Sequence[str]:
        """Name of each image: its path relative to the root with ``/``, or ``train/000012``."""

    def raw(self, rows: Sequence[int]) -> Iterator[Raw]:
        """Read the images of these rows, which ascend, one after the other.

        A file that cannot be opened yields ``b""``.
        """

    def stamps(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Size in bytes and mtime in nanoseconds of the file that holds each row, (n, 2).

        Images made by a program return zeros: there is nothing whose change could be seen.
        A file that cannot be opened returns -1, -1.
        """


@dataclass(frozen=True, kw_only=True)
class View:
    """How stored pixels are shown, before a recipe resizes them.

    Attributes:
        window: Intensities shown as black and white for images of more than 8 bits.
        grayscale: Whether colours are left out (ITU-R 601 luma).
        resolution: Side of the square that images are resized to first, whatever their aspect
            ratio, so that they hold no more detail than that; ``None`` leaves them as they are.
    """

    window: tuple[float, float] | None = None
    grayscale: bool = False
    resolution: int | None = None

    def then(self, later: "View") -> "View":
        """Return the view that first shows this one and then a later one.

        The window is the first one's, the resolution the smaller of the two.
        """
        sides = [side for side in (self.resolution, later.resolution) if side is not None]
        return View(
            window=self.window or later.window,
            grayscale=self.grayscale or later.grayscale,
            resolution=min(sides, default=None),
        )

    @property
    def question(self) -> dict[str, object]:
        """What the view changes, to be hashed; nothing for the view that changes nothing."""
        window = {"window": list(self.window)} if self.window else {}
        grey = {"grayscale": True} if self.grayscale else {}
        return {**window, **grey, **({"resolution": self.resolution} if self.resolution else {})}


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Images with labels; knows nothing of tensors, transforms, folds or downloads.

    Attributes:
        name: What the study calls it.
        images: All images the reader found; ``rows`` says which of them belong here.
        rows: Ascending rows of ``images``, shape (n,).
        labels: Class of each image, shape (n,) int64; or for several yes/no labels shape (n, L)
            float64 with 0, 1 and NaN for a missing one.
        classes: Name of each class, or of each of the L labels.
        groups: Patient, lesion, slide or photo of each image, shape (n,) str; ``None`` if unknown.
        split: Official part of each image, ``"train"``, ``"validation"`` or ``"test"``, shape (n,)
            str; ``None`` if the release has none.
        view: How its pixels are shown.
        notes: How the dataset was read, for its user to check.
        warnings: What a reader must know before believing a number.
    """

    name: str
    images: Images
    rows: NDArray[np.int64]
    labels: NDArray[Any]
    classes: tuple[str, ...]
    groups: NDArray[np.str_] | None = None
    split: NDArray[np.str_] | None = None
    view: View = View()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def warn(self, *lines: str) -> "Dataset":
        """Return the dataset with more warnings; what is known already is not said again."""
        new = tuple(line for line in lines if line not in self.warnings)
        return replace(self, warnings=self.warnings + new)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def multilabel(self) -> bool:
        """Whether each image has L yes/no labels instead of one class."""
        return self.labels.ndim == 2

    @property
    def names(self) -> list[str]:
        """Name of each image of this dataset."""
        return [self.images.names[row] for row in self.rows]

    def take(self, positions: NDArray[np.int64]) -> "Dataset":
        """Return the dataset of the images at these positions, kept in ascending order.

        Classes keep their names and numbers, also those that no image has any more.
        """
        chosen = np.sort(positions)
        return replace(
            self,
            rows=self.rows[chosen],
            labels=self.labels[chosen],
            groups=None if self.groups is None else self.groups[chosen],
            split=None if self.split is None else self.split[chosen],
        )
