"""What a GPU makes of our training loop, beside the loop of timm's ``train.py``.

    python benchmarks/gpu.py

Both train the same network on batches of 128 in bfloat16 and channels-last memory, with fused
AdamW. The peer is given every advantage: autocast as in timm, no augmentation, no dropout, and one
normalised batch that lies on the GPU already and is taken again and again. Ours reads uint8 images
that stay on the GPU in a drawn order, normalises them, and, in the second column, augments them and
drops features, as *Cats, not CAT scans* does. Rounds of all alternate, and the median of the ratios
to the neighbouring round of the peer is the answer.

The share of the matrix rate is 6 operations per multiply-add of a training image, over the rate of
a large bfloat16 matrix product on the same card.
"""

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from bare_loop import Epoch, bare_epoch, built, noise, our_epoch
from torch.utils.flop_counter import FlopCounterMode

from warmstart.models.architectures import skeleton
from warmstart.training import compilation
from warmstart.training.recipe import Recipe
from warmstart.training.run import set_threads

CASES = (("resnet50", 96), ("resnet50", 112), ("cbr_tiny", 96), ("cbr_tiny", 112))
BATCH, STEPS, ROUNDS, CLASSES, FLOOR = 128, 60, 7, 10, 0.9
IMAGES = BATCH * STEPS
WHOLE_STUDY = 96e6
"""Training images of the whole of ``cats-not-cat-scans``, at 112 px."""
PLAIN = Recipe(
    epochs=1,
    batch_size=BATCH,
    optimizer="adamw",
    schedule="constant",
    augment="none",
    class_weights="none",
    dropout=0.0,
    precision="auto",
)
AS_PUBLISHED = PLAIN.model_copy(
    update={"augment": "light", "class_weights": "balanced", "dropout": 0.5}
)
COLUMNS = (
    *("network", "px", "timm's loop", "ours", "ratio", "ours, augmented", "ratio"),
    *("share of matrix rate", "compiled", "compiling, s", "pays from step", "whole study, h"),
)


@dataclass(frozen=True)
class Measured:
    """Images per second of each contestant, and seconds that compiling took."""

    rates: dict[str, float]
    ratios: dict[str, float]
    compiling: float


def main() -> None:
    if not torch.cuda.is_available():
        print("No GPU: PyTorch sees none on this machine, so nothing was measured.")
        return
    set_threads(2)
    device = torch.device("cuda")
    print(
        f"{torch.cuda.get_device_name(device)}, torch {torch.__version__}, "
        f"{datetime.date.today()}; batches of {BATCH}, bfloat16; images per second, median of "
        f"{ROUNDS} rounds of {STEPS} steps; floor of the ratio {FLOOR}"
    )
    matrix_rate = best_matrix_rate(device)
    print(f"a bfloat16 matrix product runs at {matrix_rate / 1e12:.0f} TFLOP/s\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for network, size in CASES:
        print(row(network, size, measure(network, size, device), matrix_rate), flush=True)


def row(network: str, size: int, found: Measured, matrix_rate: float) -> str:
    """One row of the table."""
    rates, ratios = found.rates, found.ratios
    share = rates["ours"] * operations_per_image(network, size) / matrix_rate
    saved = BATCH / rates["augmented"] - BATCH / rates["compiled"]
    cells = (
        network,
        str(size),
        *(f"{rates['timm']:.0f}", f"{rates['ours']:.0f}", f"{ratios['ours']:.2f}"),
        *(f"{rates['augmented']:.0f}", f"{ratios['augmented']:.2f}", f"{share:.0%}"),
        *(f"{rates['compiled']:.0f}", f"{found.compiling:.0f}"),
        f"{found.compiling / saved:.0f}" if saved > 0 else "never",
        f"{WHOLE_STUDY / rates['augmented'] / 3600:.1f}" if size == 112 else "",
    )
    return f"| {' | '.join(cells)} |"


def measure(network: str, size: int, device: torch.device) -> Measured:
    """Let all contestants train in turn; the first round only warms up, and compiles."""
    contestants = {
        "timm": timm_epoch(network, size, device),
        "ours": ours(network, size, PLAIN, device),
        "augmented": ours(network, size, AS_PUBLISHED, device),
        "compiled": ours(network, size, AS_PUBLISHED, device, compiled=True),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS + 1):
        for name, epoch in contestants.items():
            seconds[name].append(timed(epoch, device))
    taken = {name: np.array(each[1:]) for name, each in seconds.items()}
    return Measured(
        rates={name: IMAGES / float(np.median(each)) for name, each in taken.items()},
        ratios={name: float(np.median(taken["timm"] / each)) for name, each in taken.items()},
        compiling=seconds["compiled"][0] - float(np.median(taken["compiled"])),
    )


def timed(work: Callable[[], None], device: torch.device) -> float:
    wait(device)
    began = time.perf_counter()
    work()
    wait(device)
    return time.perf_counter() - began


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def timm_epoch(network: str, size: int, device: torch.device) -> Epoch:
    """The steps of timm's ``train.py`` with ``--amp --amp-dtype bfloat16 --channels-last``.

    ``torch.backends.cudnn.benchmark``, which timm sets, is on in its rounds only.
    """
    model = built(network, CLASSES, device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=PLAIN.learning_rate, fused=True)
    images = torch.randn(BATCH, 3, size, size, device=device)
    images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.arange(BATCH, device=device) % CLASSES
    bfloat16 = partial(torch.autocast, device.type, dtype=torch.bfloat16)
    bare = bare_epoch(model, optimizer, [(images, labels)] * STEPS, bfloat16)

    def epoch() -> None:
        with torch.backends.cudnn.flags(enabled=True, benchmark=True, deterministic=False):
            bare()

    return epoch


def ours(
    network: str, size: int, recipe: Recipe, device: torch.device, *, compiled: bool = False
) -> Epoch:
    batches = noise(IMAGES, size, CLASSES, device)
    loop = our_epoch(built(network, CLASSES, device), batches, recipe)

    def epoch() -> None:
        compilation.PAYS_FROM = 0 if compiled else 10**9  # decided here, not by the rule
        loop()

    return epoch


def operations_per_image(network: str, size: int) -> int:
    """Floating-point operations of a training step for one image: three times a forward pass."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        skeleton(network)(torch.zeros(1, 3, size, size, device="meta"))
    return 3 * counter.get_total_flops()


def best_matrix_rate(device: torch.device, side: int = 8192, times: int = 20) -> float:
    """Operations per second of a large bfloat16 matrix product, the best of five measurements."""
    left, right = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))

    def products() -> None:
        for _ in range(times):
            left @ right

    products()
    return max(2 * side**3 * times / timed(products, device) for _ in range(5))


if __name__ == "__main__":
    main()
