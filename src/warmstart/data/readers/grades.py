"""Diabetic retinopathy in five grades, as classes or as yes/no labels."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from warmstart.data.readers.labels import known_labels
from warmstart.data.readers.table import Table

GradeLabels = Literal["grades", "onehot", "cumulative", "referable"]
"""Five classes; five yes/no labels; yes/no labels "at least grade 1" to 4; at least moderate."""

_GRADES = ("no_dr", "mild", "moderate", "severe", "proliferative")
_REFERABLE = ("not_referable", "referable")
_CUMULATIVE = tuple(f"grade>={least}" for least in range(1, len(_GRADES)))
_MODERATE = 2


def grades(table: Table, column: str) -> NDArray[np.int64]:
    """Return the grade of each row, 0 to 4.

    Raises:
        DataError: If there is no such column, or a cell is no grade.
    """
    return known_labels(table, column, [str(grade) for grade in range(len(_GRADES))])


def graded(grade: NDArray[np.int64], labels: GradeLabels) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return grades, shape (n,), as labels of a dataset, and the names of these.

    Example:
        >>> graded(np.array([0, 1, 4]), "referable")
        (array([0, 0, 1]), ('not_referable', 'referable'))
        >>> graded(np.array([0, 1, 4]), "cumulative")[0].tolist()
        [[0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]]
    """
    if labels == "grades":
        return grade, _GRADES
    if labels == "referable":
        return (grade >= _MODERATE).astype(np.int64), _REFERABLE
    if labels == "onehot":
        return np.eye(len(_GRADES))[grade], _GRADES
    return (grade[:, None] >= np.arange(1, len(_GRADES))).astype(np.float64), _CUMULATIVE


def counted(published: Sequence[int], labels: GradeLabels) -> Mapping[str, int]:
    """Return how many images have each label, from the published number of each grade."""
    every = np.repeat(np.arange(len(_GRADES)), published)
    found, names = graded(every, labels)
    numbers = np.bincount(found) if found.ndim == 1 else found.sum(axis=0).astype(np.int64)
    return dict(zip(names, numbers.tolist(), strict=True))
