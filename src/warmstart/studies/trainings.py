"""From a planned run and the inputs to a training that a process can do."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from warmstart.core.identity import seed_of
from warmstart.data.compose import subset_positions
from warmstart.data.dataset import Dataset
from warmstart.data.fingerprint import hashed_groups
from warmstart.data.folds import Parts, pretraining_parts, split_parts
from warmstart.models.starts import parse_start
from warmstart.studies.config import Study
from warmstart.studies.inputs import Inputs
from warmstart.studies.plan import PlannedRun
from warmstart.studies.recipes import needs_validation

if TYPE_CHECKING:
    from warmstart.training.training import Training


class Trainings:
    """Makes trainings; splits each dataset once per seed and fold."""

    def __init__(
        self, study: Study, inputs: Inputs, *, cache: Path, device: str, devices: int = 1
    ) -> None:
        self.study = study
        self.inputs = inputs
        self.cache = cache
        self.device = device
        self.devices = devices
        self._parts: dict[tuple[object, ...], Parts] = {}
        self._texts: dict[str, tuple[NDArray[np.str_], NDArray[np.str_]]] = {}

    def parts(self, run: PlannedRun) -> Parts:
        """The parts of a run's dataset, the training part cut down to what its arm allows."""
        dataset = self.inputs.datasets[run.dataset]
        place = (run.kind, run.dataset, run.seed, run.fold)
        if place not in self._parts:
            self._parts[place] = self._split(run, dataset)
        parts = self._parts[place]
        if run.train_images is None:
            return parts
        train = subset_positions(
            dataset.labels,
            parts.train,
            min(run.train_images, len(parts.train)),
            stratified=True,
            rng=np.random.default_rng(seed_of("arm", run.train_images, run.seed, run.fold)),
        )
        return Parts(train=train, validation=parts.validation, test=parts.test)

    def _split(self, run: PlannedRun, dataset: Dataset) -> Parts:
        if run.kind == "pretrain":
            return pretraining_parts(dataset, seed=run.seed)
        protocol = self.study.protocol
        return split_parts(
            dataset,
            split=protocol.split,
            folds=protocol.folds,
            fold=run.fold,
            seed=run.seed,
            validation=needs_validation(self.study),
        )

    def of(self, run: PlannedRun) -> "Training":
        """The training of a run."""
        from warmstart.training.training import Training  # loads PyTorch

        dataset = self.inputs.datasets[run.dataset]
        geometry = run.recipe.image_size, run.recipe.fit
        prepared, rows = self.inputs.prepared[run.dataset, geometry]
        parts = self.parts(run)
        weights = run.weights
        paths, groups = self._paths_and_groups(run.dataset, dataset)
        return Training(
            key=run.key,
            kind=run.kind,  # type: ignore[arg-type]
            network=run.network,
            recipe=run.recipe,
            head_only=run.head_only,
            images=Path(prepared.array.filename),  # type: ignore[attr-defined]
            rows=rows,
            paths=paths,
            groups=groups,
            labels=dataset.labels,
            classes=dataset.classes,
            parts={"train": parts.train, "validation": parts.validation, "test": parts.test},
            weights=weights.path(self.cache) if weights else None,
            start=run.start,
            normalisation=(weights.mean, weights.std) if weights else None,
            threads=self.study.protocol.threads,
            device=self.device,
            devices=self.devices,
        )

    def _paths_and_groups(
        self, name: str, dataset: Dataset
    ) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
        """Path and group of each image as they may be written to disk, shared by all its runs.

        Groups are hashed; without groups, each image is its own.
        """
        if name not in self._texts:
            groups = hashed_groups(dataset, self.inputs.digests[name])
            self._texts[name] = np.array(dataset.names), groups
        return self._texts[name]


def run_record(run: PlannedRun) -> dict[str, Any]:
    """What ``run.toml`` says about a run; a key without a value is left out.

    The run's key is the hash of its ``question``.
    """
    return {
        "key": run.key,
        "source": run.source,
        "arm": run.arm,
        "target": run.target,
        "dataset": run.dataset,
        "tuned": run.tuned,
        "start": _started_from(run),
        "licence": _licence(run),
        **({"native_size": run.weights.size} if run.weights and run.weights.size else {}),
        "question": _without_none(run.question),
    }


def _started_from(run: PlannedRun) -> str:
    """The weights a run started from, and what was done to them first."""
    origin = run.weights.origin if run.weights else run.needs or "random"
    done = parse_start(run.start).transform
    if done is None:
        return origin
    details = [f"batch norm {done.batch_norm}"] if done.batch_norm != "identity" else []
    details += [f"up to {done.upto}"] if done.upto else []
    return " ".join([done.name, *(f"({detail})" for detail in details), "of", origin])


def _licence(run: PlannedRun) -> str:
    """The licence of the weights a run started from, or why none is stated."""
    if run.weights:
        return run.weights.licence
    start = parse_start(run.start)
    if start.kind == "dataset":
        return f"made here from {start.argument}; see the terms of its release"
    return "none: random weights"


def _without_none(table: Mapping[str, Any]) -> dict[str, Any]:
    """TOML has no null."""
    return {
        name: _without_none(value) if isinstance(value, dict) else value
        for name, value in table.items()
        if value is not None
    }
