"""What experts say of datasets, by majority, and how far their answers differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.errors import DataError
from warmstart.measures.labels import missing, read_values

_SOURCES = (
    *("imagenet", "stl10", "sti10", "dtd"),
    *("isic2018", "kermany", "kimia960", "pcam-middle", "pcam-small"),
)
_TABLE: Mapping[str, tuple[int, ...]] = {
    "isic2018": (5, 5, 5, 5, 0, 2, 3, 3, 3),
    "kermany": (6, 6, 6, 6, 2, 0, 3, 4, 4),
    "pcam-middle": (4, 4, 3, 3, 3, 4, 0, 0, 0),
}

PUBLISHED_EXPERT_DISTANCES: Mapping[tuple[str, str], int] = {
    (source, target): distance
    for target, row in _TABLE.items()
    for source, distance in zip(_SOURCES, row, strict=True)
}
"""Hamming distances of (source, target) in *Cats, not CAT scans*: of six properties, five raters.

The properties: natural or medical; grey or colour; objects or textures; which; diversity; number of
classes.
"""


@dataclass(frozen=True)
class Majority:
    """The most frequent answers to each question.

    Attributes:
        answers: For each question the answers that most raters gave, several where they tie.
    """

    answers: tuple[frozenset[Any], ...]

    @property
    def ties(self) -> tuple[int, ...]:
        """The questions without a single most frequent answer."""
        return tuple(i for i, answer in enumerate(self.answers) if len(answer) > 1)


def majority(answers: ArrayLike) -> Majority:
    """Return the most frequent answers of a panel of raters, and where they tie.

    Args:
        answers: Any values, one row per rater and one column per question, shape (raters, q).

    Raises:
        DataError: If there is no rater or no question.

    Example:
        >>> vote = majority([["colour", "few"], ["colour", "many"], ["grey", "few"]])
        >>> [sorted(answer) for answer in vote.answers], vote.ties
        ([['colour'], ['few']], ())
    """
    return Majority(tuple(_most_frequent(column) for column in _table(answers, "answers").T))


def expert_hamming(answers_a: ArrayLike, answers_b: ArrayLike) -> float:
    """Number of questions to which the majorities of raters answer differently.

    Where raters tie, it is how often two answers drawn from the tied ones differ.

    Args:
        answers_a: Answers about one dataset, shape (raters, q).
        answers_b: Answers about the other to the same questions, shape (raters, q); the number of
            raters may differ.

    Returns:
        0 to q, lower is more alike.

    Raises:
        DataError: If there are other numbers of questions, or none, or no rater.

    Example:
        >>> expert_hamming([["medical", "grey"]], [["natural", "grey"]])
        1.0

    References:
        van den Brandt et al., "Cats, not CAT scans", 2021.
    """
    a, b = majority(_table(answers_a, "answers_a")), majority(_table(answers_b, "answers_b"))
    if len(a.answers) != len(b.answers):
        raise DataError(
            f"answers are to {len(a.answers)} and {len(b.answers)} questions; expected the same "
            "questions in both."
        )
    pairs = zip(a.answers, b.answers, strict=True)
    return float(sum(1 - len(one & other) / (len(one) * len(other)) for one, other in pairs))


def fleiss_kappa(answers: ArrayLike) -> float:
    r"""Fleiss' kappa: how far raters agree beyond chance.

    :math:`(\bar P - \bar P_e) / (1 - \bar P_e)`, from the share of agreeing pairs of raters and
    what it would be if all drew answers with the overall frequencies.

    Args:
        answers: What each rater says of each subject, of the same kinds of answers for all,
            shape (subjects, raters), at least two raters.

    Returns:
        At most 1, full agreement; 0 as chance would; below 0 less. NaN if only one answer occurs.

    Raises:
        DataError: If there are fewer than two raters, or no subject.

    Example:
        >>> fleiss_kappa([["a", "a"], ["b", "b"]])
        1.0

    References:
        Fleiss, "Measuring nominal scale agreement among many raters", 1971.
    """
    table = _table(answers, "answers")
    raters = table.shape[1]
    if raters < 2:
        raise DataError("answers are of one rater only; agreement needs at least two.")
    counts = np.stack([(table == kind).sum(axis=1) for kind in np.unique(table)], axis=1)
    agreeing = ((counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1))).mean()
    by_chance = np.square(counts.mean(axis=0) / raters).sum()
    return float("nan") if by_chance == 1 else float((agreeing - by_chance) / (1 - by_chance))


def _most_frequent(column: NDArray[Any]) -> frozenset[Any]:
    kinds, counts = np.unique(column, return_counts=True)
    return frozenset(kinds[counts == counts.max()].tolist())


def _table(answers: ArrayLike, name: str) -> NDArray[Any]:
    found = read_values(answers, name)
    if found.ndim != 2 or not found.size:
        raise DataError(f"{name} have shape {found.shape}; expected two dimensions, neither empty.")
    unknown = missing(found)
    if unknown.any():
        row, column = np.argwhere(unknown)[0]
        raise DataError(f"{name} row {row}, column {column} is missing; leave out that rater.")
    return found
