"""How many planted near-duplicates are found, which pairs without planting any, and how fast?

    python benchmarks/near_duplicates.py DATA

DATA holds class folders of several datasets, one folder each.
"""

import io
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from warmstart.data.dataset import View
from warmstart.data.geometry import decode, fit_to
from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset
from warmstart.data.similar import similar_between, similar_images

SIZE = 64

Change = Callable[[Image.Image, np.random.Generator], Image.Image]


def crop(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Keep 85 to 95 % of each side, anywhere."""
    kept = [max(1, round(side * rng.uniform(0.85, 0.95))) for side in image.size]
    left, top = (int(rng.integers(side - k + 1)) for side, k in zip(image.size, kept, strict=True))
    return image.crop((left, top, left + kept[0], top + kept[1]))


def jpeg(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=50)
    return Image.open(file)


def levels(shown: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Change:
    """Change the grey levels, 0 to 1, and clip."""
    table = (np.clip(shown(np.arange(256) / 255), 0, 1) * 255).round().astype(int).tolist()
    return lambda image, rng: image.point(table * len(image.getbands()))


def contrast(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Times 0.6 to 1.5 about middle grey, and up to 10 % brighter or darker."""
    by, more = rng.uniform(0.6, 1.5), rng.uniform(-0.1, 0.1)
    return levels(lambda grey: (grey - 0.5) * by + 0.5 + more)(image, rng)


def shift(pixels: int) -> Change:
    """Move by this many of the 64 prepared pixels, any direction; what comes in is black."""

    def moved(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        x, y = (round(int(rng.choice([-1, 1])) * pixels * side / SIZE) for side in image.size)
        width, height = image.size
        return image.crop((x, y, x + width, y + height))

    return moved


def combined(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A crop, mirrored, with other contrast, as a JPEG file."""
    return jpeg(contrast(ImageOps.mirror(crop(image, rng)), rng), rng)


CHANGES: Mapping[str, Change] = {
    "crop": crop,
    "JPEG quality 50": jpeg,
    "mirrored": lambda image, rng: ImageOps.mirror(image),
    "upside down": lambda image, rng: ImageOps.flip(image),
    "turned by 180": lambda image, rng: image.rotate(180),
    "turned by 90": lambda image, rng: image.transpose(Image.Transpose.ROTATE_90),
    "contrast x 0.6": levels(lambda grey: (grey - 0.5) * 0.6 + 0.5),
    "contrast x 1.5": levels(lambda grey: (grey - 0.5) * 1.5 + 0.5),
    "contrast at random": contrast,
    "brighter by 15 %": levels(lambda grey: grey + 0.15),
    "darker by 15 %": levels(lambda grey: grey - 0.15),
    "gamma 0.7": levels(lambda grey: grey**0.7),
    "gamma 1.4": levels(lambda grey: grey**1.4),
    "shifted by 1 px": shift(1),
    "shifted by 3 px": shift(3),
    "all at once": combined,
}

PLANTED, MANY = 2000, 100_000


def main() -> None:
    """Print the pairs found without any change, recall for each change, and a large search."""
    data, place = Path(sys.argv[1]), Path(tempfile.mkdtemp())
    arrays, origin, names, groups = [], [], [], []
    folders = sorted(folder for folder in data.iterdir() if folder.is_dir())
    for folder in folders:
        dataset = read_dataset(folder.name, "folder", folder, {})
        array = prepare(dataset, size=SIZE, fit="squash", cache=place)[1].array
        arrays.append(np.broadcast_to(array, (*array.shape[:3], 3)))
        origin += [folder.name] * len(dataset)
        names += dataset.names
        own = [f"image {name}" for name in dataset.names]
        groups += own if dataset.groups is None else dataset.groups.tolist()
    images = np.concatenate(arrays)
    start = time.perf_counter()
    found = similar_images(images)
    seconds = time.perf_counter() - start
    apart = [
        f"{origin[a]}/{names[a]} {origin[b]}/{names[b]}"
        for a, b in zip(found.first, found.second, strict=True)
        if (origin[a], groups[a]) != (origin[b], groups[b])
    ]
    print(
        f"{len(images):,} images, {seconds:.0f} s: {len(found.first)} pairs, {len(apart)} of them"
    )
    print("not in one group of groups.csv:", *apart, sep="\n  ")
    chosen = np.unique(np.linspace(0, len(images) - 1, PLANTED).astype(int))
    for name, change in CHANGES.items():
        copies = np.stack([planted(data / origin[i] / names[i], change, i) for i in chosen])
        pairs = similar_between(images[chosen], copies)
        hits = np.unique(pairs.first[pairs.first == pairs.second])
        print(f"{name:<20} recall {len(hits) / len(chosen):.4f}", flush=True)
    many = parts(images)
    start, used = time.perf_counter(), time.process_time()
    found = similar_images(many)
    seconds, used = time.perf_counter() - start, time.process_time() - used
    print(f"{MANY:,} images, {seconds:.0f} s ({used:.0f} s of a core): {len(found.first)} pairs")


def planted(path: Path, change: Change, seed: int) -> NDArray[np.uint8]:
    """A changed copy of an image, prepared."""
    rng = np.random.default_rng(seed)
    changed = change(decode(path.read_bytes(), View()), rng)
    return np.asarray(fit_to(changed, SIZE, "squash").convert("RGB"))


def parts(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Random parts of the images, each of 40 to 60 % of a side."""
    rng, many = np.random.default_rng(0), np.empty((MANY, SIZE, SIZE, 3), np.uint8)
    for number in range(MANY):
        side = int(rng.integers(26, 39))
        y, x = rng.integers(SIZE - side + 1, size=2)
        part = images[number % len(images), y : y + side, x : x + side]
        many[number] = np.asarray(Image.fromarray(part).resize((SIZE, SIZE)))
    return many


if __name__ == "__main__":
    main()
