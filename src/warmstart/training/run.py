"""One training with its inputs fixed: pretraining or fine-tuning, from arrays to a run folder."""

import importlib.metadata
import json
import math
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from warmstart.core.identity import seed_of
from warmstart.core.store import write_file
from warmstart.errors import RunError
from warmstart.models.architectures import build_network, family_of
from warmstart.models.pretrained import load_backbone, read_tensors
from warmstart.models.stages import stages
from warmstart.models.starts import parse_start
from warmstart.models.transforms import apply_transform
from warmstart.models.weights import keep_tensors
from warmstart.training import checkpoint
from warmstart.training.batches import Batches
from warmstart.training.convergence import converged
from warmstart.training.loop import Measure, make_optimizer, train
from warmstart.training.precision import numbers_for
from warmstart.training.predictions import mean_auc, part_metrics, scores_of
from warmstart.training.progress import Epoch, Progress, best_epoch
from warmstart.training.recipe import Recipe

CHECKPOINT_SECONDS = 30.0
CURVE_COLUMNS = ["step", "epoch", "auc"]
Kind = Literal["pretrain", "finetune"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Training:
    """Everything one training needs; it can be sent to another process.

    Attributes:
        key: The run's key, which also names its randomness.
        kind: Whether a source is made or a target learned.
        network: Name of the network.
        recipe: How to train.
        head_only: Train the linear layer only.
        images: File of prepared images, uint8 (m, size, size, c).
        rows: Row of that file that holds each of the n images.
        paths: Name of each image.
        groups: Hashed group of each image.
        labels: Classes (n,), or yes/no labels (n, L).
        classes: Name of each class or label.
        parts: Positions of the images of ``train``, ``validation`` and ``test``.
        start: Where the weights come from, and what is done to them first.
        weights: File of the weights to start from; ``None`` for random initialisation.
        normalisation: Mean and std of those weights; ``None`` to take the network's own.
        threads: CPU threads; part of the question, because sums depend on their order.
        device: ``"cpu"``, ``"cuda"``, ...
    """

    key: str
    kind: Kind
    network: str
    recipe: Recipe
    head_only: bool
    images: Path
    rows: NDArray[np.int64]
    paths: NDArray[np.str_]
    groups: NDArray[np.str_]
    labels: NDArray[Any]
    classes: tuple[str, ...]
    parts: dict[str, NDArray[np.int64]]
    weights: Path | None
    start: str = "random"
    normalisation: tuple[tuple[float, ...], tuple[float, ...]] | None
    threads: int
    device: str


OnEpoch = Callable[[int, int], None]


def run_training(training: Training, folder: Path, *, partial: Path, on_epoch: OnEpoch) -> None:
    """Train, and write the run's files into an empty folder.

    Args:
        training: What to do.
        folder: Receives ``predictions.parquet``, ``history.parquet``, ``metrics.json``,
            ``model.safetensors`` (the network's own names), ``preprocess.json``,
            ``environment.json`` and, where the recipe records, ``curve.parquet``.
        partial: Where an unfinished training is kept, at most every half minute.
        on_epoch: Told epochs done and epochs in all.

    Raises:
        RunError: If the loss is no longer a number, if one image is too large for the device, or
            if training is to stop early without a validation part.
        ConfigError: If the recipe speaks of stages that the network does not have.
        WeightsError: If the weights do not fit the network.
    """
    set_threads(training.threads)
    started = time.perf_counter()
    device = torch.device(training.device)
    mean, std = training.normalisation or family_of(training.network).normalisation(
        training.network
    )
    model = starting_network(training).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    batches = Batches(
        images=np.load(training.images, mmap_mode="r"),
        rows=training.rows,
        labels=_label_tensor(training.labels),
        mean=mean,
        std=std,
        device=device,
    )
    optimizer = make_optimizer(
        model,
        training.recipe,
        head_only=training.head_only,
        stages=lambda: stages(training.network),
    )
    progress = Progress(model=model, optimizer=optimizer)
    checkpoint.restore(progress, partial)
    train(
        progress,
        batches,
        training.recipe,
        key=training.key,
        train=training.parts["train"],
        validation=training.parts["validation"],
        head_only=training.head_only,
        after_epoch=_after_epoch(training.recipe.epochs, partial, on_epoch),
        measure=_measure(training, batches),
    )
    metrics = _write_predictions(training, model, batches, folder)
    history = pd.DataFrame([asdict(epoch) for epoch in progress.history])
    history.to_parquet(folder / "history.parquet", index=False)
    if training.recipe.record_every:
        curve = pd.DataFrame([asdict(one) for one in progress.curve], columns=CURVE_COLUMNS)
        curve.to_parquet(folder / "curve.parquet", index=False)
    keep_tensors(model.state_dict(), folder / "model.safetensors")
    _write_json(folder / "preprocess.json", _preprocessing(training, mean, std))
    _write_json(folder / "environment.json", environment(device, training.threads))
    seconds = round(progress.seconds + time.perf_counter() - started, 2)
    outcome = _outcome(training, progress, device) | {"seconds": seconds, "parts": metrics}
    _write_json(folder / "metrics.json", outcome)


def set_threads(threads: int) -> None:
    """Fix what the order of floating-point sums depends on."""
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


def starting_network(training: Training) -> nn.Module:
    """Build the network with the weights it starts from; the linear layer is always new."""
    model = build_network(
        training.network, len(training.classes), seed=seed_of(training.key, "weights")
    )
    if training.weights is not None:
        tensors = read_tensors(training.weights)
        what = training.weights.parent.name
        start, seed = parse_start(training.start), seed_of(training.key, "transform")
        if start.transform is not None:
            tensors = apply_transform(
                start, training.network, tensors, random=model.state_dict(), seed=seed
            )
        load_backbone(model, tensors, what=what, network=training.network)
    return model


def _after_epoch(epochs: int, partial: Path, on_epoch: OnEpoch) -> Callable[[Progress], None]:
    kept_at = time.monotonic()
    began = kept_at

    def after(progress: Progress) -> None:
        nonlocal kept_at
        on_epoch(len(progress.history), epochs)
        unfinished = len(progress.history) < epochs
        if unfinished and time.monotonic() - kept_at >= CHECKPOINT_SECONDS:
            kept_at = time.monotonic()
            past = replace(progress, seconds=progress.seconds + kept_at - began)
            checkpoint.keep(past, partial)

    began = kept_at

    return after


def has_converged(history: list[Epoch]) -> bool | None:
    """Whether the loss has stopped falling: on the validation part, else on the training part."""
    of_validation = [epoch.validation_loss for epoch in history]
    if any(math.isnan(loss) for loss in of_validation):
        return converged([epoch.train_loss for epoch in history])
    return converged(of_validation)


def _label_tensor(labels: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(labels.astype(np.float32 if labels.ndim == 2 else np.int64))


def _write_predictions(
    training: Training, model: nn.Module, batches: Batches, folder: Path
) -> dict[str, Any]:
    parts = [p for p in ("train", "validation", "test") if _is_predicted(training, p)]
    frames, metrics = [], {}
    for part in parts:
        positions = training.parts[part]
        scores = scores_of(model, batches, positions)
        if not np.isfinite(scores).all():
            rate = training.recipe.learning_rate
            raise RunError(
                f"The network's outputs became nan in its last steps; lower learning_rate (now "
                f"{rate:g})."
            )
        metrics[part] = part_metrics(training.labels[positions], scores, training.classes)
        if part != "train":
            frames.append(_predictions(training, positions, scores, part))
    pd.concat(frames, ignore_index=True).to_parquet(folder / "predictions.parquet", index=False)
    return metrics


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


def _measure(training: Training, batches: Batches) -> Measure:
    """The AUC of the test part, or where there is none of the validation part."""
    tested = training.parts["test"]
    positions = tested if len(tested) else training.parts["validation"]
    return lambda model: mean_auc(training.labels[positions], scores_of(model, batches, positions))


def _outcome(training: Training, progress: Progress, device: torch.device) -> dict[str, object]:
    """What ``metrics.json`` says about the training itself."""
    batch = min(training.recipe.batch_size, len(training.parts["train"]))
    return {
        "images": {part: len(positions) for part, positions in training.parts.items()},
        "epochs": len(progress.history),
        **({"best_epoch": best_epoch(progress.history)} if progress.best else {}),
        "converged": has_converged(progress.history),
        "micro_batch": -(-batch // progress.parts),
        "precision": numbers_for(training.recipe.precision, device),
    }


def _preprocessing(
    training: Training, mean: tuple[float, ...], std: tuple[float, ...]
) -> dict[str, object]:
    return {
        "network": training.network,
        "image_size": training.recipe.image_size,
        "fit": training.recipe.fit,
        "mean": list(mean),
        "std": list(std),
        "classes": list(training.classes),
    }


def environment(device: torch.device, threads: int) -> dict[str, object]:
    """What ran the training, without the name of user or machine."""
    packages = ("warmstart", "torch", "timm", "numpy", "pillow")
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    return {
        "python": platform.python_version(),
        "packages": {package: importlib.metadata.version(package) for package in packages},
        "system": f"{platform.system()} {platform.machine()}",
        "device": name,
        "threads": threads,
    }


def _write_json(path: Path, content: object) -> None:
    write_file(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
