"""One training, from arrays to a run folder."""

import getpass
import json
import platform
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import timm
import torch
from safetensors.torch import load_file
from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score

from small_training import FILES, NETWORK, PARTS, N, metrics, scores, several_labels
from warmstart.errors import RunError
from warmstart.models.stages import Stage
from warmstart.models.weights import tensors_digest
from warmstart.training import run


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
