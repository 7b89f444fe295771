"""A small training, and what the folder of its run holds."""

import json

import numpy as np

N, NETWORK = 40, "test_efficientnet"
FILES = {
    "predictions.parquet",
    "history.parquet",
    "metrics.json",
    "model.safetensors",
    "preprocess.json",
    "environment.json",
}
PARTS = {"train": np.arange(24), "validation": np.arange(24, 32), "test": np.arange(32, 40)}


def several_labels():
    table = (np.random.default_rng(1).random((N, 2)) < 0.4).astype(float)
    table[::5, 0] = np.nan
    return table


def metrics(folder, part):
    rows = json.loads((folder / "metrics.json").read_text())["parts"][part]
    return {(row["label"], row["metric"]): row["value"] for row in rows}


def scores(table):
    return table.filter(like="score_").to_numpy()
