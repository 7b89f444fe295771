"""Findings that a report affirms, denies, leaves uncertain or does not mention."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from warmstart.data.readers.table import Table

Policy = Literal["zeros", "ones", "ignore"]
"""What becomes of a finding that is neither yes nor no; ``ignore``: a missing label."""

_VALUES = {"1.0": 1.0, "1": 1.0, "0.0": 0.0, "0": 0.0, "-1.0": -1.0, "-1": -1.0, "": np.nan}
_EXPECTED = "1.0 (yes), 0.0 (no), -1.0 (uncertain) or blank. Fetch the table again"
_BECOMES: Mapping[Policy, float] = {"zeros": 0.0, "ones": 1.0, "ignore": np.nan}
_WORDS: Mapping[Policy, str] = {"zeros": "0", "ones": "1", "ignore": "missing"}


def mentioned(table: Table, columns: Sequence[str]) -> NDArray[np.float64]:
    """Return 1, 0, -1 (uncertain) or NaN (blank) of each row and column.

    Raises:
        DataError: If there is no such column, or a cell is something else.
    """
    return np.array([table.coded(column, _VALUES, _EXPECTED) for column in columns]).T


def settled(
    values: NDArray[np.float64],
    names: Sequence[str],
    uncertain: Mapping[str, Policy],
    blank: Policy,
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return yes/no labels, and notes that say what became of the uncertain and the blank.

    Args:
        values: 1, 0, -1 or NaN, shape (n, L), of :func:`mentioned`.
        names: Name of each label.
        uncertain: What uncertain findings become, for each label.
        blank: What findings become that are not mentioned.

    Example:
        >>> settled(np.array([[-1.0], [np.nan]]), ["Edema"], {"Edema": "ones"}, "zeros")[1]
        ('uncertain labels: Edema 1 became 1', 'blank labels: 1 became 0')
    """
    becomes = np.array([_BECOMES[uncertain[name]] for name in names])
    labels = np.where(values == -1, becomes, values)
    labels[np.isnan(values)] = _BECOMES[blank]
    counts = (values == -1).sum(axis=0).tolist()
    said = [
        f"{name} {count:,} became {_WORDS[uncertain[name]]}"
        for name, count in zip(names, counts, strict=True)
        if count
    ]
    blanks = int(np.isnan(values).sum())
    return labels, (
        f"uncertain labels: {', '.join(said) or 'none'}",
        f"blank labels: {blanks:,} became {_WORDS[blank]}",
    )
