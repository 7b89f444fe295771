"""One training, from arrays to a run folder."""

import getpass
import json
import math
import platform
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import timm
import torch
from safetensors.torch import load_file
from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score

from warmstart.errors import RunError, WeightsError
from warmstart.models.stages import Stage
from warmstart.models.weights import tensors_digest
from warmstart.training import run
from warmstart.training.calibration import images_per_second
from warmstart.training.predictions import mean_auc
from warmstart.training.run import run_training
from warmstart.training.training import Training

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


@pytest.fixture
def training(tmp_path, recipe):
    """Call with what differs from a short training on three classes."""
    rng = np.random.default_rng(0)
    np.save(tmp_path / "pixels.npy", rng.integers(0, 256, (N, 16, 16, 3), dtype=np.uint8))

    def made(**changes):
        settings = {
            "key": "0123456789abcdef",
            "kind": "finetune",
            "network": NETWORK,
            "recipe": recipe(epochs=2, batch_size=8),
            "head_only": False,
            "images": tmp_path / "pixels.npy",
            "rows": np.arange(N)[::-1].copy(),
            "paths": np.array([f"class/{i:02d}.png" for i in range(N)]),
            "groups": np.array([f"group{i // 2:02d}" for i in range(N)]),
            "labels": np.arange(N) % 3,
            "classes": ("a", "b", "c"),
            "parts": PARTS,
            "weights": None,
            "normalisation": None,
            "threads": 1,
            "device": "cpu",
        }
        return Training(**(settings | changes))

    return made


@pytest.fixture
def done(tmp_path):
    """Call with a training; returns the folder of its run."""

    def call(training, name="run", on_epoch=lambda _done, _total: None):
        folder = tmp_path / name
        folder.mkdir()
        run_training(training, folder, partial=tmp_path / "partial", on_epoch=on_epoch)
        return folder

    return call


def several_labels():
    table = (np.random.default_rng(1).random((N, 2)) < 0.4).astype(float)
    table[::5, 0] = np.nan
    return table


def metrics(folder, part):
    rows = json.loads((folder / "metrics.json").read_text())["parts"][part]
    return {(row["label"], row["metric"]): row["value"] for row in rows}


def scores(table):
    return table.filter(like="score_").to_numpy()


# What a run leaves.


def test_a_run_writes_its_files_and_no_other(training, done, tmp_path):
    folder = done(training())
    assert {path.name for path in folder.iterdir()} == FILES
    assert not (tmp_path / "partial").exists()
    assert all(path.read_bytes()[:1] != b"\x80" for path in folder.iterdir())  # a pickle's


def test_predictions_have_a_row_per_image_that_was_not_trained_on(training, done):
    asked = training()
    table = pd.read_parquet(done(asked) / "predictions.parquet")
    assert list(table) == [
        *("part", "image", "path", "group", "label", "score_0", "score_1", "score_2")
    ]
    held_out = np.concatenate([PARTS["validation"], PARTS["test"]])
    assert table["part"].tolist() == ["validation"] * 8 + ["test"] * 8
    assert table["image"].tolist() == held_out.tolist()
    for column, values in (("path", "paths"), ("group", "groups"), ("label", "labels")):
        assert table[column].tolist() == getattr(asked, values)[held_out].tolist()
    assert scores(table).sum(1) == pytest.approx(np.ones(16))


def test_predictions_of_several_labels_keep_what_is_missing(training, done):
    asked = training(labels=several_labels(), classes=("oedema", "nodule"))
    table = pd.read_parquet(done(asked) / "predictions.parquet")
    assert list(table) == [
        *("part", "image", "path", "group", "label_0", "label_1", "score_0", "score_1")
    ]
    np.testing.assert_array_equal(
        table.loc[table["part"] == "test", ["label_0", "label_1"]], asked.labels[PARTS["test"]]
    )
    assert (scores(table) > 0).all()
    assert (scores(table) < 1).all()


def test_metrics_are_those_of_scikit_learn_on_the_stored_predictions(training, done):
    folder = done(training())
    table = pd.read_parquet(folder / "predictions.parquet")
    for part in ("validation", "test"):
        rows = table[table["part"] == part]
        truth, chances = rows["label"], scores(rows)
        guess = chances.argmax(1)
        expected = {
            "auc_weighted_ovr": roc_auc_score(
                truth, chances, multi_class="ovr", average="weighted"
            ),
            "auc_macro_ovr": roc_auc_score(truth, chances, multi_class="ovr", average="macro"),
            "balanced_accuracy": balanced_accuracy_score(truth, guess),
            "accuracy": accuracy_score(truth, guess),
        }
        found = metrics(folder, part)
        assert found == {("", name): pytest.approx(value) for name, value in expected.items()}


