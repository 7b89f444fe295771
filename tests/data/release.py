"""What a miniature of a public release is, and how its pictures are made.

Each file of ``releases/`` writes one, with the names, headers and bytes of the real thing, and says
which images a reader must find in it. Pictures differ between top and bottom, left and right, and
red, green and blue, so that a reader that turns, mirrors or swaps anything is found out.
"""

import importlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

KINDS = (
    "missing file",  # named in the table, not there
    "unnamed file",  # there, not named in the table
    "wrong header",
    "wrong size",  # a container with the wrong number of bytes
    "truncated container",  # an HDF5 file, an .npz or an array cut off
    "duplicate ids",
    "labels out of range",
    "non-ASCII names",
)
"""Damage that depends on the format; damage to single image files is tested for all readers."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """One image a reader must find.

    Attributes:
        name: What the dataset must call it.
        picture: Its pixels, uint8 (h, w) or (h, w, 3).
        labels: Its class, or those of several yes/no labels that are yes.
        unknown: Yes/no labels that are missing (NaN).
        group: Its group; images of one group have the same, whatever the reader calls it.
        split: Its official part.
    """

    name: str
    picture: NDArray[np.uint8]
    labels: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    group: str | None = None
    split: str | None = None


@dataclass(frozen=True, kw_only=True)
class Damage:
    """One way to damage a miniature.

    Attributes:
        kind: One of ``KINDS``.
        apply: Damages the release below a root.
        message: The full text of the error, or with ``warns`` of a warning or note; ``{root}``
            stands for the root.
        warns: Whether the release can still be read and the dataset says what is wrong.
    """

    kind: str
    apply: Callable[[Path], object]
    message: str
    warns: bool = False


@dataclass(frozen=True, kw_only=True)
class Release:
    """A miniature release.

    Attributes:
        root: What a user points the reader at.
        options: The reader's own options.
        images: Every image the reader must find, in its order.
        damages: Format-specific damage; several may have one kind.
        impossible: Kinds of damage that this format cannot have, with the reason.
    """

    root: Path | None
    options: Mapping[str, Any] = field(default_factory=dict)
    images: tuple[Expected, ...] = field(repr=False)
    damages: tuple[Damage, ...] = ()
    impossible: Mapping[str, str] = field(default_factory=dict)


def build(reader: str, place: Path) -> Release:
    """Write the miniature of a reader into a folder."""
    release: Release = importlib.import_module(f"releases.{reader.replace('-', '_')}").build(place)
    return release


def picture(number: int, *, size: tuple[int, int] = (24, 20), grey: bool = False) -> NDArray[Any]:
    """Return a smooth picture (height, width[, 3]) that no turning or swapping leaves as it is.

    ``size`` is width and height, as in Pillow.
    """
    width, height = size
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    tone = 40 + 17 * (number % 10)
    red, green, blue = 60 + 190 * x, 20 + 120 * y + 40 * x * y, np.full_like(x, tone)
    if grey:
        return np.asarray(np.rint(15 + 120 * x + 60 * y**2 + tone / 4), np.uint8)
    return np.asarray(np.rint(np.stack([red, green, blue], axis=-1)), np.uint8)


def save(path: Path, pixels: NDArray[np.uint8], **options: Any) -> Path:
    """Write pixels as an image file of the format that the name ends in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lossless = {"quality": 100, "subsampling": 0}
    jpeg = path.suffix.lower() in (".jpg", ".jpeg")
    Image.fromarray(pixels).save(path, **({**lossless, **options} if jpeg else options))
    return path


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return an image as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
