"""Prepared images that stay in a GPU's memory for a whole training."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from warmstart.training.transfer import moved

SHARE = 0.5
"""Images may take this share of a GPU's free memory; network and optimiser keep the rest."""
UPLOAD = 1024
"""Images that are copied to the GPU at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Resident:
    """Images of a training, as uint8 on its device.

    Attributes:
        pixels: Shape (k, size, size, c): the images that are needed, each once.
        places: Row of ``pixels`` that holds each of the n images; k for those not needed.
    """

    pixels: torch.Tensor
    places: NDArray[np.int64]

    def at(self, positions: NDArray[np.int64]) -> torch.Tensor:
        """Return the pixels of these images, (b, size, size, c)."""
        where = moved(torch.from_numpy(self.places[positions]), self.pixels.device)
        return self.pixels.index_select(0, where)


def resident(
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    needed: NDArray[np.int64],
    device: torch.device,
) -> Resident | None:
    """Copy images to a GPU, where they fit into `SHARE` of its free memory.

    Args:
        images: Prepared images, shape (m, size, size, c), mapped from disk.
        rows: Row of each of the n images in ``images``.
        needed: Positions of the images that the training will ask for.
        device: Where they are needed.

    Returns:
        ``None`` where they do not fit, and on a CPU, which reads them where they lie.
    """
    used = np.unique(rows[needed])
    if len(used) * images[:1].nbytes > SHARE * free_memory(device):
        return None
    try:
        shape = (len(used), *images.shape[1:])
        pixels = torch.empty(shape, dtype=torch.uint8, device=device)
        for first in range(0, len(used), UPLOAD):
            some = torch.from_numpy(images[used[first : first + UPLOAD]])
            pixels[first : first + UPLOAD] = moved(some, device)
    except torch.cuda.OutOfMemoryError:  # another process was faster
        return None
    places = np.full(len(rows), len(used))
    places[needed] = np.searchsorted(used, rows[needed])
    return Resident(pixels=pixels, places=places)


def free_memory(device: torch.device) -> int:
    """Bytes that are free on a GPU; 0 on any other device, where nothing is gained."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else 0
