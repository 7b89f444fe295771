"""How fast this machine trains a network, measured on noise."""

import contextlib
from collections.abc import Callable

import numpy as np
import torch

from warmstart.models.architectures import build_network, family_of
from warmstart.training.batches import Batches
from warmstart.training.loop import make_optimizer, train
from warmstart.training.progress import Progress
from warmstart.training.recipe import Recipe
from warmstart.training.run import set_threads


def images_per_second(
    network: str,
    image_size: int,
    *,
    images: int,
    threads: int,
    seconds: float,
    clock: Callable[[], float],
) -> float:
    """Train a network on noise for about so many seconds; return training images per second.

    Args:
        network: Name of the network.
        image_size: Height and width of the noise.
        images: How many; time is looked at only after all of them, in batches of 32.
        threads: CPU threads.
        seconds: For how long; one epoch goes before, which is not counted.
        clock: Tells the time in seconds.
    """
    set_threads(threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    mean, std = family_of(network).normalisation(network)
    noise = np.random.default_rng(0).integers(
        0, 256, (images, image_size, image_size, 3), dtype=np.uint8
    )
    positions = np.arange(images)
    batches = Batches(
        images=noise,
        rows=positions,
        labels=torch.arange(images) % 2,  # learnable ones would end in slow denormal numbers
        mean=mean,
        std=std,
        device=device,
    )
    model = build_network(network, 2, seed=0).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    recipe = Recipe(epochs=10_000, schedule="constant")
    progress = Progress(model=model, optimizer=make_optimizer(model, recipe, head_only=False))
    marks: list[float] = []

    def stop(_: Progress) -> None:
        marks.append(clock())
        if len(marks) > 1 and marks[-1] - marks[0] >= seconds:
            raise _EnoughError

    with contextlib.suppress(_EnoughError):
        train(
            progress,
            batches,
            recipe,
            key="calibration",
            train=positions,
            validation=positions[:0],
            head_only=False,
            after_epoch=stop,
        )
    return images * (len(marks) - 1) / (marks[-1] - marks[0])


class _EnoughError(Exception):
    """Ends the training when the time is up."""
