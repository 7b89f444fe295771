import numpy as np
import pytest
import torch

from warmstart.models.architectures import build_network
from warmstart.training.batches import Batches
from warmstart.training.loop import Progress, make_optimizer
from warmstart.training.recipe import Recipe

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
