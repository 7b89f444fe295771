"""The gradient of one batch, taken whole or in parts."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from warmstart.core.text import counted
from warmstart.errors import RunError
from warmstart.models.architectures import linear_layer, pooled_features
from warmstart.training.batch_norm import naming_single_values
from warmstart.training.group import ALONE, Group, own_rows, sum_gradients
from warmstart.training.loss import Loss
from warmstart.training.precision import Numbers, computing_in
from warmstart.training.progress import Progress
from warmstart.training.transfer import moved

TOO_LARGE = (
    "The device ran out of memory with one image at a time; lower image_size or take a smaller "
    "network."
)
Features = Callable[[nn.Module, torch.Tensor], torch.Tensor]
"""(network, images) -> what its linear layer reads."""
Say = Callable[[str], None]
"""Told what a user should know, a line each."""


def silent(_line: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Gradient:
    """Computes the gradient of a batch.

    Attributes:
        progress: Holds the network, and in how many parts batches have to be taken. With batch
            norm in training mode each part has its own statistics; else the gradient is the same
            in any number of parts, up to rounding.
        loss: The loss of a batch.
        dropout: Share of the pooled features set to zero.
        numbers: What the network computes in.
        accumulate: Parts that the recipe asks for.
        say: Told where batches have to be taken in more.
        group: The processes that share the batch.
        features: Computes the pooled features, perhaps compiled.
    """

    progress: Progress
    loss: Loss
    dropout: float
    numbers: Numbers
    accumulate: int = 1
    say: Say = silent
    group: Group = ALONE
    features: Features = pooled_features

    def of(
        self, images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        """Set the gradients of a batch and return its loss.

        Where the device runs out of memory, this batch is taken again, and all others from then
        on, in twice as many parts. The draws are the same; a batch norm counts what it had seen.

        Args:
            images: This process's rows of the batch.
            labels: Labels of the whole batch.
            generator: Draws the dropout of the whole batch.

        Returns:
            This process's share of the mean loss; the shares of a group add up to it.

        Raises:
            RunError: If not even a single image fits into the memory of the device, or in a group
                this process's rows do not; if a batch norm is given a single value per channel.
        """
        width = linear_layer(self.progress.model).in_features
        kept = dropout_mask((len(labels), width), self.dropout, generator)
        smallest = len(labels) // self.group.size  # all processes take as many parts
        while True:
            self.progress.optimizer.zero_grad(set_to_none=True)
            parts = min(self.progress.parts, smallest)
            single = naming_single_values(len(labels), parts, accumulate=self.accumulate)
            with contextlib.suppress(torch.cuda.OutOfMemoryError), single:
                loss = self._in_parts(images, labels, kept, parts)
                break
            self._take_smaller_parts(smallest)
        sum_gradients(self.group, self.progress.model.parameters())
        return loss

    def _take_smaller_parts(self, images: int) -> None:
        parts = self.progress.parts
        together = -(-images // parts)
        if self.group.size > 1:  # the others may be waiting inside a batch norm
            raise RunError(
                f"One of {self.group.size} devices ran out of memory with "
                f"{counted(together, 'image')} at a time; raise accumulate (now {parts}), or use "
                "--devices 1 --retry-failed, which takes smaller parts by itself."
            )
        if parts >= images:
            raise RunError(TOO_LARGE)
        self.progress.parts *= 2
        self.say(
            f"The device ran out of memory with {together} images at a time; from here on each "
            f"batch is taken in {self.progress.parts} parts."
        )

    def _in_parts(
        self, images: torch.Tensor, labels: torch.Tensor, kept: torch.Tensor | None, parts: int
    ) -> torch.Tensor:
        own = own_rows(self.group, len(labels))
        if parts == self.group.size == 1:
            return self._of_part(images, labels, kept, None)
        whole = self.loss.weight(labels)
        total = torch.zeros((), device=images.device)
        start = own.start
        for some in images.tensor_split(parts):
            rows = slice(start, start + len(some))
            share = self.loss.weight(labels[rows]) / whole
            total += self._of_part(some, labels[rows], None if kept is None else kept[rows], share)
            start = rows.stop
        return total

    def _of_part(
        self,
        images: torch.Tensor,
        labels: torch.Tensor,
        kept: torch.Tensor | None,
        share: torch.Tensor | None,
    ) -> torch.Tensor:
        model = self.progress.model
        with computing_in(self.numbers, images.device):
            features = drop(self.features(model, images), kept, self.dropout)
            logits = linear_layer(model)(features)
        loss = self.loss(logits.float(), labels)
        if share is not None:
            loss = loss * share
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()


def dropout_mask(
    shape: tuple[int, int], share: float, generator: torch.Generator
) -> torch.Tensor | None:
    """Draw which features are kept, on the CPU, so that every device sees the same draws."""
    return torch.rand(shape, generator=generator) >= share if share else None


def drop(features: torch.Tensor, kept: torch.Tensor | None, share: float) -> torch.Tensor:
    """Set the features that are not kept to zero, and scale the others to keep the mean."""
    if kept is None:
        return features
    return features * moved(kept, features.device) / (1 - share)
