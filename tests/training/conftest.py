import numpy as np
import pytest
import torch

import every_network
import small_training
from warmstart.models.architectures import build_network
from warmstart.models.image_sizes import check_image_size
from warmstart.training.batches import Batches
from warmstart.training.loop import Progress, make_optimizer
from warmstart.training.recipe import Recipe
from warmstart.training.run import run_training
from warmstart.training.training import Training

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


@pytest.fixture
def recipe():
    """Call with what differs from a short, small recipe."""

    def made(**changes):
        return Recipe(**({"epochs": 3, "batch_size": 5, "image_size": 16} | changes))

    return made


@pytest.fixture
def batches():
    """Call with images (m, size, size, c) and labels, on the CPU, every row once."""

    def made(images, labels, *, rows=None, mean=MEAN, std=STD):
        return Batches(
            images=images,
            rows=np.arange(len(images)) if rows is None else np.asarray(rows),
            labels=torch.as_tensor(labels),
            mean=mean,
            std=std,
            device=torch.device("cpu"),
        )

    return made


@pytest.fixture
def bright_or_dark():
    """Noisy images of two classes, told apart by their brightness, and their labels."""
    rng = np.random.default_rng(0)
    labels = np.arange(48) % 2
    levels = (60 + 130 * labels)[:, None, None, None]
    images = rng.normal(levels, 25, (48, 16, 16, 3)).clip(0, 255).astype(np.uint8)
    return images, labels


@pytest.fixture
def progress():
    """Call with a recipe for a fresh small network, as a training starts with."""

    def made(recipe, *, head_only=False, outputs=2, seed=0):
        model = build_network("test_efficientnet", outputs, seed=seed)
        model = model.to(memory_format=torch.channels_last)
        return Progress(model=model, optimizer=make_optimizer(model, recipe, head_only=head_only))

    return made


@pytest.fixture
def training(tmp_path, recipe):
    """Call with what differs from a short training on three classes."""
    rng, n = np.random.default_rng(0), small_training.N
    np.save(tmp_path / "pixels.npy", rng.integers(0, 256, (n, 16, 16, 3), dtype=np.uint8))

    def made(**changes):
        settings = {
            "key": "0123456789abcdef",
            "kind": "finetune",
            "network": small_training.NETWORK,
            "recipe": recipe(epochs=2, batch_size=8),
            "head_only": False,
            "images": tmp_path / "pixels.npy",
            "rows": np.arange(n)[::-1].copy(),
            "paths": np.array([f"class/{i:02d}.png" for i in range(n)]),
            "groups": np.array([f"group{i // 2:02d}" for i in range(n)]),
            "labels": np.arange(n) % 3,
            "classes": ("a", "b", "c"),
            "parts": small_training.PARTS,
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


@pytest.fixture(scope="module", params=every_network.SIZES)
def network(request):
    """Each kind of network, by name."""
    check_image_size(request.param, every_network.SIZES[request.param])
    return request.param


@pytest.fixture(scope="module")
def place(network, tmp_path_factory):
    """A folder of images at the smallest size that the network takes."""
    folder, size = tmp_path_factory.mktemp("place"), every_network.SIZES[network]
    shape = (every_network.N, size, size, 3)
    np.save(folder / "pixels.npy", np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    return folder
