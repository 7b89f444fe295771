"""How long a study would take: from finished runs of its folder, else from a short calibration.

The work of a run is counted in floating-point operations: six for each multiply-add of a training
image (two forward, four backward), two where only the linear layer is trained. A network's speed is
measured at the image size that it has most work at; at another it is taken to do as many operations
per second. Preparing images and testing are not counted.
"""

import datetime
import json
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from warmstart.core.durations import duration
from warmstart.core.identity import question_key
from warmstart.core.store import write_file
from warmstart.studies.config import Study
from warmstart.studies.datasets import Step
from warmstart.studies.jobs import Place
from warmstart.studies.plan import PlannedRun
from warmstart.studies.recipes import needs_validation
from warmstart.studies.sizes import Sizes
from warmstart.studies.tables import read_outcomes

CALIBRATION_SECONDS = 10.0
ASSUMED_GPU = 50e12
"""Operations per second that a data-centre GPU is assumed to sustain in training; not measured."""

Shape = tuple[str, int]
"""A network and an image size."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a study would cost.

    Attributes:
        runs: All runs.
        done: Those that are done.
        images: Training images times epochs of the runs to do.
        seconds: Time the runs to do take one after the other on this machine.
        operations: Floating-point operations of the runs to do.
        basis: What the time is based on, in words.
    """

    runs: int
    done: int
    images: int
    seconds: float
    operations: float
    basis: str

    @property
    def duration(self) -> str:
        """The time on this machine in words."""
        return duration(self.seconds)

    @property
    def gpu_duration(self) -> str:
        """The time in words on a GPU that sustains `ASSUMED_GPU`."""
        return duration(self.operations / ASSUMED_GPU)


def estimate(
    study: Study, runs: Sequence[PlannedRun], sizes: Sizes, *, out: Path, cache: Path, step: Step
) -> Estimate:
    """Estimate what is still to do; trains nothing but a few steps on noise.

    Args:
        study: What is asked.
        runs: Every planned run.
        sizes: How many images its datasets have.
        out: The study folder, whose finished runs tell how fast this machine is.
        cache: Where calibrations are kept.
        step: Told how many networks have been timed, and of how many.
    """
    once = {run.key: run for run in runs}
    done = read_outcomes(runs, Place(folder=out))
    todo = [run for key, run in once.items() if key not in done]
    work: dict[Shape, float] = {}
    images = 0
    for run in todo:
        own = images_of(study, run, sizes)
        shape = run.network, run.recipe.image_size
        work[shape] = work.get(shape, 0.0) + own * _operations(shape, head_only=run.head_only)
        images += own
    speeds = finished_speeds(out)
    timed = {network for network, _ in speeds}
    untimed = [n for n in dict.fromkeys(network for network, _ in work) if n not in timed]
    for number, network in enumerate(untimed, start=1):
        shape = max((one for one in work if one[0] == network), key=lambda one: work[one])
        speeds[shape] = _calibrate(*shape, threads=study.protocol.threads, cache=cache)
        step("timing networks", number, len(untimed))
    return Estimate(
        runs=len(once),
        done=len(once) - len(todo),
        images=images,
        seconds=sum(amount / _speed(shape, speeds) for shape, amount in work.items()),
        operations=sum(work.values()),
        basis=f"{CALIBRATION_SECONDS:.0f} s of training on noise" if untimed else "finished runs",
    )


def seconds_of(run: PlannedRun, images: int, *, threads: int, out: Path, cache: Path) -> float:
    """How long one run takes on this machine.

    Args:
        run: The run.
        images: Training images times epochs.
        threads: Of the calibration, where no run of its network is finished.
        out: The study folder, whose finished runs tell how fast this machine is.
        cache: Where calibrations are kept.
    """
    shape = run.network, run.recipe.image_size
    speeds = finished_speeds(out)
    if all(network != run.network for network, _ in speeds):
        speeds = {shape: _calibrate(*shape, threads=threads, cache=cache)}
    return images * _operations(shape, head_only=run.head_only) / _speed(shape, speeds)


def images_of(study: Study, run: PlannedRun, sizes: Sizes) -> int:
    """Training images times epochs of a run, without splitting its dataset."""
    if run.kind == "pretrain":
        share = 0.8
    elif study.protocol.split == "official":
        share = sizes.official_train.get(run.dataset, 1.0)
    else:
        chosen = study.protocol.split == "kfold" and needs_validation(study)
        share = 1 - 1 / study.protocol.folds - (0.1 if chosen else 0)
    images = round(sizes.images[run.dataset] * share)
    return min(images, run.train_images or images) * run.recipe.epochs


def finished_speeds(folder: Path) -> dict[Shape, float]:
    """Operations per second of the finished runs of a study folder, by network and image size."""
    totals: dict[Shape, tuple[float, float]] = {}
    for path in sorted((folder / "runs").glob("*/run.toml")):
        outcome = Place(folder=folder).outcome(path.parent.name)
        if outcome is None:
            continue
        question = tomllib.loads(path.read_text("utf-8"))["question"]
        shape = question["network"], question["recipe"]["image_size"]
        head_only = question.get("arm", {}).get("tune") == "head"
        amount = outcome["images"]["train"] * outcome["epochs"]
        amount *= _operations(shape, head_only=head_only)
        before = totals.get(shape, (0.0, 0.0))
        totals[shape] = before[0] + amount, before[1] + outcome["seconds"]
    return {shape: amount / max(took, 1e-9) for shape, (amount, took) in totals.items()}


def _speed(shape: Shape, speeds: Mapping[Shape, float]) -> float:
    """That of the same network at the nearest size."""
    network, size = shape
    nearest = min((s for n, s in speeds if n == network), key=lambda known: abs(known - size))
    return speeds[network, nearest]


def _operations(shape: Shape, *, head_only: bool) -> int:
    """Those of one training image."""
    from warmstart.models.cost import forward_flops  # loads PyTorch

    return forward_flops(*shape) * (1 if head_only else 3)


def _calibrate(network: str, image_size: int, *, threads: int, cache: Path) -> float:
    """Operations per second on noise; kept for the day, since the machine may be busy now."""
    today = datetime.date.today().isoformat()
    question = question_key([network, image_size, threads, today])
    kept = cache / "calibration" / f"{question}.json"
    if kept.is_file():
        return float(json.loads(kept.read_text())["operations_per_second"])
    from warmstart.training.calibration import images_per_second  # loads PyTorch

    operations = _operations((network, image_size), head_only=False)
    speed = operations * images_per_second(
        network,
        image_size,
        images=_images_of_a_step(operations),
        threads=threads,
        seconds=CALIBRATION_SECONDS,
        clock=time.perf_counter,
    )
    write_file(kept, json.dumps({"operations_per_second": round(speed)}))
    return speed


_STEP = 100e9
"""Operations of one step of a calibration, about: a second or two on a few CPU cores."""


def _images_of_a_step(operations: int) -> int:
    """At least two, so that batch norm has something to normalise; at most 64."""
    return int(min(max(_STEP / operations, 2), 64))
