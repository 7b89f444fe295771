"""From prepared arrays to normalised batches on the device."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from warmstart.training.augment import augmented
from warmstart.training.recipe import Recipe


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
    """

    images: NDArray[np.uint8]
    rows: NDArray[np.int64]
    labels: torch.Tensor
    mean: tuple[float, ...]
    std: tuple[float, ...]
    device: torch.device

    def read(self, positions: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        """Read normalised images (b, 3, size, size) and their labels; grey is repeated."""
        pixels = torch.from_numpy(self.images[self.rows[positions]]).to(self.device)
        images = pixels.permute(0, 3, 1, 2).to(torch.float32)  # a view of channels-last memory
        scale, offset = self._normalisation
        images = torch.addcmul(offset, images, scale)  # also repeats a single grey channel
        images = images.contiguous(memory_format=torch.channels_last)
        return images, self.labels[torch.from_numpy(positions)].to(self.device)

    @cached_property
    def _normalisation(self) -> tuple[torch.Tensor, torch.Tensor]:
        mean = torch.tensor(self.mean, device=self.device).view(1, 3, 1, 1)
        std = torch.tensor(self.std, device=self.device).view(1, 3, 1, 1)
        return 1 / (255 * std), -mean / std

    def epoch(
        self, positions: NDArray[np.int64], recipe: Recipe, generator: torch.Generator
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Read these images once in a drawn order, augmented, in batches of nearly equal size."""
        order = positions[torch.randperm(len(positions), generator=generator).numpy()]
        for chosen in np.array_split(order, steps_per_epoch(len(order), recipe.batch_size)):
            images, labels = self.read(chosen)
            yield augmented(images, recipe, generator, mean=self.mean, std=self.std), labels


def steps_per_epoch(n: int, batch_size: int) -> int:
    """Batches in an epoch: no image is left out and no batch is much smaller than the others."""
    return max(1, -(-n // batch_size))
