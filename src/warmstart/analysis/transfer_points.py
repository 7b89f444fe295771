"""Transferability against every measure: the points of figure 4 of *Cats, not CAT scans*."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from warmstart.analysis.cells import Cell
from warmstart.metrics.arrays import Floats

COLUMNS = [
    *("measure", "higher_is_better", "target", "source", "value", "gain", "unit", "spread"),
    "floor",
]
PERCENT, POINTS = "percent of the baseline", "AUC points above the target's mean"


def transfer_points(
    cells: Sequence[Cell], said: Mapping[str, Sequence[Floats]], measures: pd.DataFrame
) -> pd.DataFrame:
    """List every pair that a measure speaks of.

    Args:
        cells: Places to rank.
        said: Of each measure the scores of every cell, turned so that higher is better.
        measures: In the tidy form.

    Returns:
        Columns measure, higher_is_better, target (with network and arm where they vary), source
        (or network: what candidates differ in), value (as the measure gives it), gain
        (transferability, or `POINTS` where one of a target has no baseline), unit, spread
        (standard deviation of the transferability over repeats), floor: for a distance its value
        between the target and itself, the mean over networks; what is not farther away cannot be
        told from the target. NaN where that is not known or 0 by definition.
    """
    rows = []
    for name, scores in said.items():
        own = measures[measures["measure"] == name]
        higher = bool(own["higher_is_better"].all())
        floors = _floors(own) if not higher else {}
        for cell, values in zip(cells, scores, strict=True):
            known = ~np.isnan(values)
            gains, unit = cell.transfer, PERCENT
            if np.isnan(gains[known]).any():
                gains, unit = cell.gains - cell.gains[known].mean(), POINTS
            rows += [
                {
                    "measure": name,
                    "higher_is_better": higher,
                    "target": cell.name,
                    "source": cell.names[i],
                    "value": values[i] if higher else -values[i],
                    "gain": gains[i],
                    "unit": unit,
                    "spread": cell.spread[i],
                    "floor": floors.get(cell.target, np.nan),
                }
                for i in np.flatnonzero(known)
            ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _floors(own: pd.DataFrame) -> dict[str, float]:
    """The noise floor of each target: as given, else the distance of the target to itself."""
    itself = own[(own["source"] == own["target"]) & (own["value"] > 0)]
    found = itself.groupby("target")["value"].mean().to_dict()
    found |= own.dropna(subset="floor").groupby("target")["floor"].mean().to_dict()
    return {str(target): float(value) for target, value in found.items()}
