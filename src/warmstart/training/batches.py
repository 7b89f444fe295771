"""From prepared arrays to normalised batches on the device."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from warmstart.data.ahead import map_ahead
from warmstart.training.augment import augmented
from warmstart.training.group import ALONE, Group, own_rows
from warmstart.training.recipe import Recipe
from warmstart.training.residence import Resident
from warmstart.training.transfer import moved

AHEAD = 2
"""Batches that are read from disk while a GPU computes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Batches:
    """The images and labels of one training, read batch by batch.

    Attributes:
        images: Prepared images, uint8 (m, size, size, c), mapped from disk; c is 1 or 3.
        rows: Row of each of the n images in ``images``.
        labels: Classes (n,) int64, or yes/no labels (n, L) float32 with NaN for missing.
        mean: Per-channel mean that the weights expect, for values in 0..1.
        std: Per-channel standard deviation.
        device: Where batches are needed.
        resident: The images on the device, where they fit; else batches are read from ``images``.
        group: The processes that share each batch.
    """

    images: NDArray[np.uint8]
    rows: NDArray[np.int64]
    labels: torch.Tensor
    mean: tuple[float, ...]
    std: tuple[float, ...]
    device: torch.device
    resident: Resident | None = None
    group: Group = ALONE

    def read(self, positions: NDArray[np.int64]) -> torch.Tensor:
        """Read normalised images (b, 3, size, size); grey is repeated."""
        return self._normalised(self._pixels(positions))

    def labels_of(self, positions: NDArray[np.int64]) -> torch.Tensor:
        """Labels (b,) or (b, L) of these images, on the device."""
        return moved(self.labels[torch.from_numpy(positions)], self.device)

    def _pixels(self, positions: NDArray[np.int64]) -> torch.Tensor:
        if self.resident is not None:
            return self.resident.at(positions)
        return moved(torch.from_numpy(self.images[self.rows[positions]]), self.device)

    def _normalised(self, pixels: torch.Tensor) -> torch.Tensor:
        images = pixels.permute(0, 3, 1, 2).to(torch.float32)  # a view of channels-last memory
        scale, offset = self._normalisation
        images = torch.addcmul(offset, images, scale)  # also repeats a single grey channel
        return images.contiguous(memory_format=torch.channels_last)

    @cached_property
    def _normalisation(self) -> tuple[torch.Tensor, torch.Tensor]:
        mean = torch.tensor(self.mean, device=self.device).view(1, 3, 1, 1)
        std = torch.tensor(self.std, device=self.device).view(1, 3, 1, 1)
        return 1 / (255 * std), -mean / std

    def epoch(
        self, positions: NDArray[np.int64], recipe: Recipe, generator: torch.Generator
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Read these images once in a drawn order, augmented, in batches of nearly equal size.

        Draws are made for whole batches, whoever shares them, so that an image looks the same
        in any group.

        Yields:
            This process's images of a batch, and the labels of the whole batch.
        """
        order = positions[torch.randperm(len(positions), generator=generator).numpy()]
        chosen = np.array_split(order, steps_per_epoch(len(order), recipe.batch_size))
        own = [own_rows(self.group, len(batch)) for batch in chosen]
        read = self._read_ahead(batch[rows] for batch, rows in zip(chosen, own, strict=True))
        for batch, rows, pixels in zip(chosen, own, read, strict=True):
            images = augmented(
                self._normalised(pixels),
                recipe,
                generator,
                mean=self.mean,
                std=self.std,
                rows=rows,
                of=len(batch),
            )
            yield images, self.labels_of(batch)

    def _read_ahead(self, chosen: Iterable[NDArray[np.int64]]) -> Iterator[torch.Tensor]:
        """Pixels of each batch; those on disk are read while a GPU computes."""
        if self.device.type == "cuda" and self.resident is None:
            return map_ahead(self._pixels, chosen, threads=1, ahead=AHEAD)
        return map(self._pixels, chosen)


def steps_per_epoch(n: int, batch_size: int) -> int:
    """Batches in an epoch: no image is left out and no batch is much smaller than the others."""
    return max(1, -(-n // batch_size))


def smallest_batch(n: int, batch_size: int) -> int:
    """Images of the smallest batch of an epoch.

    Example:
        >>> smallest_batch(9, 4)
        3
    """
    return n // steps_per_epoch(n, batch_size)
