"""How much faster is an epoch of prepared images than decoding the JPEG folder every epoch?

Both sides deliver the same batches of 64 x 64 pixels, in the same random order, in one thread,
with every file in the page cache.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset

IMAGES, NATIVE, SIZE, BATCH, EPOCHS = 1000, 256, 64, 32, 3

Load = Callable[[NDArray[np.int64]], NDArray[np.uint8]]


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        root = write_jpegs(Path(place) / "images")
        paths = sorted(root.rglob("*.jpg"))
        once, ours = prepare_and_read(root, Path(place) / "cache")
        theirs = seconds_per_epoch(lambda rows: np.stack([decoded(paths[row]) for row in rows]))
    print(
        f"prepared images: {theirs / ours:.0f} x as many images per second as Pillow on the same "
        f"JPEG folder ({IMAGES / ours:,.0f} against {IMAGES / theirs:,.0f}; {NATIVE} px to {SIZE} "
        f"px; preparing once took {once / theirs:.1f} such epochs)"
    )


def prepare_and_read(root: Path, cache: Path) -> tuple[float, float]:
    """Seconds to prepare once, and seconds per epoch from then on."""
    began = time.perf_counter()
    dataset = read_dataset("jpegs", "folder", root, {})
    _, prepared = prepare(dataset, size=SIZE, fit="squash", cache=cache)
    once = time.perf_counter() - began
    return once, seconds_per_epoch(lambda rows: np.asarray(prepared.array[rows]))


def write_jpegs(root: Path) -> Path:
    rng = np.random.default_rng(0)
    for number in range(IMAGES):
        coarse = Image.fromarray(rng.integers(0, 256, (16, 16, 3), np.uint8))
        path = root / f"class{number % 2}" / f"{number:04d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse.resize((NATIVE, NATIVE), Image.Resampling.BICUBIC).save(path, quality=90)
    return root


def decoded(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR))


def seconds_per_epoch(load: Load) -> float:
    """Median over epochs of the time to load every image once, in random order."""
    rng, seconds = np.random.default_rng(0), []
    for _ in range(EPOCHS):
        order = rng.permutation(IMAGES)
        began = time.perf_counter()
        for first in range(0, IMAGES, BATCH):
            load(order[first : first + BATCH])
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))


if __name__ == "__main__":
    main()
