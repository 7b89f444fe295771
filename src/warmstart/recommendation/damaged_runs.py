"""Finished runs whose files are gone: they are done again, or said to be needed."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from warmstart.core.store import claim
from warmstart.core.text import counted
from warmstart.errors import StoreError
from warmstart.recommendation.trial_study import round_of
from warmstart.studies.config import FULL
from warmstart.studies.jobs import Place
from warmstart.studies.listener import Listener
from warmstart.studies.plan import PlannedRun

_WEIGHTS = ("model.safetensors", "preprocess.json")
_RECORD = ("environment.json", "run.toml")
_PREDICTIONS = ("predictions.parquet",)


def lacks(run: PlannedRun, place: Place) -> str | None:
    """Return the first file that an answer needs of a run and that is not there.

    Args:
        run: The run. Of a short training the weights are not needed.
        place: The study folder.

    Returns:
        Name of the file; ``None`` if all are there. A run that is not done lacks its metrics.
    """
    if place.outcome(run.key) is None:
        return "metrics.json"
    needed = _WEIGHTS
    if run.kind == "finetune":
        whole = round_of(run.arm) == FULL
        needed = (*_PREDICTIONS, *(_WEIGHTS + _RECORD if whole else ()))
    return next((name for name in needed if not (place.run(run.key) / name).is_file()), None)


def check_runs(runs: Sequence[PlannedRun], out: Path, listener: Listener, *, again: bool) -> None:
    """Take away trainings whose files are gone, so that they are done again.

    Args:
        runs: Planned runs.
        out: The study folder.
        listener: Told how many there are.
        again: Whether trainings are done.

    Raises:
        StoreError: If there are such trainings and none is done again.
    """
    place = Place(folder=out)
    trainings = [run for run in runs if run.kind == "finetune" and place.outcome(run.key)]
    gone = {run.key: name for run in trainings if (name := lacks(run, place)) is not None}
    if not gone:
        return
    key, name = next(iter(gone.items()))
    of = "lacks files" if len(gone) == 1 else "lack files"
    said = f"{counted(len(gone), 'finished training')} {of}, such as {place.run(key) / name}"
    if not again:
        raise StoreError(f"{said}; put them back, or do the trainings again with budget=TIME.")
    listener.say(f"{said}; what the budget allows is trained again.")
    for key in gone:
        with claim(place.lock(key)) as ours:
            if ours:
                shutil.rmtree(place.run(key), ignore_errors=True)