def test_metrics_of_several_labels_leave_out_what_is_missing(training, done):
    parts = {"train": np.arange(20), "validation": np.arange(0), "test": np.arange(20, 40)}
    asked = training(labels=several_labels(), classes=("oedema", "nodule"), parts=parts)
    folder = done(asked)
    table = pd.read_parquet(folder / "predictions.parquet")
    found = metrics(folder, "test")
    for k, label in enumerate(asked.classes):
        known = table[table[f"label_{k}"].notna()]
        expected = roc_auc_score(known[f"label_{k}"], known[f"score_{k}"])
        assert found[label, "auc_weighted_ovr"] == pytest.approx(expected)
    assert json.loads((folder / "metrics.json").read_text())["parts"].keys() == {"test"}


def test_a_metric_without_a_value_is_null(training, done):
    labels = np.where(np.arange(N) < 32, np.arange(N) % 2, 0)  # one class in the test part
    folder = done(training(labels=labels, classes=("no", "yes")))
    assert metrics(folder, "test")["", "auc_weighted_ovr"] is None
    assert metrics(folder, "validation")["", "auc_weighted_ovr"] is not None


def test_pretraining_is_also_measured_on_its_training_part(training, done):
    folder = done(training(kind="pretrain"))
    assert json.loads((folder / "metrics.json").read_text())["parts"].keys() == set(PARTS)
    table = pd.read_parquet(folder / "predictions.parquet")
    assert set(table["part"]) == {"validation", "test"}


@pytest.mark.parametrize("several", [False, True], ids=["classes", "several labels"])
def test_the_network_opens_in_plain_timm_and_gives_the_stored_scores(training, done, several):
    changes = {"labels": several_labels(), "classes": ("oedema", "nodule")} if several else {}
    asked = training(normalisation=((0.1, 0.2, 0.3), (0.4, 0.5, 0.6)), **changes)
    folder = done(asked)
    settings = json.loads((folder / "preprocess.json").read_text())

    model = timm.create_model(settings["network"], num_classes=len(settings["classes"]))
    model.load_state_dict(load_file(folder / "model.safetensors"))
    model.eval()

    table = pd.read_parquet(folder / "predictions.parquet")
    pixels = np.load(folder.parent / "pixels.npy")[::-1][table["image"]].copy()
    mean, std = np.array(settings["mean"]), np.array(settings["std"])
    images = torch.from_numpy((pixels / 255 - mean) / std).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        logits = model(images)
    expected = logits.sigmoid() if several else logits.softmax(1)
    assert scores(table) == pytest.approx(expected.numpy(), abs=1e-4)
    assert settings == {
        "network": NETWORK,
        "image_size": 16,
        "fit": "squash",
        "mean": [0.1, 0.2, 0.3],
        "std": [0.4, 0.5, 0.6],
        "classes": list(asked.classes),
    }


def test_the_history_has_a_row_per_epoch(training, done):
    heard = []
    table = pd.read_parquet(
        done(training(), on_epoch=lambda *told: heard.append(told)) / "history.parquet"
    )
    assert list(table) == ["epoch", "train_loss", "validation_loss"]
    assert table["epoch"].tolist() == [1, 2]
    assert np.isfinite(table.to_numpy()).all()
    assert heard == [(1, 2), (2, 2)]


def test_metrics_say_how_many_images_and_epochs_and_whether_it_converged(training, done):
    found = json.loads((done(training()) / "metrics.json").read_text())
    assert found["images"] == {"train": 24, "validation": 8, "test": 8}
    assert found["epochs"] == 2
    assert found["converged"] is None  # too few epochs to tell
    assert found["seconds"] > 0


def test_what_ran_is_recorded_without_the_name_of_user_or_machine(training, done):
    asked = training()
    folder = done(asked)
    found = json.loads((folder / "environment.json").read_text())
    assert set(found) == {"python", "packages", "system", "device", "threads", "start"}
    assert found["start"] == tensors_digest(run.starting_network(asked).state_dict())
    assert found["packages"]["torch"] == torch.__version__
    assert (found["device"], found["threads"]) == ("CPU", 1)
    private = {getpass.getuser(), platform.node(), str(Path.home()), str(folder.parent)}
    for path in folder.glob("*.json"):
        values = {text.lower() for text in _texts(json.loads(path.read_text()))}
        assert not {name.lower() for name in private} & values
        assert str(folder.parent) not in path.read_text()


def _texts(value):
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return str(value).split()


def test_metrics_say_what_was_computed_in_and_how_many_images_at_once(training, done, recipe):
    plain = json.loads((done(training()) / "metrics.json").read_text())
    assert (plain["micro_batch"], plain["precision"]) == (8, "float32")
    assert "best_epoch" not in plain
    asked = training(recipe=recipe(batch_size=100, accumulate=5, precision="bfloat16"))
    found = json.loads((done(asked, "other") / "metrics.json").read_text())
    assert (found["micro_batch"], found["precision"]) == (5, "bfloat16")  # 24 images in 5 parts


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


@pytest.mark.parametrize("labels", [np.array([0, 1]), np.array([[0, 1.0], [1, 0]])])
def test_the_auc_of_a_network_without_numbers_is_none(labels):
    assert math.isnan(mean_auc(labels, np.full((2, 2), np.nan)))


def test_the_auc_of_labels_without_both_classes_is_none():
    assert math.isnan(mean_auc(np.array([[1.0, np.nan], [1, 0]]), np.full((2, 2), 0.5)))


