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

import numpy as np
import torch
from bare_loop import Epoch, bare_epoch, built, noise, our_epoch

from warmstart.training.recipe import Recipe
from warmstart.training.run import set_threads

NETWORKS = ("cbr_small", "tf_efficientnet_lite0", "resnet50")
SIZE, IMAGES, BATCH, CLASSES, THREADS, FLOOR = 64, 32, 16, 2, 1, 0.95
CPU = torch.device("cpu")
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
            "bare": bare(network),
            "ours": ours(network, RECIPE),
            "augmented": ours(network, RECIPE.model_copy(update={"augment": "light"})),
        }
    )
    rates = (f"{IMAGES / np.median(seconds[name]):.0f}" for name in ("bare", "ours"))
    ratios = (f"{np.median(seconds['bare'] / seconds[n]):.3f}" for n in ("ours", "augmented"))
    return f"| {network} | {' | '.join([*rates, *ratios])} | {len(seconds['ours'])} |"


def alternate(contestants: dict[str, Epoch]) -> dict[str, np.ndarray]:
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


def ours(network: str, recipe: Recipe) -> Epoch:
    return our_epoch(built(network, CLASSES, CPU), noise(IMAGES, SIZE, CLASSES, CPU), recipe)


def bare(network: str) -> Epoch:
    batches = noise(IMAGES, SIZE, CLASSES, CPU)
    images, labels = batches.read(np.arange(IMAGES)).split(BATCH), batches.labels.split(BATCH)
    model = built(network, CLASSES, CPU)
    optimizer = torch.optim.Adam(model.parameters(), lr=RECIPE.learning_rate, fused=True)
    return bare_epoch(model, optimizer, list(zip(images, labels, strict=True)))


if __name__ == "__main__":
    main()
