"""The curve that a run records on its way."""

import numpy as np
import pandas as pd
import pytest

from small_training import FILES, metrics, several_labels


def test_a_curve_is_written_where_the_recipe_records(training, done, recipe):
    asked = training(recipe=recipe(epochs=2, batch_size=8, record_every=2))  # 3 steps an epoch
    folder = done(asked)
    assert {path.name for path in folder.iterdir()} == FILES | {"curve.parquet"}
    table = pd.read_parquet(folder / "curve.parquet")
    assert list(table) == ["step", "epoch", "auc"]
    assert table[["step", "epoch"]].to_numpy().tolist() == [[2, 1], [4, 2], [6, 2]]
    assert table["auc"].iloc[-1] == metrics(folder, "test")["", "auc_weighted_ovr"]
    plain = done(training(recipe=recipe(epochs=2, batch_size=8)), "plain")
    for name in FILES - {"metrics.json"}:
        assert (plain / name).read_bytes() == (folder / name).read_bytes(), name


def test_a_curve_of_several_labels_is_the_mean_of_theirs(training, done, recipe):
    parts = {"train": np.arange(20), "validation": np.arange(20, 40), "test": np.arange(0)}
    asked = training(
        labels=several_labels(),
        classes=("oedema", "nodule"),
        parts=parts,
        recipe=recipe(epochs=1, batch_size=10, record_every=2),
    )
    folder = done(asked)
    found = metrics(folder, "validation")  # measured where there is no test part
    expected = np.mean([found[label, "auc_weighted_ovr"] for label in asked.classes])
    assert pd.read_parquet(folder / "curve.parquet")["auc"].tolist() == [pytest.approx(expected)]


def test_a_training_too_short_to_be_measured_leaves_an_empty_curve(training, done, recipe):
    asked = training(recipe=recipe(epochs=1, batch_size=8, record_every=100))
    assert pd.read_parquet(done(asked) / "curve.parquet").empty
