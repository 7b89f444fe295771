"""One training in several processes is the training in one."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from warmstart.errors import ConfigError, RunError
from warmstart.models.architectures import build_network
from warmstart.training.batch_norm import share_batch_norm
from warmstart.training.group import ALONE, gathered, own_rows, sum_gradients
from warmstart.training.loop import check_shares
from warmstart.training.recipe import Recipe
from warmstart.training.run import run_training

pytest.importorskip("lightning_fabric", reason="pip install 'warmstart[multi-gpu]'")
N = 40
CPU, GPU = torch.device("cpu"), torch.device("cuda")
# Batches of 5, 5, 5, 5 and 4 images: slices are uneven, and so are the parts they are taken in.
RECIPE = Recipe(
    epochs=2,
    batch_size=5,
    image_size=16,
    learning_rate=1e-3,
    optimizer="sgd",
    dropout=0.3,
    accumulate=2,
    label_smoothing=0.1,
    freeze_batch_norm=True,
    record_every=4,
)


class Member:
    """A process of a group that hears nothing of the others."""

    def __init__(self, rank, size):
        self.rank, self.size = rank, size

    def sum(self, tensor):
        return 2 * tensor


@pytest.fixture
def training(training):
    """Call with what differs; of its 24 training images one class is rare."""
    own = {
        "recipe": RECIPE,
        "rows": np.arange(N),
        "groups": np.array([f"{i:02d}" for i in range(N)]),
        "labels": (np.arange(N) % 5 == 0).astype(np.int64),
        "classes": ("often", "rarely"),
        "parts": {
            "train": np.arange(24),
            "validation": np.arange(24, 33),
            "test": np.arange(33, 40),
        },
    }
    return lambda **changes: training(**(own | changes))


@pytest.fixture
def done(tmp_path):
    """Call with a training and a name; returns its folder, and what was heard of its epochs."""

    def call(training, name):
        (tmp_path / name).mkdir()
        heard = []
        run_training(
            training,
            tmp_path / name,
            partial=tmp_path / "partial",
            on_epoch=lambda *told: heard.append(told),
        )
        return tmp_path / name, heard

    return call


def test_two_processes_come_to_what_one_does(training, done):
    (alone, _), (both, heard) = (
        done(training(devices=devices), str(devices)) for devices in (1, 2)
    )
    assert heard == [(1, 2), (2, 2)]
    assert {path.name for path in both.iterdir()} == {path.name for path in alone.iterdir()}
    for name, columns in (
        ("history.parquet", ["train_loss", "validation_loss"]),
        ("curve.parquet", ["step", "auc"]),
        ("predictions.parquet", ["score_0", "score_1"]),
    ):
        found, expected = (pd.read_parquet(folder / name)[columns] for folder in (both, alone))
        np.testing.assert_allclose(found, expected, rtol=1e-5, err_msg=name)
    before = build_network("test_efficientnet", 2, seed=0).state_dict()
    weights, expected = (load_file(folder / "model.safetensors") for folder in (both, alone))
    for name, value in weights.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-6)
        assert value.shape == before[name].shape
    told = [json.loads((folder / "metrics.json").read_text()) for folder in (alone, both)]
    assert [found["micro_batch"] for found in told] == [3, 2]
    assert [found.get("devices") for found in told] == [None, 2]


def test_two_processes_divide_by_the_number_of_images_as_one_does(training, done):
    recipe = RECIPE.model_copy(update={"epochs": 1, "class_weights": "balanced_per_image"})
    alone, both = (
        pd.read_parquet(done(training(devices=n, recipe=recipe), str(n))[0] / "history.parquet")
        for n in (1, 2)
    )
    np.testing.assert_allclose(both["train_loss"], alone["train_loss"], rtol=1e-5)


def test_an_error_in_a_process_is_the_error_of_the_run(training, done):
    recipe = RECIPE.model_copy(update={"learning_rate": 1e30, "record_every": None})
    with pytest.raises(RunError) as raised:
        done(training(devices=2, recipe=recipe), "run")
    assert str(raised.value).startswith("The loss became ")
    assert "lower learning_rate (now 1e+30)" in str(raised.value)


def test_a_bug_in_a_process_is_told_by_its_last_line(training, done, tmp_path):
    asked = training(devices=2)
    with pytest.raises(RunError) as raised:
        done(replace(asked, images=tmp_path / "absent.npy"), "run")
    assert str(raised.value).startswith("One of 2 processes ended: FileNotFoundError: ")


# What a process of a group sees.


@pytest.mark.parametrize("n", [2, 3, 5, 7, 16])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_rows_are_shared_out_evenly_and_each_goes_to_one(n, size):
    shares = [own_rows(Member(rank, size), n) for rank in range(size)]
    rows = [row for share in shares for row in range(n)[share]]
    assert rows == list(range(n))
    lengths = [len(range(n)[share]) for share in shares]
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize("augment", ["none", "light", "transfusion"])
def test_an_image_looks_the_same_whoever_sees_it(batches, bright_or_dark, recipe, augment):
    def epoch(group):
        data = replace(batches(*bright_or_dark), group=group)
        chosen = recipe(augment=augment, batch_size=7)
        generator = torch.Generator().manual_seed(3)
        return list(data.epoch(np.arange(48), chosen, generator))

    shared = zip(epoch(ALONE), *(epoch(Member(rank, 3)) for rank in range(3)), strict=True)
    for (whole, labels), *others in shared:
        assert torch.equal(torch.cat([images for images, _ in others]), whole)
        assert all(torch.equal(labels, theirs) for _, theirs in others)


def test_gradients_are_summed_and_stay_in_their_place(progress, recipe):
    model = progress(recipe()).model
    for number, parameter in enumerate(model.parameters()):
        parameter.grad = None if number == 1 else torch.full_like(parameter, number)
    sum_gradients(Member(0, 2), model.parameters())
    for number, parameter in enumerate(model.parameters()):
        assert parameter.grad is None if number == 1 else (parameter.grad == 2 * number).all()


def test_rows_are_put_where_they_belong():
    rows = torch.arange(6.0).view(2, 3) + 1
    found = gathered(Member(1, 2), rows, 4)
    assert torch.equal(found, torch.cat([torch.zeros(2, 3), 2 * rows]))


def test_a_batch_smaller_than_the_group_is_refused():
    check_shares(2, 2)
    check_shares(1, 0)  # nothing is shared
    with pytest.raises(ConfigError) as raised:
        check_shares(2, 1)
    assert str(raised.value) == (
        "--devices 2: the smallest batch has 1 image, fewer than there are devices; raise "
        "batch_size or use fewer devices."
    )


# Batch norm.


def test_batch_norm_that_learns_needs_gpus():
    model = build_network("test_efficientnet", 2, seed=0)
    with pytest.raises(ConfigError) as raised:
        share_batch_norm(model, Member(0, 2), CPU)
    assert str(raised.value) == (
        "--devices 2 on a CPU: its processes cannot share the statistics of batch norm; set "
        "freeze_batch_norm = true, or use --devices 1."
    )


@pytest.mark.parametrize("network", ["test_efficientnet", "cbr_tiny"])
def test_shared_batch_norm_has_the_names_weights_and_outputs_of_the_ordinary(network):
    model = build_network(network, 2, seed=0).eval()
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        before, state = model(images), {k: v.clone() for k, v in model.state_dict().items()}
        shared = share_batch_norm(model, Member(0, 2), GPU).eval()
        torch.testing.assert_close(shared(images), before)
    assert not any(type(module) is torch.nn.BatchNorm2d for module in shared.modules())
    assert any(isinstance(module, torch.nn.SyncBatchNorm) for module in shared.modules())
    assert {k: v.shape for k, v in shared.state_dict().items()} == {
        k: v.shape for k, v in state.items()
    }
    assert all(torch.equal(value, state[name]) for name, value in shared.state_dict().items())


@pytest.mark.parametrize("network", ["test_efficientnet", "test_vit"])
def test_a_network_is_left_alone_where_nothing_is_shared(network):
    model = build_network(network, 2, seed=0)
    group = ALONE if network == "test_efficientnet" else Member(0, 2)
    assert share_batch_norm(model, group, CPU) is model
