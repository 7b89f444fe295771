"""Runs that go on from what another left, and with the same numbers."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from small_training import FILES, N, metrics
from warmstart.errors import WeightsError
from warmstart.training import run


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
