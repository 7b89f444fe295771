"""The one readable loop."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from warmstart.core.identity import seed_of
from warmstart.errors import RunError
from warmstart.models.architectures import linear_layer, pooled_features
from warmstart.training.batches import Batches, steps_per_epoch
from warmstart.training.loss import Loss, make_loss
from warmstart.training.recipe import Recipe

EVALUATION_BATCH = 128


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: mean losses per image; the validation loss is NaN without a part."""

    epoch: int
    train_loss: float
    validation_loss: float


@dataclass(kw_only=True, eq=False)
class Progress:
    """A training under way: everything that continues it after an interruption.

    Attributes:
        model: The network.
        optimizer: Its optimiser.
        history: The epochs behind it.
        seconds: Time they took before the last interruption.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    history: list[Epoch] = field(default_factory=list)
    seconds: float = 0.0


def train(
    progress: Progress,
    batches: Batches,
    recipe: Recipe,
    *,
    key: str,
    train: NDArray[np.int64],
    validation: NDArray[np.int64],
    head_only: bool,
    after_epoch: Callable[[Progress], None],
) -> None:
    """Train from where ``progress`` stands to the last epoch of the recipe.

    Every random draw comes from a generator keyed by the run and the epoch, so that a resumed
    training is bitwise the uninterrupted one.

    Args:
        progress: Model, optimiser and the epochs behind them; changed in place.
        batches: Images and labels.
        recipe: How to train.
        key: The run's key, which names its randomness.
        train: Positions of the training images.
        validation: Positions of the validation images; may be empty.
        head_only: Train the linear layer only; the backbone stays in evaluation mode.
        after_epoch: Called after every epoch.

    Raises:
        RunError: If the loss is no longer a number.
    """
    outputs = linear_layer(progress.model).out_features
    balanced = recipe.class_weights == "balanced"
    loss_of = make_loss(batches.labels[torch.from_numpy(train)], outputs, balanced=balanced)
    plain_loss = make_loss(batches.labels, outputs, balanced=False)
    rates = list(learning_rates(recipe, steps_per_epoch(len(train), recipe.batch_size)))
    for epoch in range(len(progress.history), recipe.epochs):
        generator = torch.Generator().manual_seed(seed_of(key, epoch))
        progress.model.train(not head_only)
        total = torch.zeros((), device=batches.device)
        steps = zip(batches.epoch(train, recipe, generator), rates[epoch], strict=True)
        for (images, labels), rate in steps:
            for group in progress.optimizer.param_groups:
                group["lr"] = rate
            progress.optimizer.zero_grad(set_to_none=True)
            features = drop(pooled_features(progress.model, images), recipe.dropout, generator)
            loss = loss_of(linear_layer(progress.model)(features), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            progress.optimizer.step()
            total += loss.detach() * len(images)
        mean = float(total) / len(train)
        if not math.isfinite(mean):
            raise RunError(
                f"The loss became {mean} in epoch {epoch + 1}; lower learning_rate "
                f"(now {recipe.learning_rate:g})."
            )
        checked = evaluate(progress.model, batches, validation, plain_loss)
        progress.history.append(Epoch(epoch + 1, mean, checked))
        after_epoch(progress)


def drop(features: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """Dropout whose mask is drawn on the CPU, so that it is the same on every device."""
    if share == 0:
        return features
    kept = torch.rand(features.shape, generator=generator) >= share
    return features * kept.to(features.device) / (1 - share)


def learning_rates(recipe: Recipe, steps: int) -> Iterator[list[float]]:
    """Yield, for each epoch, the learning rate of each of its steps."""
    for epoch in range(recipe.epochs):
        done = [(epoch * steps + step) / (recipe.epochs * steps) for step in range(steps)]
        if recipe.schedule == "cosine":
            yield [recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * d)) for d in done]
        else:
            yield [recipe.learning_rate] * steps


def make_optimizer(model: nn.Module, recipe: Recipe, *, head_only: bool) -> torch.optim.Optimizer:
    """Return the recipe's optimiser over the weights that are to be trained."""
    for parameter in model.parameters():
        parameter.requires_grad_(not head_only)
    for parameter in linear_layer(model).parameters():
        parameter.requires_grad_(True)
    trained = [p for p in model.parameters() if p.requires_grad]
    common = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay, "fused": True}
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(trained, momentum=0.9, **common)  # type: ignore[arg-type]
    kind = torch.optim.AdamW if recipe.optimizer == "adamw" else torch.optim.Adam
    return kind(trained, **common)  # type: ignore[arg-type]


@torch.no_grad()
def predict(model: nn.Module, batches: Batches, positions: NDArray[np.int64]) -> torch.Tensor:
    """Return the logits of these images in this order, (n, outputs), on the CPU."""
    model.eval()
    found = []
    for chosen in np.array_split(positions, steps_per_epoch(len(positions), EVALUATION_BATCH)):
        images, _ = batches.read(chosen)
        found.append(linear_layer(model)(pooled_features(model, images)).cpu())
    return torch.cat(found)


def evaluate(
    model: nn.Module, batches: Batches, positions: NDArray[np.int64], loss_of: Loss
) -> float:
    """Return the mean loss of these images, without class weights; NaN for none."""
    if len(positions) == 0:
        return math.nan
    labels = batches.labels[torch.from_numpy(positions)]
    return float(loss_of(predict(model, batches, positions), labels))
