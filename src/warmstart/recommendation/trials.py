"""Trainings of a trial study, one at a time, each stored before the next one begins."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from warmstart.analysis.predictions import Predictions, read_predictions
from warmstart.recommendation.starting_points import candidate_name
from warmstart.recommendation.trial_study import SHORT, round_of
from warmstart.recommendation.verification import Plan, Trial, state
from warmstart.studies.config import FULL, Study
from warmstart.studies.estimate import seconds_of
from warmstart.studies.jobs import Place
from warmstart.studies.listener import Listener
from warmstart.studies.options import Options
from warmstart.studies.plan import PlannedRun
from warmstart.studies.ready import Ready
from warmstart.studies.recorded import held_out_predictions
from warmstart.studies.run_names import run_names
from warmstart.studies.runner import train_runs
from warmstart.studies.tables import metric
from warmstart.studies.trainings import Trainings

ROUNDS = (SHORT, FULL)
"""Arms of the rounds of a verification, the shortest first."""


@dataclass(kw_only=True, eq=False)
class Trials:
    """What was trained for a recommendation, and what trains more.

    Attributes:
        study: The trial study.
        ready: Its inputs and runs.
        options: How runs are done, and the folder they lie in.
        listener: Told how they go on.
        deadline: When the budget is used up, by `time.monotonic`.
        device: Where runs are done.
    """

    study: Study
    ready: Ready
    options: Options
    listener: Listener
    deadline: float
    device: str
    _trainings: Trainings = field(init=False)
    _runs: dict[tuple[str, str, int], PlannedRun] = field(init=False)

    def __post_init__(self) -> None:
        self._trainings = Trainings(
            self.study, self.ready.inputs, cache=self.options.cache, device=self.device
        )
        self._runs = {
            (candidate_name((run.network, run.source)), round_of(run.arm), run.fold): run
            for run in self.ready.runs
            if run.kind == "finetune"
        }

    @property
    def target(self) -> str:
        """Name of the target, which is that of its dataset too."""
        return next(iter(self.study.targets))

    @property
    def place(self) -> Place:
        """The folder that runs lie in."""
        return Place(folder=self.options.out)

    def run(self, candidate: str, arm: str, fold: int) -> PlannedRun:
        """The planned training of a candidate."""
        return self._runs[candidate, arm, fold]

    def score(self, candidate: str, arm: str, fold: int) -> float | None:
        """AUC points on the fold's test part; NaN: it failed; ``None``: it is not done."""
        key = self.run(candidate, arm, fold).key
        outcome = self.place.outcome(key)
        if outcome is None:
            return None if self.place.reason(key) is None else float("nan")
        return 100 * metric(outcome, "test", self.study.protocol.metric)

    def predictions(self, candidate: str, arm: str, fold: int) -> Predictions:
        """What a finished training said of the images of the fold's test part."""
        folder = self.place.run(self.run(candidate, arm, fold).key)
        return read_predictions(held_out_predictions(folder))

    def done(self, plan: Plan) -> list[Trial]:
        """The trials of a plan that are done, in the order in which it asks for them."""
        return [
            Trial(candidate, fold, number, score)
            for number, arm in enumerate(ROUNDS, start=1)
            for fold in range(plan.folds)
            for candidate in plan.candidates
            if (score := self.score(candidate, arm, fold)) is not None
        ]

    def verify(self, plan: Plan) -> bool:
        """Do what the plan asks for; return whether the budget ended before it had enough."""
        while (job := state(plan, self.done(plan)).job) is not None:
            candidate, fold, number = job
            if not self.train(candidate, ROUNDS[number - 1], fold):
                return True
        return False

    def train(self, candidate: str, arm: str, fold: int) -> bool:
        """Do one training unless it is done; return whether the budget allowed it."""
        if self.score(candidate, arm, fold) is not None:
            return True
        run = self.run(candidate, arm, fold)
        if time.monotonic() + self.seconds(run) > self.deadline:
            return False
        told = _OneAtATime(self.listener, run_names([run])[run.key])
        train_runs(self._trainings, [run], self.options, told, done=0)
        return True

    def seconds(self, run: PlannedRun) -> float:
        """How long a training will take, about."""
        images = len(self._trainings.parts(run).train) * run.recipe.epochs
        threads, out = self.study.protocol.threads, self.options.out
        return seconds_of(run, images, threads=threads, out=out, cache=self.options.cache)

    def shortest(self, plan: Plan) -> float:
        """How long the shortest training would take, in seconds."""
        return min(self.seconds(self.run(name, SHORT, 0)) for name in plan.candidates)

    def took(self, candidate: str, arm: str) -> float:
        """Mean time that finished trainings of a candidate took, in seconds; NaN: there is none."""
        runs = [
            run for (name, own, _), run in self._runs.items() if (name, own) == (candidate, arm)
        ]
        outcomes = [self.place.outcome(run.key) for run in runs]
        return float(np.mean([o["seconds"] for o in outcomes if o] or [np.nan]))

    def table(self, candidates: Sequence[str], arm: str) -> np.ndarray:
        """AUC points of an arm, folds as rows and candidates as columns; NaN where not known."""
        rows = [
            [self.score(candidate, arm, fold) for candidate in candidates]
            for fold in range(self.study.protocol.folds)
        ]
        return np.array(rows, dtype=np.float64)  # None becomes NaN


class _OneAtATime:
    """Shows each training by itself, as a step."""

    def __init__(self, listener: Listener, title: str) -> None:
        self._listener = listener
        self._title = title

    def say(self, line: str) -> None:
        self._listener.say(line)

    def step(self, what: str, done: int, total: int) -> None:
        self._listener.step(what, done, total)

    def start(self, work: dict[str, tuple[str, int, int]], done: int) -> None:
        """A bar over all runs says nothing where nobody knows how many there will be."""

    def epoch(self, key: str, done: int, total: int) -> None:
        self._listener.step(f"training {self._title}, epochs", done, total)

    def end(self, key: str, error: str | None) -> None:
        if error is not None:
            self._listener.say(f"{self._title} failed: {error}")
