"""What a run's table of predictions holds, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from warmstart.errors import DataError
from warmstart.metrics.arrays import Floats, Ints


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


def _numbered(frame: pd.DataFrame, prefix: str) -> list[str]:
    """Columns ``<prefix>0``, ``<prefix>1``, ... in the order of their numbers."""
    names = [c for c in frame.columns if c.startswith(prefix) and c[len(prefix) :].isdigit()]
    return sorted(names, key=lambda name: int(name[len(prefix) :]))
