"""How much slower is our training loop than the barest loop one could write in PyTorch?

Same network, same weights, same optimiser, same batch size, same images, on two CPU threads,
without dropout and augmentation. The bare loop is given every advantage: its images lie in memory
as normalised floats in the right layout, and it takes them in order. Rounds of both alternate and
each is compared with its neighbour, so that a machine that is busy with other things cancels out.
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from warmstart.models.architectures import build_network
from warmstart.training.batches import Batches
from warmstart.training.loop import Progress, make_optimizer, train
from warmstart.training.recipe import Recipe
from warmstart.training.run import set_threads

NETWORK, SIZE, IMAGES, BATCH, THREADS = "tf_efficientnet_lite0", 64, 128, 32, 2
MIN_ROUNDS, MAX_ROUNDS, SECONDS = 3, 25, 35.0
RECIPE = Recipe(
    epochs=1,
    batch_size=BATCH,
    schedule="constant",
    augment="none",
    class_weights="none",
    dropout=0.0,
    image_size=SIZE,
)


def main() -> None:
    set_threads(THREADS)
    contestants = {
        "bare": bare_epoch(noise()),
        "ours": our_epoch(noise(), RECIPE),
        "augmented": our_epoch(noise(), RECIPE.model_copy(update={"augment": "light"})),
    }
    seconds = alternate(contestants)
    ours, augmented = (
        float(np.median(seconds["bare"] / seconds[name])) for name in ("ours", "augmented")
    )
    print(
        f"training overhead: {ours:.3f} of the images per second of a bare PyTorch loop "
        f"({IMAGES / np.median(seconds['ours']):.0f} against "
        f"{IMAGES / np.median(seconds['bare']):.0f}; {NETWORK} at {SIZE} px, batches of {BATCH}, "
        f"{THREADS} threads, median of {len(seconds['ours'])} rounds)"
    )
    print(f"with light augmentation: {augmented:.3f} of the bare loop, which has none")


def alternate(contestants: dict[str, Callable[[], None]]) -> dict[str, np.ndarray]:
    """Seconds of each contestant in each round; the first round only warms up.

    As many rounds as fit into the time, because a busy machine may need ten times as long.
    """
    started = time.perf_counter()
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(MAX_ROUNDS + 1):
        if number > MIN_ROUNDS and time.perf_counter() - started > SECONDS:
            break
        for name in list(contestants)[:: 1 if number % 2 else -1]:
            began = time.perf_counter()
            contestants[name]()
            seconds[name].append(time.perf_counter() - began)
    return {name: np.array(taken[1:]) for name, taken in seconds.items()}


def noise() -> Batches:
    rng = np.random.default_rng(0)
    return Batches(
        images=rng.integers(0, 256, (IMAGES, SIZE, SIZE, 3), dtype=np.uint8),
        rows=np.arange(IMAGES),
        labels=torch.arange(IMAGES) % 2,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        device=torch.device("cpu"),
    )


def network() -> nn.Module:
    return build_network(NETWORK, 2, seed=0).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def our_epoch(batches: Batches, recipe: Recipe) -> Callable[[], None]:
    """One more epoch of our loop, each time it is called."""
    model = network()
    progress = Progress(model=model, optimizer=make_optimizer(model, recipe, head_only=False))

    def epoch() -> None:
        train(
            progress,
            batches,
            recipe.model_copy(update={"epochs": len(progress.history) + 1}),
            key="benchmark",
            train=np.arange(IMAGES),
            validation=np.arange(0),
            head_only=False,
            after_epoch=lambda _: None,
        )

    return epoch


def bare_epoch(batches: Batches) -> Callable[[], None]:
    """One more epoch of the loop everybody writes, each time it is called."""
    images, labels = batches.read(np.arange(IMAGES))
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=RECIPE.learning_rate, fused=True)

    def epoch() -> None:
        model.train()
        for first in range(0, IMAGES, BATCH):
            optimizer.zero_grad(set_to_none=True)
            outputs = model(images[first : first + BATCH])
            loss = nn.functional.cross_entropy(outputs, labels[first : first + BATCH])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    return epoch


if __name__ == "__main__":
    main()
