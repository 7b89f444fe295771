"""What a run's table of predictions holds, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from warmstart.errors import DataError
from warmstart.metrics.arrays import Bools, Floats, Ints


@dataclass(frozen=True)
class Predictions:
    """Labels and probabilities of one test part.

    Attributes:
        groups: Group of each image, shape (n,) str.
        labels: Classes (n,), or for several yes/no labels (n, L) with NaN.
        scores: Probabilities, (n, K) or (n, L).
    """

    groups: np.ndarray
    labels: Ints | Floats
    scores: Floats

    @property
    def multilabel(self) -> bool:
        """Whether an image carries several yes/no labels instead of one class."""
        return self.labels.ndim == 2


def read_predictions(frame: pd.DataFrame) -> Predictions:
    """Return the arrays of a predictions table (columns of the design).

    Raises:
        DataError: If a column is missing.
    """
    scores, several = _numbered(frame, "score_"), _numbered(frame, "label_")
    if "group" not in frame or not scores or not ("label" in frame or several):
        raise DataError(
            f"predictions have the columns {', '.join(map(str, frame.columns))}; "
            "group, label or label_0.. and score_0.. were expected."
        )
    labels: Ints | Floats = (
        frame["label"].to_numpy(dtype=np.int64)
        if "label" in frame
        else frame[several].to_numpy(dtype=np.float64)
    )
    groups = frame["group"].to_numpy(dtype=str)
    return Predictions(groups, labels, frame[scores].to_numpy(dtype=np.float64))


def pool(parts: Sequence[Predictions]) -> Predictions:
    """Join the test parts of several folds."""
    return Predictions(
        np.concatenate([p.groups for p in parts]),
        np.concatenate([p.labels for p in parts]),
        np.concatenate([p.scores for p in parts]),
    )


@dataclass(frozen=True, eq=False)
class OneVsRest:
    """One class or label as a yes/no question.

    Attributes:
        name: Of the class or label.
        groups: Group of each image, shape (n,) str.
        positive: Which images have it, shape (n,).
        scores: Probability that they have it, shape (n,).
    """

    name: str
    groups: np.ndarray
    positive: Bools
    scores: Floats


def one_vs_rest(part: Predictions, names: Sequence[str]) -> list[OneVsRest]:
    """Return a question per class or label; of two classes only the second, the first mirrors it.

    Args:
        part: Predictions; images whose label is not known are left out of its question.
        names: Of the classes or labels, in the order of the scores.

    Raises:
        DataError: If the names are not as many as the scores.
    """
    width = part.scores.shape[1]
    if len(names) != width:
        raise DataError(f"{len(names)} names were given for {width} columns of scores.")
    if part.multilabel:
        known = ~np.isnan(part.labels)
        return [
            OneVsRest(
                name,
                part.groups[known[:, j]],
                part.labels[known[:, j], j] == 1,
                part.scores[known[:, j], j],
            )
            for j, name in enumerate(names)
        ]
    return [
        OneVsRest(names[c], part.groups, part.labels == c, part.scores[:, c])
        for c in range(1 if width == 2 else 0, width)
    ]


def _numbered(frame: pd.DataFrame, prefix: str) -> list[str]:
    """Columns ``<prefix>0``, ``<prefix>1``, ... in the order of their numbers."""
    names = [c for c in frame.columns if c.startswith(prefix) and c[len(prefix) :].isdigit()]
    return sorted(names, key=lambda name: int(name[len(prefix) :]))
