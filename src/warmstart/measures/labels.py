"""What measures ask of labels and groups, checked once."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.errors import DataError
from warmstart.measures.checks import Ints, as_array, check_length


def check_labels(labels: ArrayLike, n: int, name: str = "labels") -> Ints:
    """Return the class of each image as numbers 0 to K-1 without gaps, shape (n,).

    Args:
        labels: Any values, names or numbers, shape (n,) or (n, 1); only equality counts, so that
            gaps between class numbers mean nothing. Classes are numbered in ascending order.
        n: How many images there are.
        name: What messages call them.

    Raises:
        DataError: If the length is another, a label is missing, or there is one class only.
    """
    y = read_values(labels, name)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise DataError(f"{name} have shape {y.shape}; expected one class per image, ({n},).")
    check_length(y, n, name)
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
    y = read_values(labels, "labels")
    if y.ndim != 2 or y.shape[1] == 1:
        return [check_labels(y, n)]
    check_length(y, n, "labels")
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


def check_groups(groups: ArrayLike | None, n: int) -> Ints:
    """Return the group of each image as numbers without gaps, each its own without groups.

    Raises:
        DataError: If the length is another than n, or a group is missing.
    """
    if groups is None:
        return np.arange(n)
    g = read_values(groups, "groups")
    if g.ndim != 1:
        raise DataError(f"groups have shape {g.shape}; expected one group per image, ({n},).")
    check_length(g, n, "groups")
    _check_known(g[:, None], "groups")
    return _numbered(g, "groups")[1]


def read_values(values: ArrayLike, name: str) -> NDArray[Any]:
    """Labels or groups: texts and missing values in one list must not become texts."""
    x = as_array(values, name)
    if x.dtype.kind in "US" and not hasattr(values, "dtype"):
        return np.asarray(values, object)
    return x


def _numbered(values: NDArray[Any], name: str) -> tuple[NDArray[Any], Ints]:
    """The values that differ, ascending, and which of them each is."""
    try:
        known, numbers = np.unique(values, return_inverse=True)
    except TypeError as error:
        raise DataError(
            f"{name} are of several types; expected all numbers or all texts."
        ) from error
    return known, numbers.astype(np.int64)


def _check_known(values: NDArray[Any], name: str) -> None:
    """Refuse missing values; several labels per image may not be partly unknown either."""
    unknown = missing(values)
    if unknown.any():
        row, column = np.argwhere(unknown)[0]
        found = values[row, column]
        what = "NaN" if isinstance(found, float | np.floating) else found
        raise DataError(
            f"{name} row {row} holds {what}; leave out images whose label is not known."
        )


def missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values of a table are NaN, NaT, None or pandas' NA."""
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values))
    if values.dtype.kind in "mM":
        return np.asarray(np.isnat(values))
    if values.dtype.kind != "O":
        return np.zeros(values.shape, np.bool_)
    return np.array([[_is_missing(value) for value in row] for row in values])


def _is_missing(value: object) -> bool:
    """NaN and NaT are not equal to themselves; of pandas' NA nobody knows."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True
