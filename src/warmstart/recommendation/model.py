"""The model an answer comes with: whole trainings of the start, and what they predicted."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from warmstart.analysis.assessment import Assessment, assess
from warmstart.analysis.predictions import read_predictions
from warmstart.recommendation.trials import Trials
from warmstart.studies.config import FULL
from warmstart.studies.recorded import held_out_predictions


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """Finished whole trainings of one starting point; the first of them gives the weights.

    Attributes:
        folders: Of the runs, by fold.
        folds: How many there would be.
    """

    folders: dict[int, Path]
    folds: int

    @property
    def fold(self) -> int:
        """The fold that the weights were not trained on."""
        return min(self.folders)

    @property
    def folder(self) -> Path:
        """Folder of the run that the weights are of."""
        return self.folders[self.fold]

    @cached_property
    def outcome(self) -> dict[str, Any]:
        """What that run came to."""
        return self._read("metrics.json")

    @cached_property
    def versions(self) -> dict[str, str]:
        """Packages it ran with."""
        return dict(self._read("environment.json")["packages"])

    @cached_property
    def record(self) -> dict[str, Any]:
        """What the run says of itself."""
        return tomllib.loads((self.folder / "run.toml").read_text("utf-8"))

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """What the network's outputs mean."""
        return tuple(self._read("preprocess.json")["classes"])

    @cached_property
    def opening(self) -> str:
        """The lines of Python that load the weights."""
        from warmstart.models.architectures import opening_lines  # loads PyTorch

        return opening_lines(self.record["question"]["network"], len(self.classes))

    @cached_property
    def assessment(self) -> Assessment:
        """How good its out-of-fold predictions are."""
        folds = [read_predictions(held_out_predictions(folder)) for folder in self.folders.values()]
        return assess(folds, self.classes)

    def predictions(self) -> pd.DataFrame:
        """Out-of-fold predictions of all folds, classes by name.

        Columns fold, path, group, label (of several yes/no labels ``label_<name>``) and
        ``probability_<name>`` for each class or label.
        """
        tables = [
            _named(held_out_predictions(folder), fold, self.classes)
            for fold, folder in self.folders.items()
        ]
        return pd.concat(tables, ignore_index=True)

    def _read(self, name: str) -> dict[str, Any]:
        return dict(json.loads((self.folder / name).read_text("utf-8")))


def model_of(candidate: str, trials: Trials) -> Model | None:
    """Return what whole trainings of a candidate left; ``None`` if none is done."""
    folds = trials.study.protocol.folds
    keys = {fold: trials.run(candidate, FULL, fold).key for fold in range(folds)}
    done = {f: trials.place.run(key) for f, key in keys.items() if trials.place.outcome(key)}
    return Model(folders=done, folds=folds) if done else None


def _named(rows: pd.DataFrame, fold: int, classes: Sequence[str]) -> pd.DataFrame:
    numbers = range(len(classes))
    columns: dict[str, Any] = {"fold": fold, "path": rows["path"], "group": rows["group"]}
    if "label" in rows:
        columns["label"] = [classes[number] for number in rows["label"]]
    else:
        columns |= {f"label_{classes[k]}": rows[f"label_{k}"].astype("Int64") for k in numbers}
    columns |= {f"probability_{classes[k]}": rows[f"score_{k}"] for k in numbers}
    return pd.DataFrame(columns)
