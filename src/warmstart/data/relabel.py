"""Other classes for the same images: some of them, or several merged into one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from warmstart.core.names import hint
from warmstart.data.dataset import Dataset
from warmstart.errors import DataError


def relabel(
    dataset: Dataset,
    *,
    keep: Sequence[str] | None = None,
    merge: Mapping[str, Sequence[str]] | None = None,
) -> Dataset:
    """Return the dataset with some of its classes, or with coarser ones.

    Images of a class that is not kept are left out. Of several yes/no labels those not kept are
    left out, the images stay; a merged label is 1 where any of its labels is, 0 where all are 0,
    and missing else. A merged class stands where the first of its classes stood.

    Args:
        dataset: The parent.
        keep: Names of classes; all by default.
        merge: Name of each new class to those of the classes it takes the place of.

    Raises:
        DataError: If a class is unknown, is merged twice, or the name of a new class is empty or
            taken.
    """
    merge = merge or {}
    kept = dataset.classes if keep is None else tuple(keep)
    _check(dataset, kept, merge)
    new_name = {old: new for new, olds in merge.items() for old in olds}
    names = [name for name in dataset.classes if name in kept]
    classes = tuple(dict.fromkeys(new_name.get(name, name) for name in names))
    sources = [
        [dataset.classes.index(name) for name in names if new_name.get(name, name) == new]
        for new in classes
    ]
    if dataset.multilabel:
        columns = [_any(dataset.labels[:, columns]) for columns in sources]
        return replace(dataset, classes=classes, labels=np.stack(columns, axis=1))
    number = np.full(len(dataset.classes), -1, np.int64)
    for position, olds in enumerate(sources):
        number[olds] = position
    labels = number[dataset.labels]
    renamed = replace(dataset, classes=classes, labels=labels)
    return renamed.take(np.flatnonzero(labels >= 0))


def _any(labels: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 where any label is 1, 0 where all are 0, else missing."""
    found = np.where(np.isnan(labels).any(axis=1), np.nan, 0.0)
    found[(labels == 1).any(axis=1)] = 1.0
    return found


def _check(dataset: Dataset, kept: Sequence[str], merge: Mapping[str, Sequence[str]]) -> None:
    merged = [name for olds in merge.values() for name in olds]
    if not all(name.strip() for name in merge):
        raise DataError(f"{dataset.name}: a merged class has no name; give it one.")
    for name in (*kept, *merged):
        if name not in dataset.classes:
            raise DataError(
                f"{dataset.name} has no class {name!r}.{hint(name, dataset.classes)} "
                f"Classes: {', '.join(dataset.classes)}."
            )
    for name in merged:
        if merged.count(name) > 1:
            raise DataError(f"{dataset.name}: class {name!r} is merged twice.")
        if name not in kept:
            raise DataError(f"{dataset.name}: class {name!r} is merged, but not kept.")
    taken = [name for name in merge if name in kept and name not in merge[name]]
    if taken:
        raise DataError(
            f"{dataset.name}: a merged class cannot be named {taken[0]!r}, the name of another "
            "class; choose another name, or merge that class too."
        )
