"""The trainings an answer rests on, one row each."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pandas as pd

from warmstart.analysis.assessment import RESAMPLES
from warmstart.analysis.intervals import draw_groups, percentile_interval, resampled_metric
from warmstart.metrics import METRICS
from warmstart.recommendation.trials import ROUNDS, Trials
from warmstart.studies.config import FULL

COLUMNS = [
    *("start", "training", "fold", "epochs", "value", "low", "high"),
    *("n_train", "n_test", "seconds", "failed"),
]


def trainings_done(trials: Trials, candidates: Sequence[str]) -> pd.DataFrame:
    """Return every training of the candidates that is done or has failed.

    Returns:
        Columns `COLUMNS`; ``value`` is the metric of the study on the fold's test part, 0 to 1,
        ``low`` and ``high`` its 95 % interval over groups of test images.
    """
    places = product(candidates, ROUNDS, range(trials.study.protocol.folds))
    rows = [row for place in places for row in _row(*place, trials)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(candidate: str, arm: str, fold: int, trials: Trials) -> Iterator[tuple[object, ...]]:
    run = trials.run(candidate, arm, fold)
    place = candidate, "whole" if arm == FULL else "short", fold
    outcome, nothing = trials.place.outcome(run.key), float("nan")
    if outcome is None:
        reason = trials.place.reason(run.key)
        if reason is not None:
            yield *place, run.recipe.epochs, *[nothing] * 6, reason
        return
    score = trials.score(candidate, arm, fold)
    value = nothing if score is None else score / 100
    images = outcome["images"]
    counts = images["train"], images["test"], float(outcome["seconds"])
    yield *place, outcome["epochs"], value, *_interval(candidate, arm, fold, trials), *counts, ""


def _interval(candidate: str, arm: str, fold: int, trials: Trials) -> tuple[float, float]:
    part = trials.predictions(candidate, arm, fold)
    draw = draw_groups([part.groups], resamples=RESAMPLES, rng=np.random.default_rng(0))
    names = trials.ready.inputs.datasets[trials.target].classes
    metric = METRICS[trials.study.protocol.metric]
    return percentile_interval(resampled_metric(part, metric, draw, names)[""])
