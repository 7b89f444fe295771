"""What a network says of images, and how well: logits and losses in evaluation mode."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from warmstart.errors import RunError
from warmstart.models.architectures import linear_layer, pooled_features
from warmstart.training.batches import Batches, steps_per_epoch
from warmstart.training.group import gathered, own_rows
from warmstart.training.loss import Loss
from warmstart.training.step import TOO_LARGE

EVALUATION_BATCH = 128


@torch.no_grad()
def predict(model: nn.Module, batches: Batches, positions: NDArray[np.int64]) -> torch.Tensor:
    """Return the logits of these images in this order, (n, outputs), on the CPU.

    The processes of a group share the images, and each gets all logits.
    """
    model.eval()
    own = positions[own_rows(batches.group, len(positions))]
    found = [torch.zeros(0, linear_layer(model).out_features, device=batches.device)]
    for chosen in np.array_split(own, steps_per_epoch(len(own), EVALUATION_BATCH)):
        found += _logits(model, batches, chosen)
    return gathered(batches.group, torch.cat(found), len(positions)).cpu()


def _logits(model: nn.Module, batches: Batches, positions: NDArray[np.int64]) -> list[torch.Tensor]:
    """Logits of one batch, in halves where the device runs out of memory."""
    if len(positions) == 0:
        return []
    try:
        return [linear_layer(model)(pooled_features(model, batches.read(positions)))]
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
