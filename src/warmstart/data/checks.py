"""Checks of a dataset, once, when it is read: trust inside."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from warmstart.data.dataset import Dataset
from warmstart.errors import DataError

NO_GROUPS = "no groups known: AUC will be too high if patients have several images"
SPLITS = ("train", "validation", "test")


def check_dataset(dataset: Dataset, *, trainable: bool = True) -> Dataset:
    """Return the dataset, with one loud note where no groups are known.

    Args:
        dataset: As a reader returned it.
        trainable: Refuse what no classification can be learned from, see ``class_faults``.

    Raises:
        DataError: If lengths disagree, names are no text, or labels are out of range; where it is
            to be trainable, if there is one class only, a class has no image, or all images of a
            class are in one group.
    """
    _check_lengths(dataset)
    _check_names(dataset)
    _check_class_names(dataset)
    _check_labels(dataset)
    _check_split(dataset)
    faults = class_faults(dataset) if trainable else []
    if faults:
        raise DataError(f"{dataset.name}: {faults[0]}.")
    return dataset.warn(NO_GROUPS) if dataset.groups is None else dataset


def class_faults(dataset: Dataset) -> list[str]:
    """Return what keeps a class from being learned and tested, a line each."""
    if len(dataset.classes) < 2 and not dataset.multilabel:
        only = "".join(f" ({name!r})" for name in dataset.classes)
        return [f"one class only{only}; a classification needs at least two"]
    return [*_empty_classes(dataset), *_classes_in_one_group(dataset)]


def check_folds_possible(dataset: Dataset, folds: int) -> None:
    """Refuse a class with fewer images, or groups, than folds.

    Raises:
        DataError: If there are fewer than two folds, or a class has fewer groups than folds.
    """
    if folds < 2:
        raise DataError(f"{dataset.name}: protocol.folds is {folds}; it must be at least 2.")
    unit = "image" if dataset.groups is None else "group"
    for name, count in zip(dataset.classes, groups_of_classes(dataset), strict=True):
        if count < folds:
            raise DataError(
                f"{dataset.name}: class {name!r} has {count} {unit}{'s' if count != 1 else ''}, "
                f"fewer than the {folds} folds; lower protocol.folds or merge the class."
            )


def class_members(dataset: Dataset) -> NDArray[np.bool_]:
    """Whether each image has each class, or each yes/no label, shape (n, classes)."""
    if dataset.multilabel:
        return np.asarray(dataset.labels == 1)
    return np.asarray(dataset.labels[:, None] == np.arange(len(dataset.classes)))


def class_counts(dataset: Dataset) -> NDArray[np.int64]:
    """Return the images of each class, or with each yes/no label, shape (classes,)."""
    if dataset.multilabel:
        return np.asarray((dataset.labels == 1).sum(axis=0), np.int64)
    return np.asarray(np.bincount(dataset.labels, minlength=len(dataset.classes)), np.int64)


def units(dataset: Dataset) -> NDArray[np.int64]:
    """Number of the group of each image, from 0; without groups every image is its own."""
    if dataset.groups is None:
        return np.arange(len(dataset), dtype=np.int64)
    return np.unique(dataset.groups, return_inverse=True)[1].astype(np.int64)


def _check_lengths(dataset: Dataset) -> None:
    n = len(dataset.rows)
    if n == 0:
        raise DataError(f"{dataset.name} holds no images.")
    columns = (("labels", dataset.labels), ("groups", dataset.groups), ("split", dataset.split))
    for what, column in columns:
        if column is not None and len(column) != n:
            raise DataError(f"{dataset.name}: {n} images, but {len(column)} {what}.")
    rows = dataset.rows
    if (np.diff(rows) <= 0).any() or rows[0] < 0 or rows[-1] >= len(dataset.images.names):
        raise DataError(f"{dataset.name}: rows must ascend and lie within the images.")


def _check_names(dataset: Dataset) -> None:
    """Refuse names of files that are not UTF-8: they cannot be hashed, written or printed."""
    wrong = [name for name in dataset.names if not _is_text(name)]
    if wrong:
        names = "name is" if len(wrong) == 1 else "names are"
        shown = ", ".join(map(repr, wrong[:5])) + (", ..." if len(wrong) > 5 else "")
        raise DataError(
            f"{dataset.name}: {len(wrong)} of {len(dataset)} file {names} not UTF-8: {shown}. "
            "Rename these files or their folders."
        )


def _is_text(name: str) -> bool:
    """Whether Python could read the name; it puts surrogates for bytes that are not UTF-8."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def _check_class_names(dataset: Dataset) -> None:
    twice = [name for name, count in Counter(dataset.classes).items() if count > 1]
    if twice:
        raise DataError(f"{dataset.name}: two classes are named {twice[0]!r}; rename one.")


def _check_labels(dataset: Dataset) -> None:
    labels, count = dataset.labels, len(dataset.classes)
    if dataset.multilabel:
        wrong = ~(np.isnan(labels) | (labels == 0) | (labels == 1)).all(axis=1)
        allowed = "0, 1 or missing"
        if labels.shape[1] != count:
            raise DataError(
                f"{dataset.name}: {labels.shape[1]} labels per image, but {count} names of labels."
            )
    else:
        wrong = ~np.isin(labels, np.arange(count))
        allowed = f"0 to {count - 1}"
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"{dataset.name}: {dataset.images.names[dataset.rows[first]]} has label "
            f"{labels[first].tolist()}; expected {allowed}."
        )


def _check_split(dataset: Dataset) -> None:
    if dataset.split is None:
        return
    unknown = sorted(set(dataset.split.tolist()) - set(SPLITS))
    if unknown:
        raise DataError(
            f"{dataset.name}: official part {unknown[0]!r}; expected one of {', '.join(SPLITS)}."
        )


def _empty_classes(dataset: Dataset) -> Iterator[str]:
    what = "label" if dataset.multilabel else "class"
    for name, count in zip(dataset.classes, class_counts(dataset), strict=True):
        if not count:
            yield f"{what} {name!r} has no image; add images or leave it out"
    if dataset.multilabel:
        for name, column in zip(dataset.classes, dataset.labels.T, strict=True):
            if not (column == 0).any():
                yield f"label {name!r} is never 0; leave it out, there is nothing to tell apart"


def _classes_in_one_group(dataset: Dataset) -> Iterator[str]:
    if dataset.groups is None:
        return
    counts = class_counts(dataset)
    for number in np.flatnonzero(groups_of_classes(dataset) == 1):
        images = "the only image" if counts[number] == 1 else f"all {counts[number]} images"
        are = "is" if counts[number] == 1 else "are"
        yield (
            f"{images} of class {dataset.classes[number]!r} {are} "
            "in one group, which cannot be both trained on and tested; add images of other "
            "groups or merge the class"
        )


def groups_of_classes(dataset: Dataset) -> NDArray[np.int64]:
    """In how many groups each class has images; light for a thousand classes."""
    unit, classes = units(dataset), len(dataset.classes)
    if dataset.multilabel:
        rows, labels = np.nonzero(dataset.labels == 1)
        pairs = np.unique(unit[rows] * classes + labels)
    else:
        pairs = np.unique(unit * classes + dataset.labels)
    return np.asarray(np.bincount(pairs % classes, minlength=classes), np.int64)
