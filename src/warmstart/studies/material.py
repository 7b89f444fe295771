"""What measures read: images of a dataset, as a network sees them."""

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.core.identity import question_key, seed_of
from warmstart.data.compose import subset_positions
from warmstart.data.dataset import Dataset
from warmstart.data.fingerprint import image_digests
from warmstart.data.prepare import prepare, prepared_key
from warmstart.embed.probe import Probe
from warmstart.embed.stored import Shown, stored_features, stored_task2vec
from warmstart.measures.halving import halves
from warmstart.measures.measure import Need

HALVINGS = 3
"""How often a sample is halved; twice as many halves say how sure a measure is."""

AVAILABLE: frozenset[Need] = frozenset(
    {"features", "labels", "source_probabilities", "embedding", "images", "sizes"}
)
"""What a sample and a network can give."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Some images of a dataset, prepared.

    Attributes:
        name: Name of the dataset.
        images: uint8 (n, size, size, c).
        labels: Classes (n,), or yes/no labels (n, L).
        groups: Group of each image; ``None`` where none are known.
        sizes: Width and height of each image as stored, int32 (n, 2).
        key: Names the pixels.
        whole: The sample whose rows these are, and which; ``None`` for one of its own.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[Any]
    groups: NDArray[np.str_] | None
    sizes: NDArray[np.int32]
    key: str
    whole: "tuple[Sample, NDArray[np.int64]] | None" = None

    def take(self, rows: NDArray[np.int64]) -> "Sample":
        """Return some of the images; their features are those of the whole."""
        return replace(
            self,
            images=self.images[rows],
            labels=self.labels[rows],
            groups=None if self.groups is None else self.groups[rows],
            sizes=self.sizes[rows],
            key=question_key([self.key, sha256(rows.tobytes()).hexdigest()]),
            whole=(self, rows),
        )

    def halves(self) -> "list[Sample]":
        """Return random halves, two disjoint ones per halving, the same at every call."""
        order = np.arange(len(self.images))
        labels = self.labels if self.labels.ndim == 1 else np.zeros(len(order))
        drawn = halves((labels, order), self.groups, repeats=HALVINGS)
        return [self.take(np.sort(rows)) for _, rows in drawn]


def sample_of(
    dataset: Dataset,
    *,
    size: int,
    fit: Literal["squash", "crop", "pad"],
    most: int,
    cache: Path,
    leave_out: str | None = None,
) -> Sample:
    """Prepare a dataset and draw at most so many of its images, classes keeping their shares.

    Args:
        dataset: The images and their labels; one with a missing yes/no label is left out.
        size: Height and width in pixels.
        fit: How an image becomes square.
        most: How many images at most.
        cache: Where prepared images are kept.
        leave_out: An official part that nothing may be chosen on, such as ``"test"``.

    Raises:
        DataError: If images cannot be read.
    """
    digests = image_digests(dataset, cache)
    key = prepared_key(dataset, digests, size=size, fit=fit)
    prepared = prepare(dataset, size=size, fit=fit, cache=cache, digests=digests)[1]
    known = np.ones(len(dataset), np.bool_)
    if dataset.multilabel:
        known &= ~np.isnan(dataset.labels).any(axis=1)
    if dataset.split is not None and leave_out is not None:
        known &= dataset.split != leave_out
    rows = np.flatnonzero(known)
    if len(rows) > most:
        rng = np.random.default_rng(seed_of("sample", most))
        rows = subset_positions(dataset.labels, rows, most, True, rng)
    return Sample(
        name=dataset.name,
        images=prepared.array[rows],
        labels=dataset.labels[rows],
        groups=None if dataset.groups is None else dataset.groups[rows],
        sizes=prepared.native_sizes[rows],
        key=question_key([key, sha256(rows.tobytes()).hexdigest()]),
    )


def material(need: Need, sample: Sample, probe: Probe, cache: Path) -> ArrayLike | None:
    """Return what a measure needs of a sample, computed at most once; ``None`` if there is none."""
    if need == "labels":
        return sample.labels
    if need == "images":
        return sample.images
    if need == "sizes":
        return sample.sizes
    if need == "embedding":
        return stored_task2vec(probe, Shown(sample.images, sample.key), sample.labels, cache)
    if sample.whole is not None:
        whole, rows = sample.whole
        found = material(need, whole, probe, cache)
        return None if found is None else np.asarray(found)[rows]
    features = stored_features(probe, Shown(sample.images, sample.key), cache)
    return features.pooled if need == "features" else features.probabilities
