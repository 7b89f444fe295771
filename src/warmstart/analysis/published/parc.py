"""The fine-tuned accuracies of the PARC benchmark: networks x sources x seven targets.

Works on a folder of the tables, and on a clone of https://github.com/dbolya/parc, which keeps them
in ``oracles/``. The scores themselves are not published as a table.
"""

from pathlib import Path
from typing import Literal

import pandas as pd

from warmstart.analysis.published.files import read_table

CLONE = "oracles"
UNKNOWN = -1
"""Stands where an accuracy is not known."""
_NAMES = {
    "Architecture": "network",
    "Source Dataset": "source",
    "Target Dataset": "target",
    "Oracle": "value",
}

Pool = Literal["controlled", "all"]


def results(folder: Path, pool: Pool = "controlled") -> pd.DataFrame:
    """Accuracy of every pair that is known.

    Args:
        folder: The tables, or a clone.
        pool: ``"controlled"``: 4 networks from 8 sources; ``"all"``: these and others' models.

    Returns:
        Columns network, source, target, metric (``"accuracy"``), value (percent).
    """
    table = _table(folder, pool).rename(columns=_NAMES)
    known = table[table["value"] != UNKNOWN].assign(metric="accuracy")
    return known[["network", "source", "target", "metric", "value"]].reset_index(drop=True)


def unknown(folder: Path, pool: Pool = "controlled") -> int:
    """How many accuracies are not known."""
    return int((_table(folder, pool)["Oracle"] == UNKNOWN).sum())


def _table(folder: Path, pool: Pool) -> pd.DataFrame:
    *text, number = _NAMES
    return read_table(folder, f"{pool}.csv", CLONE, text=text, numbers=[number])
