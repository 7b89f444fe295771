"""What measures ask of their arrays, checked once; nothing is written to or copied needlessly.

Anything `numpy.asarray` takes is accepted. Arrays of floating-point numbers are returned as they
are, so that features larger than memory (``numpy.memmap``) stay on disk: `float64_blocks` yields
what is computed with.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.errors import DataError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK_BYTES = 2**23
"""Bytes of a block of rows in float64."""
SUM_TOLERANCE = 1e-3
"""How far probabilities may be from summing to one: those of half precision are, by 5e-4."""


def check_features(features: ArrayLike, name: str = "features", *, least: int = 2) -> NDArray[Any]:
    """Return features (n, d), of the floating-point type they have, else as float64.

    Args:
        features: One row per image.
        name: What messages call them.
        least: How many rows are needed.

    Raises:
        DataError: If they are not a table of finite numbers with enough rows.
    """
    x = _numbers(features, name)
    if x.ndim != 2 or x.shape[0] < least or x.shape[1] < 1:
        raise DataError(
            f"{name} have shape {x.shape}; expected (n, d) with at least {least} images and one "
            "feature."
        )
    start = 0
    for block in float64_blocks(x):
        bad = ~np.isfinite(block).all(axis=1)
        if bad.any():
            row = start + int(np.argmax(bad))
            raise DataError(f"{name} row {row} holds NaN or inf; leave out or redo that image.")
        start += len(block)
    return x


def check_vector(values: ArrayLike, name: str = "embedding") -> Floats:
    """Return a vector (d,) of finite numbers, as float64.

    Raises:
        DataError: If it is not one.
    """
    x = _numbers(values, name)
    if x.ndim != 1 or not len(x):
        raise DataError(f"{name} has shape {x.shape}; expected (d,) with at least one number.")
    bad = ~np.isfinite(x)
    if bad.any():
        raise DataError(f"{name} entry {int(np.argmax(bad))} is NaN or inf; redo it.")
    return x.astype(np.float64, copy=False)


def check_same_width(a: NDArray[Any], b: NDArray[Any], name: str = "features") -> None:
    """Refuse two tables with different numbers of columns.

    Raises:
        DataError: If they differ.
    """
    if a.shape[1] != b.shape[1]:
        raise DataError(
            f"{name} have {a.shape[1]} and {b.shape[1]} columns; expected as many in both: take "
            "them from the same layer of the same network."
        )


def check_same_length(a: NDArray[Any], b: NDArray[Any], name: str = "activations") -> None:
    """Refuse two tables with different numbers of rows.

    Raises:
        DataError: If they differ.
    """
    if len(a) != len(b):
        raise DataError(
            f"{name} have {len(a)} and {len(b)} rows; expected as many in both: the same images in "
            "the same order."
        )


def check_labels(labels: ArrayLike, n: int, name: str = "labels") -> Ints:
    """Return the class of each image as numbers 0 to K-1 without gaps, shape (n,).

    Args:
        labels: Any values, names or numbers, shape (n,) or (n, 1); only equality counts, so that
            gaps between class numbers mean nothing. Classes are numbered in ascending order.
        n: How many images there are.
        name: What messages call them.

    Raises:
        DataError: If the length is another, a label is NaN, or there is one class only.
    """
    y = np.asarray(labels)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise DataError(f"{name} have shape {y.shape}; expected one class per image, ({n},).")
    _check_length(y, n, name)
    _check_known(y[:, None], name)
    classes, codes = _numbered(y, name)
    if len(classes) < 2:
        raise DataError(f"{name} hold one class only, {classes[0]}; expected at least two.")
    return codes


def check_targets(labels: ArrayLike, n: int) -> list[Ints]:
    """Return one array of classes, as `check_labels` does, per question that labels answer.

    Args:
        labels: One class per image, shape (n,): one question. Or several yes/no labels per image,
            0 or 1, shape (n, L): L questions of two classes each.
        n: How many images there are.

    Raises:
        DataError: If `check_labels` refuses one of them, or a yes/no label is not 0 or 1.
    """
    y = np.asarray(labels)
    if y.ndim != 2 or y.shape[1] == 1:
        return [check_labels(y, n)]
    _check_length(y, n, "labels")
    if not y.shape[1]:
        raise DataError(f"labels have shape {y.shape}; expected ({n},) or ({n}, L), L >= 1.")
    _check_known(y, "labels")
    wrong = ~np.isin(y, (0, 1))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise DataError(
            f"labels row {row}, column {column} is {y[row, column]}; several labels per image must "
            "be 0 or 1."
        )
    return [check_labels(y[:, j], n, f"labels of column {j}") for j in range(y.shape[1])]


def check_probabilities(
    probabilities: ArrayLike, n: int | None = None, name: str = "source_probabilities"
) -> Floats:
    """Return class probabilities of the source's head, shape (n, z), as float64.

    Args:
        probabilities: One row per image, each summing to one.
        n: How many images there are, where that is known.
        name: What messages call them.

    Raises:
        DataError: If they are not probabilities, or of another number of images.
    """
    p = check_features(probabilities, name, least=1).astype(np.float64, copy=False)
    if n is not None:
        _check_length(p, n, name)
    negative = (p < 0).any(axis=1)
    if negative.any():
        raise DataError(
            f"{name} row {int(np.argmax(negative))} holds a negative number; expected "
            "probabilities: apply softmax to the logits."
        )
    sums = p.sum(axis=1)
    off = np.abs(sums - 1) > SUM_TOLERANCE
    if off.any():
        row = int(np.argmax(off))
        raise DataError(
            f"{name} row {row} sums to {sums[row]:.4g}; expected 1: apply softmax to the logits."
        )
    return p


def check_groups(groups: ArrayLike | None, n: int) -> Ints:
    """Return the group of each image as numbers without gaps, each its own without groups.

    Raises:
        DataError: If the length is another than n, or a group is NaN.
    """
    if groups is None:
        return np.arange(n)
    g = np.asarray(groups)
    if g.ndim != 1:
        raise DataError(f"groups have shape {g.shape}; expected one group per image, ({n},).")
    _check_length(g, n, "groups")
    _check_known(g[:, None], "groups")
    return _numbered(g, "groups")[1]


def float64_blocks(x: NDArray[Any]) -> Iterator[Floats]:
    """Yield all rows in order, some at a time, as float64; not to be written to."""
    step = max(1, BLOCK_BYTES // (8 * x.shape[1]))
    for start in range(0, len(x), step):
        yield np.asarray(x[start : start + step], np.float64)


def _numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    try:
        x = np.asarray(values)
        if np.issubdtype(x.dtype, np.floating):
            return x
        if not np.iscomplexobj(x):
            return x.astype(np.float64)
    except (TypeError, ValueError):
        pass
    raise DataError(f"{name} cannot be read as an array of real numbers; expected a table of them.")


def _numbered(values: NDArray[Any], name: str) -> tuple[NDArray[Any], Ints]:
    """The values that differ, ascending, and which of them each is."""
    try:
        known, numbers = np.unique(values, return_inverse=True)
    except TypeError as error:
        raise DataError(
            f"{name} are of several types, or missing; expected all numbers or all texts."
        ) from error
    return known, numbers.astype(np.int64)


def _check_length(values: NDArray[Any], n: int, name: str) -> None:
    if len(values) != n:
        raise DataError(
            f"{name} are of {len(values)} images and features of {n}; expected as many."
        )


def _check_known(values: NDArray[Any], name: str) -> None:
    """Refuse NaN; several labels per image may not be partly unknown either."""
    if not np.issubdtype(values.dtype, np.floating):
        return
    unknown = np.isnan(values).any(axis=1)
    if unknown.any():
        raise DataError(
            f"{name} row {int(np.argmax(unknown))} holds NaN; leave out images whose label is not "
            "known."
        )
