"""The numbers of each run that claims compare: metric, steps, what it kept of its start."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from warmstart.analysis.claims import STAGE
from warmstart.analysis.transferability import KEY, metric_rows, with_label_means

Numbers = Mapping[str, pd.DataFrame]
"""By number: a row per run, label and stage, with value, horizon, n_train and n_test."""
COLUMNS = [*KEY, "label", STAGE, "value", "horizon", "n_train", "n_test"]
KEPT_COLUMNS = [*KEY, STAGE, "kept", "unrelated"]
"""Of ``kept.csv``."""
WITHOUT: Mapping[str, str] = MappingProxyType(
    {
        "metric": "no results",
        "steps": "no AUC recorded on the way; set finetune.record_every",
        "kept": "not in kept.csv; `warmstart measures kept STUDY.toml` writes it",
    }
)
"""Why a number is missing."""


def numbers_of(
    results: pd.DataFrame, metric: str, *, steps: pd.DataFrame, kept: pd.DataFrame
) -> Numbers:
    """Gather what claims compare.

    Args:
        results: Results of the study (columns of the design), of chosen runs only.
        metric: Row of `METRICS`.
        steps: Of `warmstart.analysis.steps.steps_table`.
        kept: A row per run and stage, in their order from input to output: columns of
            `KEPT_COLUMNS`.

    Returns:
        By number, a table of `COLUMNS`. The value of ``steps`` is inf for a run that did not get
        there, and its horizon the last measurement; ``kept`` has the stages ``"first"``,
        ``"last"`` and, for the mean over all, ``""``. Only ``metric`` has labels.
    """
    runs = with_label_means(metric_rows(results, metric)).dropna(subset="value")
    whole = runs.assign(stage="", horizon=np.inf)[COLUMNS]
    sizes = whole[whole["label"] == ""][[*KEY, "label", "n_train", "n_test"]]
    crossed = steps.assign(
        value=steps["crossed"].astype("Float64").fillna(np.inf).astype(np.float64),
        horizon=steps["measured_to"].astype(np.float64),
        stage="",
    )
    found = {"steps": crossed, "kept": _ends_and_mean(kept.dropna(subset="kept"))}
    joined = {name: table.merge(sizes, on=KEY)[COLUMNS] for name, table in found.items()}
    return {"metric": whole, **joined}


def _ends_and_mean(kept: pd.DataFrame) -> pd.DataFrame:
    """What the first stage kept, the last, and all in the mean."""
    stages = kept.groupby(KEY, sort=False)["kept"]
    found = {"first": stages.first(), "last": stages.last(), "": stages.mean()}
    tables = [v.rename("value").reset_index().assign(stage=name) for name, v in found.items()]
    return pd.concat(tables, ignore_index=True).assign(horizon=np.inf)
