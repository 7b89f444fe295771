"""How long a study would take: from its finished runs, else from a short calibration."""

import datetime
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from warmstart.core.durations import duration
from warmstart.core.identity import question_key
from warmstart.core.store import write_file
from warmstart.studies.config import Study
from warmstart.studies.inputs import Inputs
from warmstart.studies.jobs import Place
from warmstart.studies.plan import PlannedRun
from warmstart.studies.tables import read_outcomes

CALIBRATION_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a study would cost.

    Attributes:
        runs: All runs.
        done: Those that are done.
        images: Training images times epochs of the runs to do.
        seconds: Time the runs to do take one after the other on this machine.
        basis: What the time is based on, in words.
    """

    runs: int
    done: int
    images: int
    seconds: float
    basis: str

    @property
    def duration(self) -> str:
        """The time in words."""
        return duration(self.seconds)


def estimate(
    study: Study, runs: Sequence[PlannedRun], inputs: Inputs, *, out: Path, cache: Path
) -> Estimate:
    """Estimate what is still to do; trains nothing but a few steps on noise."""
    place = Place(folder=out)
    once = {run.key: run for run in runs}
    outcomes = read_outcomes(runs, place)
    todo = [run for key, run in once.items() if key not in outcomes]
    measured: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for key, outcome in outcomes.items():
        shape = once[key].network, once[key].recipe.image_size
        images = outcome["images"]["train"] * outcome["epochs"]
        measured.setdefault(shape, []).append((images, outcome["seconds"]))
    speeds = {
        shape: sum(i for i, _ in pairs) / max(sum(s for _, s in pairs), 1e-9)
        for shape, pairs in measured.items()
    }
    calibrated = [
        shape
        for shape in dict.fromkeys((r.network, r.recipe.image_size) for r in todo)
        if shape not in speeds
    ]
    for shape in calibrated:
        speeds[shape] = _calibrate(*shape, threads=study.protocol.threads, cache=cache)
    each = [(images_of(study, run, inputs), (run.network, run.recipe.image_size)) for run in todo]
    basis = "a short calibration on this machine" if calibrated else "the runs already done"
    return Estimate(
        runs=len(once),
        done=len(once) - len(todo),
        images=sum(images for images, _ in each),
        seconds=sum(images / speeds[shape] for images, shape in each),
        basis=basis,
    )


def images_of(study: Study, run: PlannedRun, inputs: Inputs) -> int:
    """Training images times epochs of a run, without splitting its dataset."""
    n = len(inputs.datasets[run.dataset])
    if run.kind == "pretrain":
        share = 0.8
    elif study.protocol.split == "official":
        split = inputs.datasets[run.dataset].split
        share = 1.0 if split is None else float((split == "train").mean())
    else:
        share = 1 - 1 / study.protocol.folds - (0.1 if study.tune else 0)
    images = round(n * share)
    return min(images, run.train_images or images) * run.recipe.epochs


def _calibrate(network: str, image_size: int, *, threads: int, cache: Path) -> float:
    """Training images per second on noise; kept for the day, since the machine may be busy now."""
    today = datetime.date.today().isoformat()
    question = question_key([network, image_size, threads, today])
    kept = cache / "calibration" / f"{question}.json"
    if kept.is_file():
        return float(json.loads(kept.read_text())["images_per_second"])
    from warmstart.training.calibration import images_per_second  # loads PyTorch

    speed = images_per_second(
        network, image_size, threads=threads, seconds=CALIBRATION_SECONDS, clock=time.perf_counter
    )
    write_file(kept, json.dumps({"images_per_second": round(speed, 1)}))
    return speed
