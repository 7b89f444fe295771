"""A training under way."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: mean losses per image; the validation loss is NaN without a part."""

    epoch: int
    train_loss: float
    validation_loss: float


@dataclass(frozen=True)
class Measured:
    """The AUC after so many steps, in the epoch they lie in; both are counted from 1."""

    step: int
    epoch: int
    auc: float


@dataclass(kw_only=True, eq=False)
class Progress:
    """A training under way: everything that continues it after an interruption.

    Attributes:
        model: The network.
        optimizer: Its optimiser.
        history: The epochs behind it.
        seconds: Time they took before the last interruption.
        best: The network after its best epoch, where training may stop early.
        curve: The AUCs measured on the way.
        parts: In how many parts the device's memory made each batch be taken; 0 for none yet.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    history: list[Epoch] = field(default_factory=list)
    seconds: float = 0.0
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    curve: list[Measured] = field(default_factory=list)
    parts: int = 0


def best_epoch(history: Sequence[Epoch]) -> int:
    """Return the number of the epoch of lowest validation loss, the first of equals; 0 for none.

    An epoch without a finite loss is never the best.

    Example:
        >>> best_epoch([Epoch(1, 0.7, 0.6), Epoch(2, 0.5, 0.4), Epoch(3, 0.3, 0.4)])
        2
    """
    told = [epoch for epoch in history if math.isfinite(epoch.validation_loss)]
    return min(told, key=lambda epoch: epoch.validation_loss).epoch if told else 0


def has_stopped(history: Sequence[Epoch], patience: int | None) -> bool:
    """Whether the last ``patience`` epochs brought no lower validation loss."""
    return patience is not None and len(history) - best_epoch(history) >= patience


def keep_best(progress: Progress) -> None:
    """Remember the network, if its last epoch is its best."""
    if best_epoch(progress.history) == len(progress.history):
        state = progress.model.state_dict()
        progress.best = {name: value.detach().clone() for name, value in state.items()}
