"""Our training loop, and the barest loop one could write in PyTorch, on images of noise."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import nn

from warmstart.models.architectures import build_network
from warmstart.training.batches import Batches
from warmstart.training.loop import make_optimizer, train
from warmstart.training.progress import Progress
from warmstart.training.recipe import Recipe
from warmstart.training.residence import resident

Epoch = Callable[[], None]
"""One more epoch, each time it is called."""


def built(network: str, classes: int, device: torch.device) -> nn.Module:
    model = build_network(network, classes, seed=0)
    return model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def noise(count: int, size: int, classes: int, device: torch.device) -> Batches:
    """Images to train on; a GPU keeps them."""
    rows = np.arange(count)
    images = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    return Batches(
        images=images,
        rows=rows,
        labels=torch.arange(count) % classes,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        device=device,
        resident=resident(images, rows, rows, device),
    )


def our_epoch(model: nn.Module, batches: Batches, recipe: Recipe) -> Epoch:
    progress = Progress(model=model, optimizer=make_optimizer(model, recipe, head_only=False))

    def epoch() -> None:
        train(
            progress,
            batches,
            recipe.model_copy(update={"epochs": len(progress.history) + 1}),
            key="benchmark",
            train=np.arange(len(batches.labels)),
            validation=np.arange(0),
            head_only=False,
            after_epoch=lambda _: None,
        )

    return epoch


def bare_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: Sequence[tuple[torch.Tensor, torch.Tensor]],
    autocast: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Epoch:
    """The loop everybody writes, over normalised images and their labels."""

    def epoch() -> None:
        model.train()
        for images, labels in batches:
            with autocast():
                loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    return epoch
