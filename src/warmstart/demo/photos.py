"""Reader ``demo-photos``: which photograph is this patch from?"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from warmstart.core.names import lookup
from warmstart.data.dataset import Dataset
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.sources import ImageArray
from warmstart.demo.patches import Patches, patches_in_blocks, scikit_image

_LOADERS = {
    "astronaut": "astronaut",
    "brick": "brick",
    "chelsea": "chelsea",
    "coffee": "coffee",
    "grass": "grass",
    "gravel": "gravel",
    "hubble": "hubble_deep_field",
    "motorcycle": "stereo_motorcycle",
    "rocket": "rocket",
}
_PER_SIDE = 5
"""Overlapping patches along each side of a block."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PhotosOptions:
    """Options of the reader ``demo-photos``.

    Attributes:
        photos: Which photographs; each is a class.
        patch: Side of a patch in native pixels.
        per_photo: How many patches of each photograph.
    """

    photos: tuple[str, ...] = ("astronaut", "chelsea", "coffee", "hubble", "motorcycle", "rocket")
    patch: int = 64
    per_photo: int = 120


def read_photos(root: Path | None, options: PhotosOptions) -> Dataset:
    """Cut photographs into patches; a block of neighbouring patches is a group.

    Raises:
        UnknownNameError: If scikit-image has no such photograph.
        ConfigError: If scikit-image is not installed.
    """
    classes = tuple(sorted(options.photos))
    images: list[NDArray[Any]] = []
    names: list[str] = []
    groups: list[str] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        pixels = _photo(name)
        patches = _even(pixels, options)
        images += patches.cut(pixels)
        names += [f"{name}/{number:04d}" for number in range(len(patches))]
        groups += [f"{name}-{block}" for block in patches.blocks]
        labels += [label] * len(patches)
    return Dataset(
        name="demo-photos",
        images=ImageArray(images, names),
        rows=np.arange(len(images)),
        labels=np.array(labels, np.int64),
        classes=classes,
        groups=np.array(groups, dtype=np.str_),
    )


def _photo(name: str) -> NDArray[np.uint8]:
    loader = lookup("photo", name, _LOADERS)
    loaded = getattr(scikit_image("data"), loader)()
    return np.asarray(
        loaded[0] if isinstance(loaded, tuple) else loaded
    )  # the left of a stereo pair


def _even(pixels: NDArray[np.uint8], options: PhotosOptions) -> Patches:
    """Patches of a photograph, thinned out evenly to the number wanted."""
    patches = patches_in_blocks(
        pixels.shape,
        size=options.patch,
        block=options.patch * 3 // 2,
        margin=options.patch // 8,
        per_side=_PER_SIDE,
    )
    count = min(options.per_photo, len(patches))
    return patches.keep(np.linspace(0, len(patches) - 1, count).astype(np.int64))


READER = Reader(
    name="demo-photos",
    title="patches of photographs (demo)",
    labels="which photograph",
    groups="block of patches",
    read=read_photos,
    options=PhotosOptions,
    expects="nothing on disk; the photographs come with scikit-image",
    needs_root=False,
)
