"""One run of a study as a job: claimed, trained, and put in its folder whole."""

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w

from warmstart.core.store import claim, fresh_folder, remove_leftovers, write_file
from warmstart.execution import Busy
from warmstart.execution.energy import metered
from warmstart.execution.job import Report
from warmstart.sharing.cards import run_card


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the runs of a study folder lie."""

    folder: Path

    def run(self, key: str) -> Path:
        """The folder of a finished run; it exists when the run is done."""
        return self.folder / "runs" / key

    def partial(self, key: str) -> Path:
        """Where a run under way keeps what continues it."""
        return self.folder / "runs" / ".partial" / key

    def lock(self, key: str) -> Path:
        """The file whose lock says that a process is doing the run."""
        return self.folder / "runs" / ".locks" / f"{key}.lock"

    def failure(self, key: str) -> Path:
        """The file that says why a run failed."""
        return self.folder / "runs" / ".failed" / f"{key}.txt"

    def outcome(self, key: str) -> dict[str, Any] | None:
        """What a finished run came to; ``None`` if it is not done, or damaged."""
        try:
            found = json.loads((self.run(key) / "metrics.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def reason(self, key: str) -> str | None:
        """Why a run failed; ``None`` if it did not."""
        try:
            return self.failure(key).read_text("utf-8").strip()
        except OSError:
            return None


@dataclass(frozen=True, kw_only=True, eq=False)
class RunJob:
    """A run to be done: its training, where it belongs, and what is written beside it.

    Attributes:
        training: A `warmstart.training.run.Training`; of no fixed type here, so that planning does
            not load PyTorch.
        place: The study folder.
        needs: Key of the pretraining run whose weights it starts from.
        record: What ``run.toml`` says.
        opening: The lines of Python that open the weights.
        about: What ``environment.json`` says beside what ran the training.
    """

    training: Any
    place: Place
    needs: str | None
    record: dict[str, Any]
    opening: str
    about: Mapping[str, Any]


def perform(job: RunJob, report: Report) -> None:
    """Do a run unless it is done; raise `Busy` while another process does it."""
    key, place = job.training.key, job.place
    with claim(place.lock(key)) as ours:
        if not ours:
            raise Busy
        if place.outcome(key) is None:
            remove_leftovers(place.run(key))
            shutil.rmtree(place.run(key), ignore_errors=True)  # damaged, if it is there at all
            _train(job, report)
        shutil.rmtree(place.partial(key), ignore_errors=True)
        with suppress(OSError):
            place.failure(key).unlink(missing_ok=True)


def with_origin(training: Any, place: Place, key: str) -> Any:
    """Return a training that starts from the weights of a finished run.

    Raises:
        WeightsError: If the run's weights are not of the classes that it says.
    """
    from warmstart.models.fit import check_linear_layer  # loads PyTorch
    from warmstart.models.pretrained import read_tensors

    origin = place.run(key)
    settings = json.loads((origin / "preprocess.json").read_text())
    normalisation = tuple(settings["mean"]), tuple(settings["std"])
    weights = origin / "model.safetensors"
    tensors, classes = read_tensors(weights), len(settings["classes"])
    check_linear_layer(tensors, training.network, what=key, classes=classes)
    return replace(training, weights=weights, normalisation=normalisation)


def _train(job: RunJob, report: Report) -> None:
    from warmstart.training.run import run_training  # loads PyTorch

    training, place = job.training, job.place
    if job.needs is not None:
        training = with_origin(training, place, job.needs)
    with fresh_folder(place.run(training.key)) as folder, metered() as energy:
        run_training(
            training,
            folder,
            partial=place.partial(training.key),
            on_epoch=lambda done, total: report(training.key, (done, total)),
            say=lambda line: report(training.key, line),
        )
        environment = json.loads((folder / "environment.json").read_text())
        environment |= {**job.about, "energy_kwh": energy()}
        write_file(folder / "environment.json", json.dumps(environment, indent=1) + "\n")
        write_file(folder / "run.toml", tomli_w.dumps(job.record))
        outcome = json.loads((folder / "metrics.json").read_text())
        card = run_card(job.record, training.classes, job.opening, outcome)
        write_file(folder / "README.md", card)
