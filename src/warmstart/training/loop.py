"""The one readable loop."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from warmstart.core.identity import seed_of
from warmstart.errors import RunError
from warmstart.models.architectures import linear_layer, pooled_features
from warmstart.training.batches import Batches, steps_per_epoch
from warmstart.training.freezing import Stages, choose_trained, still_modules
from warmstart.training.loss import Loss, make_loss
from warmstart.training.precision import Numbers, numbers_for
from warmstart.training.progress import Epoch, Measured, Progress, has_stopped, keep_best
from warmstart.training.recipe import Recipe
from warmstart.training.schedules import learning_rates
from warmstart.training.step import TOO_LARGE, Gradient

EVALUATION_BATCH = 128
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

    Raises:
        RunError: If the loss is no longer a number, if a single image is too large for the
            device, or if training is to stop early without validation images.
    """
    check_validation(recipe, validation)
    outputs = linear_layer(progress.model).out_features
    plain_loss = make_loss(batches.labels, outputs, balanced=False)
    progress.parts = progress.parts or recipe.accumulate
    gradient = Gradient(
        progress=progress,
        loss=make_loss(
            batches.labels[torch.from_numpy(train)],
            outputs,
            balanced=recipe.class_weights == "balanced",
            smoothing=recipe.label_smoothing,
        ),
        dropout=recipe.dropout,
        numbers=numbers_for(recipe.precision, batches.device),
    )
    still = still_modules(progress.model)
    steps = steps_per_epoch(len(train), recipe.batch_size)
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
            total += gradient.of(images, labels, generator) * len(images)
            progress.optimizer.step()
            if measure and recipe.record_every and step % recipe.record_every == 0:
                progress.curve.append(Measured(step, epoch + 1, measure(progress.model)))
                learning_mode(progress.model, still, head_only=head_only)
        mean = float(total) / len(train)
        if not math.isfinite(mean):
            raise RunError(_exploded(mean, progress, recipe, gradient.numbers))
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


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate, each group's its share of it."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]


def learning_mode(model: nn.Module, still: Sequence[nn.Module], *, head_only: bool) -> None:
    """Put a network into training mode, except for what does not learn."""
    model.train(not head_only)
    for module in still:
        module.eval()


def _exploded(loss: float, progress: Progress, recipe: Recipe, numbers: Numbers) -> str:
    """What to say of a loss that is no number: where, what to do, and what is known besides."""
    remedies = [f"lower learning_rate (now {recipe.learning_rate:g})"]
    if numbers != "float32":
        remedies.append('set precision = "float32"')
    history = progress.history
    past = f" It was {history[-1].train_loss:.3g} in epoch {len(history)}." if history else ""
    number = len(history) + 1
    return f"The loss became {loss} in epoch {number}; {' or '.join(remedies)}.{past}"


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


@torch.no_grad()
def predict(model: nn.Module, batches: Batches, positions: NDArray[np.int64]) -> torch.Tensor:
    """Return the logits of these images in this order, (n, outputs), on the CPU."""
    model.eval()
    found = []
    for chosen in np.array_split(positions, steps_per_epoch(len(positions), EVALUATION_BATCH)):
        found += _logits(model, batches, chosen)
    return torch.cat(found)


def _logits(model: nn.Module, batches: Batches, positions: NDArray[np.int64]) -> list[torch.Tensor]:
    """Logits of one batch, in halves where the device runs out of memory."""
    try:
        images, _ = batches.read(positions)
        return [linear_layer(model)(pooled_features(model, images)).cpu()]
    except torch.cuda.OutOfMemoryError:
        if len(positions) == 1:
            raise RunError(TOO_LARGE) from None
    return [rows for half in np.array_split(positions, 2) for rows in _logits(model, batches, half)]


def evaluate(
    model: nn.Module, batches: Batches, positions: NDArray[np.int64], loss_of: Loss
) -> float:
    """Return the mean loss of these images, without class weights; NaN for none."""
    if len(positions) == 0:
        return math.nan
    labels = batches.labels[torch.from_numpy(positions)]
    return float(loss_of(predict(model, batches, positions), labels))
