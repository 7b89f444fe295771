"""The loss of single-label and multi-label targets."""

from collections.abc import Callable

import torch
from torch.nn import functional

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def make_loss(labels: torch.Tensor, outputs: int, *, balanced: bool) -> Loss:
    """Return the loss for labels of this kind.

    Classes (n,): cross-entropy, where ``balanced`` weighs class k by n / (K n_k) as scikit-learn
    does. Yes/no labels (n, L): binary cross-entropy averaged over the labels that are there, where
    ``balanced`` weighs the positives of a label by their odds against.

    Args:
        labels: The training labels, on the CPU.
        outputs: K or L.
        balanced: Whether rare classes weigh more.
    """
    if labels.ndim == 2:
        return _masked_binary(_odds_against(labels) if balanced else None)
    weight = None
    if balanced:
        counts = torch.bincount(labels, minlength=outputs).clamp(min=1)
        weight = len(labels) / (outputs * counts.to(torch.float32))

    def loss(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(
            logits, truth, weight=None if weight is None else weight.to(logits.device)
        )

    return loss


def _odds_against(labels: torch.Tensor) -> torch.Tensor:
    positive, negative = (labels == 1).sum(0).clamp(min=1), (labels == 0).sum(0).clamp(min=1)
    return negative / positive


def _masked_binary(positive_weight: torch.Tensor | None) -> Loss:
    def loss(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        there = ~truth.isnan()
        each = functional.binary_cross_entropy_with_logits(
            logits,
            torch.where(there, truth, torch.zeros_like(truth)),
            pos_weight=None if positive_weight is None else positive_weight.to(logits.device),
            reduction="none",
        )
        return (each * there).sum() / there.sum().clamp(min=1)

    return loss
