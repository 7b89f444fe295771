"""The official parts of a user's images: what folds are made of, and what is left alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from warmstart.core.text import counted
from warmstart.data.checks import SPLITS, check_dataset
from warmstart.data.dataset import Dataset
from warmstart.errors import DataError

_TITLES = {"train": "training", "validation": "validation", "test": "test"}


@dataclass(frozen=True, kw_only=True)
class OfficialParts:
    """The official parts of a dataset.

    Attributes:
        images: Images of each part that there is, by its name; empty without official parts.
    """

    images: Mapping[str, int]

    @classmethod
    def of(cls, dataset: Dataset) -> "OfficialParts":
        """Count the images of each part."""
        if dataset.split is None:
            return cls(images={})
        counts = {part: int((dataset.split == part).sum()) for part in SPLITS}
        return cls(images={part: count for part, count in counts.items() if count})

    @property
    def used(self) -> tuple[str, ...]:
        """Parts a start is chosen on: all but the test part, where there is one to train on."""
        spared = {"test"} if "train" in self.images else set()
        return tuple(part for part in self.images if part not in spared)

    @property
    def spared(self) -> int:
        """Images of the test part that nothing is chosen on."""
        return sum(count for part, count in self.images.items() if part not in self.used)

    def used_of(self, dataset: Dataset) -> Dataset:
        """Return the images that a start is chosen on.

        Raises:
            DataError: If they are none that a classification can be learned from.
        """
        if dataset.split is None or not self.spared:
            return dataset
        kept = dataset.take(np.flatnonzero(np.isin(dataset.split, self.used)))
        try:
            return check_dataset(kept)
        except DataError as error:
            raise DataError(
                f"{error} Images of the official test part, {self.spared:,} here, do not count: "
                "they are left for a last evaluation."
            ) from error

    @property
    def sentence(self) -> str:
        """What became of the parts; empty where there is nothing to tell."""
        pooled = " and ".join(_TITLES[part] for part in self.used)
        counts = " and ".join(f"{self.images[part]:,}" for part in self.used)
        if self.spared:
            return (
                f"The official test part ({counted(self.spared, 'image')}) was left untouched, for "
                f"a last evaluation; folds are of the {pooled} part ({counts} images)."
            )
        if len(self.used) > 1:
            return f"The official {pooled} part ({counts} images) were pooled; folds are of both."
        return ""

    def __str__(self) -> str:
        return ", ".join(f"{part} {count:,}" for part, count in self.images.items())
