"""The images that are compared, of one dataset or of two, numbered through."""

import numpy as np
from numpy.typing import NDArray

from warmstart.data.similar.arrays import Floats, Ints
from warmstart.data.similar.luminance import SIDE, chroma, grey


class Pool:
    """The images that are compared, of one dataset or of two, numbered through."""

    def __init__(
        self, parts: tuple[NDArray[np.uint8], ...], rows: tuple[Ints, ...], as_grey: bool = False
    ) -> None:
        self.parts, self.rows = parts, rows
        self.coloured = parts[0].shape[-1] == 3 and not as_grey
        self.boundary = len(rows[0]) if len(parts) == 2 else None

    def __len__(self) -> int:
        return sum(len(rows) for rows in self.rows)

    def read(self, numbers: Ints) -> tuple[Floats, Floats]:
        """Luminance (k, SIDE, SIDE) and chroma (k, 2, SIDE, SIDE) of these images."""
        light = np.empty((len(numbers), SIDE, SIDE), np.float32)
        tint = np.zeros((len(numbers), 2 if self.coloured else 0, SIDE, SIDE), np.float32)
        offset = 0
        for part, rows in zip(self.parts, self.rows, strict=True):
            here = (numbers >= offset) & (numbers < offset + len(rows))
            if here.any():
                images = part[rows[numbers[here] - offset]]
                light[here] = grey(images)
                if self.coloured:
                    tint[here] = chroma(images)
            offset += len(rows)
        return light, tint

    def positions(self, numbers: Ints, part: int) -> Ints:
        """Where these images stand in their dataset."""
        return self.rows[part][numbers - (len(self.rows[0]) if part else 0)]
