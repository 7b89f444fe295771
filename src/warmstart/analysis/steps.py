"""Steps to a given AUC: how fast each run learned, from what it recorded on the way."""

import math

import pandas as pd

from warmstart.analysis.transferability import KEY
from warmstart.training.curve import steps_to_threshold

COLUMNS = [*KEY, "threshold", "crossed", "stayed", "measured_to"]
_STEPS = ["crossed", "stayed", "measured_to"]


def steps_table(curves: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Return the steps that each run needed, as *Transfusion* counts them.

    Args:
        curves: One row per run and measurement: network, source, arm, target, seed, fold, step
            and auc.
        threshold: The AUC to reach, above 0 and at most 1; reaching it exactly is enough.

    Returns:
        One row per run, in the order in which they come. Steps count batches and are known on the
        grid of the measurements: ``crossed`` is the first measurement at the threshold or above,
        ``stayed`` the first after which none was below it, both missing where there is none;
        ``measured_to`` is the last measurement.

    Example:
        >>> curves = pd.DataFrame({"step": [10, 20, 30], "auc": [0.92, 0.9, 0.93]})
        >>> place = {"network": "n", "source": "s", "arm": "full", "target": "t"}
        >>> curves = curves.assign(**place, seed=0, fold=0)
        >>> steps_table(curves, 0.91)[["crossed", "stayed", "measured_to"]].values.tolist()
        [[10, 30, 30]]
    """
    rows = []
    for place, run in curves.groupby(KEY, sort=False):
        curve = run[["step", "auc"]]
        found = [steps_to_threshold(curve, threshold, stay=stay) for stay in (1, None)]
        reached = [pd.NA if math.isinf(step) else int(step) for step in found]
        rows.append([*place, threshold, *reached, int(run["step"].max())])
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype(dict.fromkeys(_STEPS, "Int64"))
