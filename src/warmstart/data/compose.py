"""Datasets made from datasets: some of the images, other classes, another look, a mixture."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from warmstart.data.dataset import Dataset
from warmstart.errors import DataError

Weights = Literal["class_count"]


def subset(
    dataset: Dataset,
    *,
    n: int | None = None,
    fraction: float | None = None,
    stratified: bool = True,
    weights: Weights | None = None,
    seed: int = 0,
    name: str | None = None,
) -> Dataset:
    """Return some of a dataset's images.

    Args:
        dataset: The parent.
        n: How many images; or
        fraction: which part of them, above 0 and at most 1.
        stratified: Whether classes keep their shares, with at least one image of each.
        weights: ``class_count`` draws an image with a probability in proportion to the number of
            images of its class, so that frequent classes are drawn too often: what the code of
            "Cats, not CAT scans" did for its 1 % subsets. Not for yes/no labels.
        seed: Decides which images.
        name: Name of the subset; the parent's by default.

    Raises:
        DataError: If not exactly one of ``n`` and ``fraction`` is given, if it is out of range,
            if a stratified subset has fewer images than there are classes, or if weights are
            asked for together with stratification or several labels.
    """
    name = dataset.name if name is None else name
    if (n is None) == (fraction is None):
        raise DataError(f"{name}: a subset needs either n or fraction.")
    if fraction is not None:
        if not 0 < fraction <= 1:
            raise DataError(f"{name}: fraction is {fraction:g}; expected more than 0, at most 1.")
        n = max(1, round(fraction * len(dataset)))
    if n is None or not 1 <= n <= len(dataset):
        raise DataError(
            f"{name}: cannot take {n} of the {len(dataset):,} images of {dataset.name}."
        )
    rng = np.random.default_rng([seed, 5])
    everything = np.arange(len(dataset), dtype=np.int64)
    if weights is not None and (stratified or dataset.multilabel):
        raise DataError(
            f'{name}: weights = "{weights}" needs one class per image, and stratified = false.'
        )
    try:
        if weights is None:
            chosen = subset_positions(dataset.labels, everything, n, stratified, rng)
        else:
            chosen = _weighted(dataset.labels, n, rng)
    except DataError as error:
        raise DataError(f"{name}: {error}") from error
    return replace(dataset.take(chosen), name=name)


def of_parts(dataset: Dataset, parts: Sequence[str]) -> Dataset:
    """Return the images of some of a dataset's official parts.

    Args:
        dataset: The parent.
        parts: Some of ``train``, ``validation`` and ``test``.

    Raises:
        DataError: If it has no official parts, or no image in these.
    """
    if dataset.split is None:
        raise DataError(f"{dataset.name} has no official parts; leave out parts = ....")
    chosen = np.flatnonzero(np.isin(dataset.split, list(parts)))
    if not len(chosen):
        there = ", ".join(sorted(set(dataset.split.tolist())))
        raise DataError(
            f"{dataset.name} has no image in its official parts {', '.join(parts)}; it has: "
            f"{there}."
        )
    return dataset.take(chosen)


def _weighted(labels: NDArray[Any], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw without replacement; the weight of an image is the number of images of its class."""
    weights = np.bincount(labels)[labels].astype(np.float64)
    return rng.choice(len(labels), size=n, replace=False, p=weights / weights.sum())


def subset_positions(
    labels: NDArray[Any],
    positions: NDArray[np.int64],
    n: int,
    stratified: bool,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Return ``n`` of these positions, ascending.

    Args:
        labels: Labels of the whole dataset, shape (N,) classes or (N, L) yes/no labels.
        positions: Where to choose from, positions in ``labels``, shape (m,).
        n: How many, from 1 to m.
        stratified: Whether every class present keeps its share, at least one image. Of several
            yes/no labels each keeps at least one image that has it.
        rng: Decides which.

    Returns:
        Some of ``positions``, shape (n,).

    Raises:
        DataError: If ``n`` is below 1 or above m, or if it is stratified and ``n`` is below the
            number of classes among these positions. For yes/no labels: below the number of
            images it takes to have each label once.
    """
    if not 1 <= n <= len(positions):
        raise DataError(f"cannot take {n} of {len(positions)} images.")
    shuffled = rng.permutation(positions)
    if not stratified:
        return np.sort(shuffled[:n])
    if labels.ndim == 2:
        return np.sort(_each_label(labels[shuffled], shuffled, n))
    return np.sort(_each_class(labels[shuffled], shuffled, n))


def _each_class(labels: NDArray[Any], shuffled: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    classes, counts = np.unique(labels, return_counts=True)
    quotas = _quotas(counts, n)
    chosen = [shuffled[labels == name][:quota] for name, quota in zip(classes, quotas, strict=True)]
    return np.concatenate(chosen)


def _quotas(counts: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Share ``n`` out in proportion to the counts, at least one each (largest remainders)."""
    if n < len(counts):
        raise DataError(_too_few(n, f"{len(counts)} classes", len(counts)))
    exact = counts * n / counts.sum()
    quotas: NDArray[np.int64] = np.maximum(np.floor(exact), 1).astype(np.int64)
    while (missing := n - quotas.sum()) != 0:
        room = quotas < counts if missing > 0 else quotas > 1
        gain = np.where(room, np.sign(missing) * (exact - quotas), -np.inf)
        quotas[int(np.argmax(gain))] += np.sign(missing)
    return quotas


def _each_label(labels: NDArray[Any], shuffled: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """One image of each label that is still missing, rarest label first, then any."""
    present = labels == 1
    first = np.zeros(len(shuffled), np.bool_)
    for label in np.argsort(present.sum(axis=0), kind="stable"):
        having = np.flatnonzero(present[:, label])
        if len(having) and not first[having].any():
            first[having[0]] = True
    if first.sum() > n:
        raise DataError(_too_few(n, f"{labels.shape[1]} labels", int(first.sum())))
    return np.concatenate([shuffled[first], shuffled[~first]])[:n]


def _too_few(n: int, what: str, least: int) -> str:
    images = "1 image is" if n == 1 else f"{n} images are"
    return (
        f"{images} too few for one of each of {what}; take at least {least}, or set "
        "stratified = false."
    )
