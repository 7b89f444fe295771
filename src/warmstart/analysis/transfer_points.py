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
        (transferability; `POINTS` for all pairs of a measure if it speaks of one without a
        baseline, so that its targets share a unit), unit, spread (sample standard deviation of the
        gain over repeats, in its unit: of each repeat less its own baseline, or less the mean of
        the target's candidates in that repeat; NaN with fewer than two), floor: for a distance its
        value between the target and itself, the mean over networks; what is not farther away
        cannot be told from the target. NaN where that is not known or 0 by definition.
    """
    rows = []
    for name, scores in said.items():
        own = measures[measures["measure"] == name]
        higher = bool(own["higher_is_better"].all())
        floors = _floors(own) if not higher else {}
        spoken = [
            (cell.only(~np.isnan(values)), values[~np.isnan(values)])
            for cell, values in zip(cells, scores, strict=True)
            if not np.isnan(values).all()
        ]
        based = all(np.isfinite(cell.transfer).all() for cell, _ in spoken)
        for cell, values in spoken:
            gains, spread = (cell.transfer, cell.spread) if based else _above_mean(cell)
            rows += [
                {
                    "measure": name,
                    "higher_is_better": higher,
                    "target": cell.name,
                    "source": cell.names[i],
                    "value": values[i] if higher else -values[i],
                    "gain": gains[i],
                    "unit": PERCENT if based else POINTS,
                    "spread": spread[i],
                    "floor": floors.get(cell.target, np.nan),
                }
                for i in range(len(values))
            ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _above_mean(cell: Cell) -> tuple[Floats, Floats]:
    """AUC points above the mean of the cell's candidates, and their spread over repeats."""
    whole = 100 * cell.repeats[~np.isnan(cell.repeats).any(axis=1)]
    above = whole - whole.mean(axis=1, keepdims=True)
    spread = above.std(axis=0, ddof=1) if len(above) > 1 else np.full(len(cell.names), np.nan)
    return cell.gains - cell.gains.mean(), spread


def _floors(own: pd.DataFrame) -> dict[str, float]:
    """The noise floor of each target: as given, else the distance of the target to itself."""
    itself = own[(own["source"] == own["target"]) & (own["value"] > 0)]
    found = itself.groupby("target")["value"].mean().to_dict()
    found |= own[own["floor"].abs() > 0].groupby("target")["floor"].mean().to_dict()
    return {str(target): float(value) for target, value in found.items()}
