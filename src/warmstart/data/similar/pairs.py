"""Pairs of images that show the same picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of images that show the same picture.

    Attributes:
        first: Positions, shape (k,); below ``second`` within one dataset.
        second: Positions, shape (k,).
        likeness: Correlation of the luminance after the best alignment, at most 1, shape (k,); 1
            for equal images.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    likeness: NDArray[np.float32]
