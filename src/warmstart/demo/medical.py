"""Reader ``demo-medical``: two stock medical images, labelled by image analysis."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from warmstart.data.dataset import Dataset
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.sources import ImageArray
from warmstart.demo.patches import Patches, patches_in_blocks, scikit_image

_HAEMATOXYLIN, _DAB = 0, 2
_NOTE = "labels are derived by image analysis from one stock image and have no clinical meaning"
_RIDGE_WIDTHS = (2, 3)
"""Scales of the ridge filter at half resolution: vessels are 5 to 15 pixels wide."""
_DARK = 20
"""Grey values below this lie outside the field of view of the fundus photograph."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MedicalOptions:
    """Options of the reader ``demo-medical``.

    Attributes:
        image: ``histology``: is the DAB-stained protein there, judged from the haematoxylin
            channel alone. ``fundus``: does the patch show a vessel.
    """

    image: Literal["histology", "fundus"]


def read_medical(root: Path | None, options: MedicalOptions) -> Dataset:
    """Cut one medical image into patches; a block of neighbouring patches is a group.

    Raises:
        ConfigError: If scikit-image is not installed.
    """
    pixels, patches, amount, classes = _IMAGES[options.image]()
    return Dataset(
        name=options.image,
        images=ImageArray(patches.cut(pixels), [f"{i:04d}" for i in range(len(patches))]),
        rows=np.arange(len(patches)),
        labels=(amount > np.median(amount)).astype(np.int64),
        classes=classes,
        groups=np.array([f"block-{block}" for block in patches.blocks], dtype=np.str_),
        warnings=(_NOTE,),
    )


_Cut = tuple[NDArray[np.uint8], Patches, NDArray[np.float64], tuple[str, str]]
"""What is shown, the patches, how much of what is asked for each holds, names of the classes."""


def _histology() -> _Cut:
    """The label is the mean DAB channel; what is shown is the haematoxylin channel only."""
    image = scikit_image("data").immunohistochemistry()
    stains = scikit_image("color").rgb2hed(image)
    patches = patches_in_blocks(image.shape, size=32, block=64, margin=8, per_side=3)
    shown = _to_bytes(stains[:, :, _HAEMATOXYLIN])
    return shown, patches, patches.mean(stains[:, :, _DAB]), ("DAB-negative", "DAB-positive")


def _fundus() -> _Cut:
    """The label is the mean response of a ridge filter on the green channel."""
    image = scikit_image("data").retina()
    patches = patches_in_blocks(image.shape, size=64, block=128, margin=16, per_side=3)
    patches = patches.keep(_inside_view(image, patches))
    ridges = scikit_image("filters").sato(_half(image[:, :, 1]), sigmas=_RIDGE_WIDTHS)
    return image, patches, patches.mean(ridges.repeat(2, 0).repeat(2, 1)), ("no vessel", "vessel")


def _half(channel: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Means of 2 x 2 pixels, for speed; an odd last row or column is left out."""
    height, width = (side // 2 for side in channel.shape)
    even = channel[: 2 * height, : 2 * width].astype(np.float64)
    return np.asarray(even.reshape(height, 2, width, 2).mean(axis=(1, 3)))


def _inside_view(image: NDArray[np.uint8], patches: Patches) -> NDArray[np.bool_]:
    """Whether each patch lies inside the round field of view, its whole area lit."""
    lit = image.max(axis=2) >= _DARK
    return np.array([bool(piece.mean() > 0.99) for piece in patches.cut(lit)])


def _to_bytes(channel: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Rescale so that the 1st and the 99th percentile become black and white."""
    low, high = np.percentile(channel, (1, 99))
    return np.asarray(np.rint(((channel - low) / (high - low)).clip(0, 1) * 255), np.uint8)


_IMAGES = {"histology": _histology, "fundus": _fundus}

READER = Reader(
    name="demo-medical",
    title="patches of two medical images (demo)",
    labels="2 classes, derived",
    groups="block of patches",
    read=read_medical,
    options=MedicalOptions,
    expects="nothing on disk; the images come with scikit-image",
    needs_root=False,
)