def test_a_training_that_stops_early_is_told_by_the_epochs_it_took(training, done, recipe):
    asked = training(recipe=recipe(epochs=9, early_stopping=2, learning_rate=0.05))
    folder = done(asked)
    found = json.loads((folder / "metrics.json").read_text())
    losses = pd.read_parquet(folder / "history.parquet")["validation_loss"]
    assert found["best_epoch"] == losses.argmin() + 1
    assert found["epochs"] == len(losses) == min(found["best_epoch"] + 2, 9)
    table = pd.read_parquet(folder / "predictions.parquet").query("part == 'validation'")
    picked = scores(table)[np.arange(8), table["label"]]
    assert -np.log(picked).mean() == pytest.approx(losses.min(), rel=1e-5)


def test_stages_are_those_of_the_network(training, done, recipe, monkeypatch):
    asked = []

    def stages(network):
        asked.append(network)
        return (Stage("all", ("conv_stem", "bn1", "blocks", "conv_head", "bn2")),)

    monkeypatch.setattr(run, "stages", stages)
    frozen = training(recipe=recipe(epochs=1, frozen_stages=1, freeze_batch_norm=False))
    before = run.starting_network(frozen).state_dict()
    after = load_file(done(frozen) / "model.safetensors")
    changed = {name for name in after if not torch.equal(before[name], after[name])}
    assert changed == {"classifier.weight", "classifier.bias"}
    assert asked == [NETWORK]


# The same numbers.


def test_an_interrupted_run_ends_as_the_uninterrupted_one(training, done, tmp_path, monkeypatch):
    def interrupt(epochs_done, _total):
        if epochs_done == 3:
            raise KeyboardInterrupt

    asked = training()
    asked = replace(asked, recipe=asked.recipe.model_copy(update={"epochs": 4}))
    whole = done(asked, "whole")
    monkeypatch.setattr(run, "CHECKPOINT_SECONDS", 0.0)
    with pytest.raises(KeyboardInterrupt):
        done(asked, "broken", interrupt)
    assert [path.name for path in (tmp_path / "partial").iterdir()] == ["progress.safetensors"]
    heard = []
    resumed = done(asked, "resumed", lambda epochs_done, _total: heard.append(epochs_done))
    assert heard == [3, 4]
    for name in FILES - {"metrics.json"}:  # which holds the seconds
        assert (resumed / name).read_bytes() == (whole / name).read_bytes(), name
    assert metrics(resumed, "test") == metrics(whole, "test")


def test_weights_of_an_earlier_run_are_where_it_starts(training, done):
    source = done(training(kind="pretrain", classes=tuple("abc")), "source")
    asked = training(
        head_only=True,
        weights=source / "model.safetensors",
        labels=np.arange(N) % 2,
        classes=("no", "yes"),
    )
    first, second = (
        load_file(folder / "model.safetensors") for folder in (source, done(asked, "target"))
    )
    changed = {name for name in first if not torch.equal(first[name], second[name])}
    assert changed == {"classifier.weight", "classifier.bias"}


def test_runs_with_other_keys_start_from_other_weights(training):
    first = run.starting_network(training(key="a")).state_dict()
    second = run.starting_network(training(key="b")).state_dict()
    assert not torch.equal(first["conv_stem.weight"], second["conv_stem.weight"])


def test_weights_of_another_network_are_refused(training, done):
    source = done(training(), "source")
    asked = training(network="test_resnet", weights=source / "model.safetensors")
    with pytest.raises(WeightsError) as raised:
        done(asked, "target")
    assert str(raised.value) == (
        "The weights 'source' do not fit 'test_resnet': bn1.bias has shape (24,), expected (32,); "
        "the first layer is conv_stem.weight of shape (24, 3, 3, 3), expected conv1.0.weight of "
        "shape (16, 3, 3, 3). Name the network they were trained with, or another start."
    )


def test_a_training_that_explodes_fails_with_its_learning_rate(training, done, recipe):
    asked = training(recipe=recipe(epochs=3, learning_rate=1e30, optimizer="sgd"))
    with pytest.raises(RunError, match=r"^The loss became (nan|inf) in epoch \d; lower learning_"):
        done(asked)


def test_weights_that_explode_in_the_last_step_are_said_to(training, done, recipe):
    """The losses were still numbers."""
    asked = training(
        recipe=recipe(epochs=1, batch_size=100, learning_rate=1e30, optimizer="sgd", augment="none")
    )
    with pytest.raises(RunError) as raised:
        done(asked)
    assert str(raised.value) == (
        "The network's outputs became nan in the last steps of epoch 1; lower learning_rate "
        "(now 1e+30)."
    )


# How fast this machine is.


def test_a_calibration_tells_images_per_second():
    ticks = iter(range(1000))
    found = images_per_second(
        NETWORK, 16, images=64, threads=1, seconds=3, clock=lambda: float(next(ticks))
    )
    assert found == 64  # an epoch of 64 images at each tick of the clock
    assert math.isfinite(found)
