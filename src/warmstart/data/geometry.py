"""One image: from stored bytes to ``size`` x ``size`` pixels of 8 bits."""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Literal
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from warmstart.data.dataset import Raw, View

Fit = Literal["squash", "crop", "pad"]
Window = tuple[float, float]

_GREY = frozenset({"1", "L", "LA"})
_DEEP = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})
_ORIENTATION = 0x0112
_ARRAY_CHANNELS = (1, 3, 4)


_MOST_PIXELS = 2**28
"""More pixels than this (16,384 x 16,384) are refused: decoded they would fill the memory."""


class TooDeepError(Exception):
    """An image has more than 8 bits and its dataset says no window; holds its format."""


def decode(raw: Raw, view: View) -> Image.Image:
    """Return the image as mode L (greyscale) or RGB, upright, as the view shows it.

    EXIF orientation is applied; palette and CMYK become RGB; transparency is composited over
    black; more than 8 bits are shown through the window, its ends black and white.

    Raises:
        TooDeepError: If an image of more than 8 bits has no window.
        Exception: Whatever Pillow raises for an image it cannot read.
    """
    image = (
        _from_bytes(raw, view.window) if isinstance(raw, bytes) else _from_array(raw, view.window)
    )
    if view.grayscale:
        image = image.convert("L")
    return image if view.resolution is None else _squash(image, view.resolution)


def _from_bytes(raw: bytes, window: Window | None) -> Image.Image:
    with Image.open(io.BytesIO(raw)) as image:
        if image.width * image.height > _MOST_PIXELS:
            raise ValueError(
                f"it says it is {image.width} x {image.height} pixels; {_MOST_PIXELS:,} at most"
            )
        image.load()
        upright = ImageOps.exif_transpose(image) if image.getexif().get(_ORIENTATION) else image
        return _eight_bits(upright, window)


def fit_to(image: Image.Image, size: int, fit: Fit) -> Image.Image:
    """Resize bilinearly with antialiasing.

    ``squash`` ignores the aspect ratio; ``crop`` takes the shorter side to ``size`` and cuts the
    centre; ``pad`` takes the longer side to ``size`` and fills with black.
    """
    return _FITS[fit](image, size)


@contextmanager
def trusting() -> Iterator[None]:
    """Let Pillow open large local images, and keep its warnings about odd files quiet."""
    limit = Image.MAX_IMAGE_PIXELS
    with catch_warnings():
        simplefilter("ignore")
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _squash(image: Image.Image, size: int) -> Image.Image:
    return image.resize((size, size), Image.Resampling.BILINEAR)


def _crop(image: Image.Image, size: int) -> Image.Image:
    """As torchvision's ``Resize(size)`` and ``CenterCrop(size)`` do it."""
    shorter = min(image.size)
    width, height = (int(size * side / shorter) for side in image.size)
    left, top = round((width - size) / 2), round((height - size) / 2)
    resized = image.resize((width, height), Image.Resampling.BILINEAR)
    return resized.crop((left, top, left + size, top + size))


def _pad(image: Image.Image, size: int) -> Image.Image:
    longer = max(image.size)
    width, height = (max(1, round(size * side / longer)) for side in image.size)
    canvas = Image.new(image.mode, (size, size))
    resized = image.resize((width, height), Image.Resampling.BILINEAR)
    canvas.paste(resized, ((size - width) // 2, (size - height) // 2))
    return canvas


_FITS: Mapping[str, Callable[[Image.Image, int], Image.Image]] = MappingProxyType(
    {"squash": _squash, "crop": _crop, "pad": _pad}
)


def _eight_bits(image: Image.Image, window: Window | None) -> Image.Image:
    if image.mode in _DEEP:
        return Image.fromarray(_through_window(np.asarray(image), window, image.mode))
    grey = image.mode in _GREY
    if image.mode in {"LA", "PA", "RGBA", "RGBa", "La"} or "transparency" in image.info:
        image = _over_black(image.convert("RGBA"))
    return image.convert("L" if grey else "RGB")


def _over_black(image: Image.Image) -> Image.Image:
    black = Image.new("RGBA", image.size, (0, 0, 0, 255))
    return Image.alpha_composite(black, image)


def _from_array(raw: NDArray[Any], window: Window | None) -> Image.Image:
    pixels = raw[:, :, 0] if raw.ndim == 3 and raw.shape[2] == 1 else raw
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in _ARRAY_CHANNELS):
        raise ValueError(f"an array of shape {raw.shape} is no image")
    if pixels.dtype != np.uint8:
        pixels = _through_window(pixels, window, str(pixels.dtype))
    return _eight_bits(Image.fromarray(np.ascontiguousarray(pixels)), window)


def _through_window(pixels: NDArray[Any], window: Window | None, kind: str) -> NDArray[np.uint8]:
    if window is None:
        raise TooDeepError(kind)
    low, high = window
    shown = (pixels.astype(np.float64) - low) / (high - low)
    return np.asarray(np.rint(np.nan_to_num(shown).clip(0, 1) * 255), np.uint8)
