"""The gradient of one batch, taken whole or in parts."""

import contextlib
from dataclasses import dataclass

import torch

from warmstart.errors import RunError
from warmstart.models.architectures import linear_layer, pooled_features
from warmstart.training.loss import Loss
from warmstart.training.precision import Numbers, computing_in
from warmstart.training.progress import Progress

TOO_LARGE = (
    "The device ran out of memory with one image at a time; lower image_size or take a smaller "
    "network."
)


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
    """

    progress: Progress
    loss: Loss
    dropout: float
    numbers: Numbers

    def of(
        self, images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        """Set the gradients and return the loss.

        Where the device runs out of memory, this batch is taken again, and all others from then
        on, in twice as many parts. The draws are the same; a batch norm counts what it had seen.

        Raises:
            RunError: If not even a single image fits into the memory of the device.
        """
        before = generator.get_state()
        while True:
            self.progress.optimizer.zero_grad(set_to_none=True)
            with contextlib.suppress(torch.cuda.OutOfMemoryError):
                return self._in_parts(images, labels, generator)
            if self.progress.parts >= len(images):
                raise RunError(TOO_LARGE)
            self.progress.parts *= 2
            generator.set_state(before)

    def _in_parts(
        self, images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        parts = min(self.progress.parts, len(images))
        if parts == 1:
            return self._of_part(images, labels, generator, None)
        whole = self.loss.weight(labels)
        total = torch.zeros((), device=images.device)
        cut = zip(images.tensor_split(parts), labels.tensor_split(parts), strict=True)
        for some, theirs in cut:
            share = self.loss.weight(theirs) / whole
            total += self._of_part(some, theirs, generator, share)
        return total

    def _of_part(
        self,
        images: torch.Tensor,
        labels: torch.Tensor,
        generator: torch.Generator,
        share: torch.Tensor | None,
    ) -> torch.Tensor:
        model = self.progress.model
        with computing_in(self.numbers, images.device):
            features = drop(pooled_features(model, images), self.dropout, generator)
            logits = linear_layer(model)(features)
        loss = self.loss(logits.float(), labels)
        if share is not None:
            loss = loss * share
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()


def drop(features: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """Dropout whose mask is drawn on the CPU, so that it is the same on every device."""
    if share == 0:
        return features
    kept = torch.rand(features.shape, generator=generator) >= share
    return features * kept.to(features.device) / (1 - share)
