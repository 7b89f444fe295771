"""How much slower is our training loop than the barest loop one could write in PyTorch?

    python benchmarks/training_overhead.py [NETWORK ...]

Same network, same weights, same optimiser, same batch size, same images, on one CPU thread, without
dropout and augmentation. The bare loop is given every advantage: its images lie in memory as
normalised floats in the right layout, and it takes them in order. Counted is the time that the
processor works for each, which other programs do not lengthen as they do the time on the clock.
Short rounds of both alternate, and the median of the ratios of neighbours is the answer.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from warmstart.models.architectures import build_network
from warmstart.training.batches import Batches
from warmstart.training.loop import make_optimizer, train
from warmstart.training.progress import Progress
from warmstart.training.recipe import Recipe
from warmstart.training.run import set_threads

NETWORKS = ("cbr_small", "tf_efficientnet_lite0", "resnet50")
SIZE, IMAGES, BATCH, THREADS, FLOOR = 64, 32, 16, 1, 0.95
MIN_ROUNDS, MAX_ROUNDS, SECONDS = 7, 41, 90.0
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
    print(
        f"{SIZE} px, batches of {BATCH}, one thread, torch {torch.__version__}; images per second "
        f"of processor time; floor {FLOOR}\n"
    )
    print("| network | bare loop | ours | ratio | ratio with light augmentation | rounds |")
    print("|---|---|---|---|---|---|")
    for network in sys.argv[1:] or NETWORKS:
        print(measured(network), flush=True)


def measured(network: str) -> str:
    """One row of the table."""
    seconds = alternate(
        {
            "bare": bare_epoch(network),
            "ours": our_epoch(network, RECIPE),
            "augmented": our_epoch(network, RECIPE.model_copy(update={"augment": "light"})),
        }
    )
    bare, ours = (f"{IMAGES / np.median(seconds[name]):.0f}" for name in ("bare", "ours"))
    ratios = (f"{np.median(seconds['bare'] / seconds[n]):.3f}" for n in ("ours", "augmented"))
    return f"| {network} | {bare} | {ours} | {' | '.join(ratios)} | {len(seconds['ours'])} |"


def alternate(contestants: dict[str, Callable[[], None]]) -> dict[str, np.ndarray]:
    """Processor seconds of each contestant in each round; the first round only warms up.

    As many rounds as fit into the time, because a busy machine may need ten times as long.
    """
    started = time.perf_counter()
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(MAX_ROUNDS + 1):
        if number > MIN_ROUNDS and time.perf_counter() - started > SECONDS:
            break
        for name in list(contestants)[:: 1 if number % 2 else -1]:
            began = time.process_time()
            contestants[name]()
            seconds[name].append(time.process_time() - began)
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


def built(network: str) -> nn.Module:
    return build_network(network, 2, seed=0).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def our_epoch(network: str, recipe: Recipe) -> Callable[[], None]:
    """One more epoch of our loop, each time it is called."""
    model, batches = built(network), noise()
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


def bare_epoch(network: str) -> Callable[[], None]:
    """One more epoch of the loop everybody writes, each time it is called."""
    batches = noise()
    images, labels = batches.read(np.arange(IMAGES)), batches.labels
    model = built(network)
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
