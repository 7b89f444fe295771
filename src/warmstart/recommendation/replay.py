"""Verification replayed on trainings that were done: what regret so much time would have left."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from warmstart.metrics.arrays import Floats
from warmstart.recommendation.evaluation import BOUNDS, RULE, Judged
from warmstart.recommendation.past_trainings import EFFORTS, Replay, best_of, replays
from warmstart.recommendation.prediction import Prediction
from warmstart.recommendation.verification import Plan, Trial, state, verify

PLAIN = (1, 2, 4, 8)
"""Settings that plain halving tries for a source in each round."""
SEARCHES = 10
"""Random searches that are averaged."""


def spend(replay: Replay, minutes: float, expected: Floats, doubt: Floats) -> str:
    """Return the source a verification names when its time is up."""
    return _spend(replay, minutes, expected, doubt, EFFORTS, replay.bias)


def plain_halving(replay: Replay, minutes: float) -> str:
    """Return the source that plain successive halving names: nothing predicted, cheapest first."""
    sources = len(replay.sources)
    blank, unsure = np.zeros(sources), np.full(sources, np.inf)
    return _spend(replay, minutes, blank, unsure, PLAIN, (0.0,) * len(PLAIN))


def _spend(
    replay: Replay,
    minutes: float,
    expected: Floats,
    doubt: Floats,
    efforts: tuple[int, ...],
    bias: tuple[float, ...],
) -> str:
    order = np.argsort(-expected, kind="stable")
    plan = Plan(
        candidates=tuple(replay.sources[i] for i in order),
        expected=expected[order],
        doubt=doubt[order],
        noise=replay.noise,
        folds=replay.validation.shape[2],
        bias=bias,
        epochs=efforts,
    )
    paid: dict[tuple[int, int, int], float] = {}
    trials: list[Trial] = []

    def train(source: str, fold: int, effort: int) -> float:
        row = replay.sources.index(source)
        for setting in range(min(effort, replay.validation.shape[1])):
            cost = replay.minutes[row, setting, fold]
            paid[row, setting, fold] = float(np.nan_to_num(cost))
        return float(best_of(replay.validation[[row]], effort)[0, fold])

    for trial in verify(plan, train):
        if sum(paid.values()) > minutes:  # this one was not finished in time
            break
        trials.append(trial)
    return state(plan, trials).leader


def replayed(
    runs: pd.DataFrame,
    predictions: Mapping[str, Prediction],
    *,
    shares: Sequence[float],
    splits: int,
    origins: Mapping[str, str],
    always: str = "imagenet",
) -> Judged:
    """Regret of ways to spend shares of the exhaustive time, averaged over splits of the repeats.

    Args:
        runs: Every training, columns as in `medical_transferability.runs`.
        predictions: Of each target, made without its results.
        shares: Of the minutes that training every source once at every setting takes.
        splits: How many; in each, half of the repeats choose and the others score.
        origins: Of targets with relatives.
        always: Source that stands for "the same every time", where it is a candidate.

    Returns:
        Regret in AUC points per way, each target a mean over splits.
    """
    names = sorted(predictions)
    repeats = np.array(sorted(set(runs["repeat"])))
    total: dict[str, Floats] = {}
    for split in range(splits):
        rng = np.random.default_rng(split)
        choosing = sorted(map(int, rng.permutation(repeats)[: len(repeats) // 2]))
        for replay in replays(runs, choosing):
            told = _lost(replay, predictions[replay.target], shares, always, rng)
            for way, regret in told.items():
                own = total.setdefault(way, np.zeros(len(names)))
                own[names.index(replay.target)] += regret / splits
    return Judged(
        targets=tuple(names),
        origins=tuple(origins.get(name, name) for name in names),
        values=total,
        bounds=BOUNDS["regret"],
    )


def _lost(
    replay: Replay,
    prediction: Prediction,
    shares: Sequence[float],
    always: str,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Regret of each way on one target."""
    sources = [source for _, source in prediction.candidates]
    rows = [sources.index(source) for source in replay.sources]
    expected, doubt = prediction.gains[rows], prediction.draws.std(axis=0)[rows]
    ways = {f"{RULE}, no training": replay.sources[int(np.argmax(expected))]}
    if always in replay.sources:
        ways[f"always {always}"] = always
    for share in shares:
        minutes = share * replay.exhaustive
        ways[f"verified, {share:.0%}"] = spend(replay, minutes, expected, doubt)
        ways[f"plain halving, {share:.0%}"] = plain_halving(replay, minutes)
    lost = {way: replay.regret(source) for way, source in ways.items()}
    for share in shares:
        found = [random_search(replay, share * replay.exhaustive, rng) for _ in range(SEARCHES)]
        lost[f"random search, {share:.0%}"] = float(np.mean([replay.regret(s) for s in found]))
    return lost


def random_search(replay: Replay, minutes: float, rng: np.random.Generator) -> str:
    """Return the source of the best of randomly chosen trainings, in the time there is."""
    done = np.argwhere(np.isfinite(replay.validation))
    rng.shuffle(done)
    spent = np.cumsum([replay.minutes[tuple(at)] for at in done])
    within = done[: int((spent <= minutes).sum())]
    if not len(within):
        return replay.sources[int(rng.integers(len(replay.sources)))]
    best = max(within, key=lambda at: replay.validation[tuple(at)])
    return replay.sources[int(best[0])]
