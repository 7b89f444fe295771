"""What the chosen runs of a study recorded while they trained, as one table."""

from collections.abc import Sequence

import pandas as pd

from warmstart.studies.jobs import Place
from warmstart.studies.plan import COORDINATES


def histories(runs: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Losses of every epoch: one row per run and epoch."""
    return _gathered(runs, place, "history.parquet", ("epoch", "train_loss", "validation_loss"))


def curves(runs: pd.DataFrame, place: Place) -> pd.DataFrame:
    """AUC of the test part on the way: one row per fine-tuning that records, and measurement."""
    finetunings = runs[runs["kind"] == "finetune"]
    return _gathered(finetunings, place, "curve.parquet", ("step", "auc"))


def _gathered(runs: pd.DataFrame, place: Place, file: str, measured: Sequence[str]) -> pd.DataFrame:
    columns = ["key", *COORDINATES, *measured]
    tables = []
    for row in runs[(runs["state"] == "done") & runs["chosen"]].to_dict("records"):
        path = place.run(row["key"]) / file
        table = pd.read_parquet(path) if path.is_file() else pd.DataFrame()
        if len(table):
            tables.append(table.assign(key=row["key"], **{c: row[c] for c in COORDINATES}))
    if not tables:
        return pd.DataFrame(columns=columns)
    return pd.concat(tables, ignore_index=True)[columns]
