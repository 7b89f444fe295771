"""One training with its inputs fixed: pretraining or fine-tuning, from arrays to a run folder."""

import functools
import importlib.metadata
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from warmstart.core.store import write_file
from warmstart.models.architectures import family_of
from warmstart.models.stages import stages
from warmstart.models.starts import parse_start
from warmstart.models.stated import Normalisation
from warmstart.models.weights import keep_tensors, tensors_digest
from warmstart.training import checkpoint
from warmstart.training.batch_norm import batch_norm_learns, share_batch_norm
from warmstart.training.batches import Batches
from warmstart.training.group import ALONE, Group
from warmstart.training.loop import make_optimizer, train
from warmstart.training.outcome import (
    all_metrics,
    all_scores,
    measuring,
    outcome,
    prediction_table,
    preprocessing,
)
from warmstart.training.progress import Progress
from warmstart.training.residence import resident
from warmstart.training.starting import network_at_start
from warmstart.training.step import Say, silent
from warmstart.training.training import Training

CHECKPOINT_SECONDS = 30.0
CURVE_COLUMNS = ["step", "epoch", "auc"]
OnEpoch = Callable[[int, int], None]


def run_training(
    training: Training, folder: Path, *, partial: Path, on_epoch: OnEpoch, say: Say = silent
) -> None:
    """Train, and write the run's files into an empty folder.

    Args:
        training: What to do.
        folder: Receives ``predictions.parquet``, ``history.parquet``, ``metrics.json``,
            ``model.safetensors`` (the network's own names), ``preprocess.json``,
            ``environment.json`` and, where the recipe records, ``curve.parquet``.
        partial: Where an unfinished training is kept, at most every half minute.
        on_epoch: Told epochs done and epochs in all.
        say: Told what a user should know on the way, a line each; several devices say nothing.

    Raises:
        RunError: If the loss is no longer a number, if one image is too large for the device or
            too small for a batch norm, or if training is to stop early without a validation part.
        ConfigError: If the recipe speaks of stages that the network does not have, or if several
            devices cannot share the training.
        WeightsError: If the weights do not fit the network.
    """
    work = functools.partial(train_and_write, training, folder, partial)
    if training.devices == 1:
        work(group=ALONE, device=torch.device(training.device), on_epoch=on_epoch, say=say)
        return
    from warmstart.training.together import work_together  # loads lightning-fabric

    work_together(work, device=training.device, devices=training.devices, on_epoch=on_epoch)


def train_and_write(
    training: Training,
    folder: Path,
    partial: Path,
    *,
    group: Group,
    device: torch.device,
    on_epoch: OnEpoch,
    say: Say = silent,
) -> None:
    """Train, as one process of a group; the first of them keeps progress and writes the files."""
    set_threads(training.threads)
    started = time.perf_counter()
    model = starting_network(training)
    start = tensors_digest(model.state_dict())
    if batch_norm_learns(training.recipe, head_only=training.head_only):
        model = share_batch_norm(model, group, device)
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    batches = _batches(training, device, group)
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
        after_epoch=_after_epoch(training.recipe.epochs, partial, on_epoch, group),
        measure=measuring(training, batches),
        say=say,
    )
    scores = all_scores(training, progress, batches)
    if group.rank > 0:
        return
    prediction_table(training, scores).to_parquet(folder / "predictions.parquet", index=False)
    _write_progress(folder, training, progress)
    keep_tensors(model.state_dict(), folder / "model.safetensors")
    mean, std = normalisation_of(training)
    _write_json(folder / "preprocess.json", preprocessing(training, mean, std))
    found_here = environment(device, training.threads)
    _write_json(folder / "environment.json", found_here | {"start": start})
    seconds = round(progress.seconds + time.perf_counter() - started, 2)
    found = {"seconds": seconds, "parts": all_metrics(training, scores)}
    _write_json(folder / "metrics.json", outcome(training, progress, device) | found)


def set_threads(threads: int) -> None:
    """Fix what the order of floating-point sums depends on."""
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


def starting_network(training: Training) -> nn.Module:
    """Build the network with the weights it starts from; the linear layer is always new."""
    return network_at_start(
        training.network,
        len(training.classes),
        key=training.key,
        start=parse_start(training.start),
        weights=training.weights,
    )


def normalisation_of(training: Training) -> Normalisation:
    """Mean and standard deviation per channel, of the weights or else of the network's family."""
    return training.normalisation or family_of(training.network).normalisation(training.network)


def _batches(training: Training, device: torch.device, group: Group) -> Batches:
    mean, std = normalisation_of(training)
    images = np.load(training.images, mmap_mode="r")
    needed = np.concatenate(list(training.parts.values()))
    return Batches(
        images=images,
        rows=training.rows,
        labels=_label_tensor(training.labels),
        mean=mean,
        std=std,
        device=device,
        resident=resident(images, training.rows, needed, device),
        group=group,
    )


def _write_progress(folder: Path, training: Training, progress: Progress) -> None:
    """Write a row per epoch and, where the recipe records, one per measurement on the way."""
    history = pd.DataFrame([asdict(epoch) for epoch in progress.history])
    history.to_parquet(folder / "history.parquet", index=False)
    if training.recipe.record_every:
        curve = pd.DataFrame([asdict(one) for one in progress.curve], columns=CURVE_COLUMNS)
        curve.to_parquet(folder / "curve.parquet", index=False)


def _after_epoch(
    epochs: int, partial: Path, on_epoch: OnEpoch, group: Group
) -> Callable[[Progress], None]:
    began = kept_at = time.monotonic()

    def after(progress: Progress) -> None:
        nonlocal kept_at
        on_epoch(len(progress.history), epochs)
        unfinished = len(progress.history) < epochs
        if unfinished and time.monotonic() - kept_at >= CHECKPOINT_SECONDS:
            kept_at = time.monotonic()
            past = replace(progress, seconds=progress.seconds + kept_at - began)
            checkpoint.keep(past, partial)

    return after if group.rank == 0 else lambda progress: None


def _label_tensor(labels: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(labels.astype(np.float32 if labels.ndim == 2 else np.int64))


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
