"""How many planted near-duplicates are found, and how many pairs are found that are none?"""

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from warmstart.data.geometry import decode, fit_to
from warmstart.data.readers import read_dataset

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
