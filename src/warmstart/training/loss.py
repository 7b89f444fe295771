"""The loss of single-label and multi-label targets."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional


@dataclass(frozen=True)
class Loss:
    """A weighted mean over a batch, and the sum of its weights.

    With both, the mean over a batch can be put together from the means over its parts.

    Attributes:
        mean: (logits, truth) -> mean loss.
        weight: truth -> what the mean is divided by.
    """

    mean: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    weight: Callable[[torch.Tensor], torch.Tensor]

    def __call__(self, logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Return the mean loss."""
        return self.mean(logits, truth)


def make_loss(
    labels: torch.Tensor,
    outputs: int,
    *,
    balanced: bool,
    per_image: bool = False,
    smoothing: float = 0.0,
) -> Loss:
    """Return the loss for labels of this kind.

    Classes (n,): cross-entropy, where ``balanced`` weighs class k by n / (K n_k) as scikit-learn
    does. Yes/no labels (n, L): binary cross-entropy averaged over the labels that are there, where
    ``balanced`` weighs the positives of a label by their odds against.

    Args:
        labels: The training labels, on the device of the losses.
        outputs: K or L.
        balanced: Whether rare classes weigh more.
        per_image: Divide by the number of images and not by the sum of their weights, as Keras
            does with class weights; of yes/no labels, which are divided by their number anyway,
            it changes nothing.
        smoothing: Share of the truth that is spread evenly over the K classes; or over yes and
            no, so that 1 becomes 1 - smoothing / 2 and 0 becomes smoothing / 2.
    """
    if labels.ndim == 2:
        return _masked_binary(_odds_against(labels) if balanced else None, smoothing)
    if not balanced:
        return _cross_entropy(None, smoothing)
    counts = torch.bincount(labels, minlength=outputs).clamp(min=1)
    class_weight = len(labels) / (outputs * counts.to(torch.float32))
    kind = _cross_entropy_per_image if per_image else _cross_entropy
    return kind(class_weight, smoothing)


def _cross_entropy(class_weight: torch.Tensor | None, smoothing: float) -> Loss:
    def mean(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(
            logits, truth, weight=class_weight, label_smoothing=smoothing
        )

    def weight(truth: torch.Tensor) -> torch.Tensor:
        return _number(truth) if class_weight is None else class_weight[truth].sum()

    return Loss(mean, weight)


def _cross_entropy_per_image(class_weight: torch.Tensor, smoothing: float) -> Loss:
    """An image weighs what its class does, smoothed or not."""

    def mean(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        each = functional.cross_entropy(logits, truth, label_smoothing=smoothing, reduction="none")
        return (each * class_weight[truth]).mean()

    return Loss(mean, _number)


def _number(truth: torch.Tensor) -> torch.Tensor:
    return torch.full((), float(len(truth)), device=truth.device)


def _odds_against(labels: torch.Tensor) -> torch.Tensor:
    positive, negative = (labels == 1).sum(0).clamp(min=1), (labels == 0).sum(0).clamp(min=1)
    return negative / positive


def _masked_binary(positive_weight: torch.Tensor | None, smoothing: float) -> Loss:
    def mean(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        there = ~truth.isnan()
        target = torch.where(there, truth, torch.zeros_like(truth))
        if smoothing:
            target = target * (1 - smoothing) + smoothing / 2
        each = functional.binary_cross_entropy_with_logits(
            logits,
            target,
            pos_weight=positive_weight,
            reduction="none",
        )
        return (each * there).sum() / weight(truth)

    def weight(truth: torch.Tensor) -> torch.Tensor:
        return (~truth.isnan()).sum().clamp(min=1)

    return Loss(mean, weight)
