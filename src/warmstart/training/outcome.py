"""What a training came to: scores, metrics, and what its run folder says of it."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from warmstart.errors import RunError
from warmstart.training.batches import Batches
from warmstart.training.convergence import converged
from warmstart.training.divergence import outputs_lost
from warmstart.training.loop import Measure
from warmstart.training.precision import numbers_for
from warmstart.training.predictions import mean_auc, part_metrics, scores_of
from warmstart.training.progress import Epoch, Progress, best_epoch
from warmstart.training.training import Training

Scores = Mapping[str, NDArray[np.float64]]
"""The scores of each part that is predicted."""


def all_scores(training: Training, progress: Progress, batches: Batches) -> Scores:
    """Return the scores of every part that is predicted, by a network whose training is over.

    Raises:
        RunError: If one of them is no longer a number.
    """
    parts = [p for p in ("train", "validation", "test") if _is_predicted(training, p)]
    scores = {part: scores_of(progress.model, batches, training.parts[part]) for part in parts}
    if not all(np.isfinite(found).all() for found in scores.values()):
        numbers = numbers_for(training.recipe.precision, batches.device)
        raise RunError(outputs_lost(progress, training.recipe, numbers))
    return scores


def all_metrics(training: Training, scores: Scores) -> dict[str, Any]:
    """Return the metrics of every part."""
    return {
        part: part_metrics(training.labels[training.parts[part]], found, training.classes)
        for part, found in scores.items()
    }


def prediction_table(training: Training, scores: Scores) -> pd.DataFrame:
    """Return a row per image that was not trained on."""
    frames = [
        _predictions(training, training.parts[part], found, part)
        for part, found in scores.items()
        if part != "train"
    ]
    return pd.concat(frames, ignore_index=True)


def _is_predicted(training: Training, part: str) -> bool:
    if part == "train":
        return training.kind == "pretrain"  # Table II
    return len(training.parts[part]) > 0


def _predictions(
    training: Training, positions: NDArray[np.int64], scores: NDArray[np.float64], part: str
) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "part": part,
        "image": positions,
        "path": training.paths[positions],
        "group": training.groups[positions],
    }
    labels = training.labels[positions]
    if labels.ndim == 1:
        columns["label"] = labels
    else:
        columns |= {f"label_{k}": labels[:, k] for k in range(labels.shape[1])}
    columns |= {f"score_{k}": scores[:, k] for k in range(scores.shape[1])}
    return pd.DataFrame(columns)


def measuring(training: Training, batches: Batches) -> Measure:
    """What is recorded on the way: AUC of the test part, or without one of the validation part."""
    tested = training.parts["test"]
    positions = tested if len(tested) else training.parts["validation"]
    return lambda model: mean_auc(training.labels[positions], scores_of(model, batches, positions))


def outcome(training: Training, progress: Progress, device: torch.device) -> dict[str, object]:
    """What ``metrics.json`` says about the training itself."""
    batch = min(training.recipe.batch_size, len(training.parts["train"]))
    return {
        "images": {part: len(positions) for part, positions in training.parts.items()},
        "epochs": len(progress.history),
        **({"best_epoch": best_epoch(progress.history)} if progress.best else {}),
        "converged": has_converged(progress.history),
        "micro_batch": -(-batch // (progress.parts * training.devices)),
        "precision": numbers_for(training.recipe.precision, device),
        **({"devices": training.devices} if training.devices > 1 else {}),
    }


def preprocessing(
    training: Training, mean: tuple[float, ...], std: tuple[float, ...]
) -> dict[str, object]:
    """What ``preprocess.json`` says: what images must be like, and what the outputs mean."""
    return {
        "network": training.network,
        "image_size": training.recipe.image_size,
        "fit": training.recipe.fit,
        "mean": list(mean),
        "std": list(std),
        "classes": list(training.classes),
    }


def has_converged(history: list[Epoch]) -> bool | None:
    """Whether the loss has stopped falling: on the validation part, else on the training part."""
    of_validation = [epoch.validation_loss for epoch in history]
    if any(math.isnan(loss) for loss in of_validation):
        return converged([epoch.train_loss for epoch in history])
    return converged(of_validation)
