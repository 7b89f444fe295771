"""Patches of one photograph, in blocks that share no pixel."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.errors import ConfigError


@dataclass(frozen=True, eq=False)
class Patches:
    """Where patches lie in a photograph.

    Attributes:
        tops: Row of the upper edge of each patch, shape (n,).
        lefts: Column of its left edge, shape (n,).
        blocks: Number of the block it belongs to, shape (n,).
        size: Side of a patch in pixels.
    """

    tops: NDArray[np.int64]
    lefts: NDArray[np.int64]
    blocks: NDArray[np.int64]
    size: int

    def __len__(self) -> int:
        return len(self.tops)

    def keep(self, chosen: NDArray[Any]) -> "Patches":
        """Return the patches at these positions, or where a mask is true."""
        return Patches(self.tops[chosen], self.lefts[chosen], self.blocks[chosen], self.size)

    def cut(self, image: NDArray[Any]) -> list[NDArray[Any]]:
        """Return the pixels of each patch."""
        places = zip(self.tops, self.lefts, strict=True)
        return [image[y : y + self.size, x : x + self.size] for y, x in places]

    def mean(self, image: NDArray[Any]) -> NDArray[np.float64]:
        """Return the mean of an image (h, w) over each patch."""
        return np.array([piece.mean() for piece in self.cut(image)], np.float64)


def patches_in_blocks(
    shape: tuple[int, ...], *, size: int, block: int, margin: int, per_side: int
) -> Patches:
    """Lay ``per_side`` x ``per_side`` evenly spaced patches into every block of a photograph.

    Blocks of ``block`` x ``block`` pixels are ``margin`` pixels apart, so that patches overlap
    within a block only.
    """
    inner = np.rint(np.linspace(0, block - size, per_side)).astype(np.int64)
    rows, columns = (
        np.arange(0, side - block + 1, block + margin, dtype=np.int64) for side in shape[:2]
    )
    grid = np.meshgrid(rows, columns, inner, inner, indexing="ij")
    y, x, dy, dx = (axis.ravel() for axis in grid)
    blocks = np.repeat(np.arange(len(rows) * len(columns)), per_side**2)
    return Patches(y + dy, x + dx, blocks, size)


def scikit_image(module: str) -> Any:
    """Import a module of scikit-image.

    Raises:
        ConfigError: If scikit-image is not installed.
    """
    try:
        return import_module(f"skimage.{module}")
    except ImportError as error:
        raise ConfigError("the demo needs scikit-image: pip install 'warmstart[demo]'") from error
