"""The tables of a comparison on MedMNIST: 15 sources of one ResNet, and 9 architectures.

A folder, or ``results/`` of a clone of
https://github.com/niclasclassen/transferability-in-medical-imaging, holds ``AUCs_<side>.csv``
(fine-tuned AUC) and ``<measure>_<side>.csv`` (a published score of every candidate). Its two sides
are ``dataset``, where candidates differ in what a ResNet was pretrained on, and ``model``, where
they are architectures pretrained on ImageNet. All measures are scores: higher is better.

``runs.csv.gz``, every single training, is in no clone: it joins the logs ``fined_*.csv`` of the
folder ``finetuned_AUCs``, with columns side, source, target, lr, batch_size, val_auc, test_auc and
minutes.
"""

from pathlib import Path
from typing import Literal

import pandas as pd

from warmstart.analysis.published.files import read_table

Side = Literal["dataset", "model"]

MEASURES = ("fu", "leep", "logme", "lp", "ncti", "nleep", "parc", "sfda")
"""The published scores; ``lp`` is a linear probe, ``fu`` the authors' own."""
LARGE_SOURCES = ("imagenet", "radimagenet")
"""Sources much larger than the others; ``medmnist`` pools the other twelve, targets included."""
ORIGINS = {name: "abdominal CT" for name in ("organamnist", "organcmnist", "organsmnist")}
"""Targets cut from the same volumes; the others come from a collection each."""
CLONE = "results"
"""Where a clone of the published repository keeps the tables."""
RUNS = "runs.csv.gz"
SETTINGS = ["learning_rate", "batch_size"]

_CANDIDATE = {"dataset": "source", "model": "network"}
_FIXED = {"dataset": ("network", "resnet"), "model": ("source", "imagenet")}
_SIDE_OF_RUNS: Side = "dataset"
_PAIR = ["network", "source", "target"]


def results(folder: Path, side: Side = "dataset") -> pd.DataFrame:
    """Fine-tuned AUCs of the published table.

    Args:
        folder: Where the tables lie.
        side: Which candidates.

    Returns:
        Columns network, source, target, seed (0), metric (``"auc"``), value (between 0 and 1, also
        where the file is in percent). Cells that are not known, such as a dataset as its own
        target, have no row.

    Raises:
        DataError: If the file is not there or holds something else.
    """
    table = _wide(folder, "AUCs", side)
    percent = 100.0 if table["value"].max() > 1 else 1.0
    table = table.assign(seed=0, metric="auc", value=table["value"] / percent)
    return table[[*_PAIR, "seed", "metric", "value"]]


def scores(folder: Path, side: Side = "dataset") -> pd.DataFrame:
    """Published scores of every candidate on every target, self pairs included.

    Args:
        folder: Where the tables lie.
        side: Which candidates.

    Returns:
        Columns network, source, target, measure, value (higher is better).

    Raises:
        DataError: If a file is not there or holds something else.
    """
    tables = [_wide(folder, name, side).assign(measure=name) for name in MEASURES]
    return pd.concat(tables, ignore_index=True)[[*_PAIR, "measure", "value"]]


def runs(folder: Path) -> pd.DataFrame:
    """Every single training of a ResNet, with the setting it was tried with.

    Args:
        folder: Where the tables lie.

    Returns:
        Columns network, source, target, learning_rate, batch_size, repeat (0, 1, ... within a
        setting, in the order of the file), validation_auc, auc (of the test part), minutes.

    Raises:
        DataError: If the file is not there or holds something else.
    """
    names = {"lr": "learning_rate", "val_auc": "validation_auc", "test_auc": "auc"}
    numbers = ["batch_size", "minutes", *names]
    table = read_table(folder, RUNS, CLONE, text=["side", "source", "target"], numbers=numbers)
    table = _named(table[table["side"] == _SIDE_OF_RUNS].rename(columns=names), _SIDE_OF_RUNS)
    table["repeat"] = table.groupby([*_PAIR, *SETTINGS]).cumcount()
    columns = [*_PAIR, *SETTINGS, "repeat", "validation_auc", "auc", "minutes"]
    return table[columns].reset_index(drop=True)


def at_validated_settings(table: pd.DataFrame) -> pd.DataFrame:
    """Results of every pair at the setting whose mean validation AUC is the highest.

    The mean is over the repeats given, so hand in only those that may be used for choosing.

    Args:
        table: Rows of `runs`.

    Returns:
        Columns network, source, target, seed (the repeat), metric (``"auc"``), value. Its mean
        over seeds is what transfer is worth when each source gets the setting that suits it.
    """
    means = table.groupby([*_PAIR, *SETTINGS])["validation_auc"].mean().reset_index()
    chosen = means.loc[means.groupby(_PAIR)["validation_auc"].idxmax(), [*_PAIR, *SETTINGS]]
    kept = table.merge(chosen, on=[*_PAIR, *SETTINGS]).assign(metric="auc")
    kept = kept.rename(columns={"repeat": "seed", "auc": "value"})
    return kept[[*_PAIR, "seed", "metric", "value"]]


def _wide(folder: Path, name: str, side: Side) -> pd.DataFrame:
    """A table with a column per target, as rows network, source, target, value."""
    file = f"{name}_{side}.csv"
    table = read_table(folder, file, CLONE, text=["source"])
    table = table.drop(columns=[c for c in table if str(c).startswith("Unnamed")])
    long = table.melt(id_vars="source", var_name="target", value_name="value").dropna()
    return _named(long.rename(columns={"source": _CANDIDATE[side]}), side).reset_index(drop=True)


def _named(table: pd.DataFrame, side: Side) -> pd.DataFrame:
    """Add the half of the candidate's name that is the same for a whole side."""
    column, name = _FIXED[side]
    return table.assign(**{column: name})
