"""The one readable loop."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from warmstart.core.identity import seed_of
from warmstart.core.text import counted
from warmstart.errors import ConfigError, RunError
from warmstart.models.architectures import linear_layer
from warmstart.training.batches import Batches, smallest_batch, steps_per_epoch
from warmstart.training.compilation import features_for
from warmstart.training.divergence import loss_lost
from warmstart.training.freezing import Stages, choose_trained, still_modules
from warmstart.training.inference import evaluate
from warmstart.training.loss import make_loss
from warmstart.training.precision import numbers_for
from warmstart.training.progress import Epoch, Measured, Progress, has_stopped, keep_best
from warmstart.training.recipe import Recipe
from warmstart.training.schedules import learning_rates
from warmstart.training.step import Gradient, Say, silent

Measure = Callable[[nn.Module], float]
"""The AUC of a network, as it is recorded during training."""


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
    measure: Measure | None = None,
    say: Say = silent,
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
        measure: What is recorded every so many steps; draws nothing and learns nothing.
        say: Told what a user should know on the way, a line each.

    Raises:
        RunError: If the loss is no longer a number, if a single image is too large for the
            device or too small for a batch norm, or if training is to stop early without
            validation images.
        ConfigError: If a batch has fewer images than there are processes to share it.
    """
    group, steps = batches.group, steps_per_epoch(len(train), recipe.batch_size)
    check_validation(recipe, validation)
    check_shares(group.size, smallest_batch(len(train), recipe.batch_size))
    outputs = linear_layer(progress.model).out_features
    plain_loss = make_loss(batches.labels, outputs, balanced=False)
    progress.parts = progress.parts or recipe.accumulate
    gradient = Gradient(
        progress=progress,
        loss=make_loss(
            batches.labels_of(train),
            outputs,
            balanced=recipe.class_weights != "none",
            per_image=recipe.class_weights == "balanced_per_image",
            smoothing=recipe.label_smoothing,
        ),
        dropout=recipe.dropout,
        numbers=numbers_for(recipe.precision, batches.device),
        accumulate=recipe.accumulate,
        say=say,
        group=group,
        features=features_for(recipe.epochs * steps, batches.device, alone=group.size == 1),
    )
    still = still_modules(progress.model)
    rates = list(learning_rates(recipe, steps))
    while len(progress.history) < recipe.epochs and not has_stopped(
        progress.history, recipe.early_stopping
    ):
        epoch = len(progress.history)
        generator = torch.Generator().manual_seed(seed_of(key, epoch))
        learning_mode(progress.model, still, head_only=head_only)
        total = torch.zeros((), device=batches.device)
        read = zip(batches.epoch(train, recipe, generator), rates[epoch], strict=True)
        for step, ((images, labels), rate) in enumerate(read, start=epoch * steps + 1):
            set_rate(progress.optimizer, rate)
            total += gradient.of(images, labels, generator) * len(labels)
            progress.optimizer.step()
            if measure and recipe.record_every and step % recipe.record_every == 0:
                progress.curve.append(Measured(step, epoch + 1, measure(progress.model)))
                learning_mode(progress.model, still, head_only=head_only)
        mean = float(group.sum(total)) / len(train)
        if not math.isfinite(mean):
            raise RunError(loss_lost(mean, progress, recipe, gradient.numbers))
        checked = evaluate(progress.model, batches, validation, plain_loss)
        progress.history.append(Epoch(epoch + 1, mean, checked))
        if recipe.early_stopping:
            keep_best(progress)
        after_epoch(progress)
    if progress.best:
        progress.model.load_state_dict(progress.best)


def check_validation(recipe: Recipe, validation: NDArray[np.int64]) -> None:
    """Refuse to stop early where nothing says when.

    Raises:
        RunError: If the recipe stops early and there are no validation images.
    """
    if recipe.early_stopping and len(validation) == 0:
        raise RunError(
            f"early_stopping = {recipe.early_stopping} watches the loss of a validation part, and "
            "this run has none; give it one, or leave early_stopping out."
        )


def check_shares(devices: int, smallest: int) -> None:
    """Refuse batches that leave a device without an image.

    Raises:
        ConfigError: If the smallest batch has fewer images than there are devices to share it.
    """
    if devices > max(smallest, 1):
        raise ConfigError(
            f"--devices {devices}: the smallest batch has {counted(smallest, 'image')}, fewer than "
            "there are devices; raise batch_size or use fewer devices."
        )


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate, each group's its share of it."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]


def learning_mode(model: nn.Module, still: Sequence[nn.Module], *, head_only: bool) -> None:
    """Put a network into training mode, except for what does not learn."""
    model.train(not head_only)
    for module in still:
        module.eval()


def make_optimizer(
    model: nn.Module, recipe: Recipe, *, head_only: bool, stages: Stages = tuple
) -> torch.optim.Optimizer:
    """Return the recipe's optimiser over the weights that are to be trained; freeze the others.

    The ``share`` of a group is what the schedule's learning rate is multiplied by.

    Args:
        model: The network.
        recipe: How to train.
        head_only: Train the linear layer only.
        stages: Names the network's stages; called where the recipe counts them.

    Raises:
        ConfigError: If the recipe speaks of stages that the network does not have.
    """
    trained = choose_trained(model, recipe, head_only=head_only, stages=stages)
    groups = [{"params": weights, "share": share} for share, weights in trained.items()]
    common = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay, "fused": True}
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, momentum=0.9, **common)  # type: ignore[arg-type]
    kind = torch.optim.AdamW if recipe.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, **common)  # type: ignore[arg-type]
