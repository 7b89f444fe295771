"""What the runs of a study recorded, as tables."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from warmstart.errors import StoreError
from warmstart.studies.jobs import Place
from warmstart.studies.plan import COORDINATES

_MACHINE = ("python", "system", "device", "threads")
"""What ``environment.json`` says of the machine; the rest belongs to one run."""


def held_out_predictions(run: Path) -> pd.DataFrame:
    """Predictions of a run, by its folder, for its test part.

    Raises:
        StoreError: If the file is gone.
    """
    table = pd.read_parquet(_file(run, "predictions.parquet"))
    return table[table["part"] == "test"].reset_index(drop=True)


class HeldOutPredictions(Mapping[tuple[Any, ...], pd.DataFrame]):
    """Predictions of the test part of every chosen run, read from disk when asked for."""

    def __init__(self, runs: pd.DataFrame, place: Place) -> None:
        chosen = runs[(runs["kind"] == "finetune") & runs["chosen"] & (runs["state"] == "done")]
        self._keys = {
            tuple(row[name] for name in COORDINATES): row["key"]
            for row in chosen.to_dict("records")
        }
        self._place = place

    def __getitem__(self, cell: tuple[Any, ...]) -> pd.DataFrame:
        return held_out_predictions(self._place.run(self._keys[cell]))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def label_names(runs: pd.DataFrame, place: Place) -> dict[str, list[str]]:
    """The classes or labels of each target, in the order of the networks' outputs."""
    done = runs[(runs["kind"] == "finetune") & (runs["state"] == "done")]
    return {
        row["target"]: _stated(place, row["key"], "preprocess.json")["classes"]
        for row in done.drop_duplicates("target").to_dict("records")
    }


def versions(runs: pd.DataFrame, place: Place) -> dict[str, str]:
    """What the finished runs ran with; several values where they differ."""
    found: dict[str, dict[str, None]] = {}
    for key in runs.loc[runs["state"] == "done", "key"].unique():
        entry = _stated(place, key, "environment.json")
        flat = {name: entry[name] for name in _MACHINE if name in entry} | entry["packages"]
        for name, value in flat.items():
            found.setdefault(name, {})[str(value)] = None
    return {name: ", ".join(values) for name, values in found.items()}


def _stated(place: Place, key: str, file: str) -> dict[str, Any]:
    return dict(json.loads(_file(place.run(key), file).read_text()))


def _file(run: Path, name: str) -> Path:
    path = run / name
    if not path.is_file():
        raise StoreError(
            f"{path} is gone; put it back, or remove the folder {run}: the run is then done again."
        )
    return path


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
