"""How often the rule has been right: each target predicted from all that are no relatives of it.

Nothing that is chosen can have seen the target it is judged on: `predict` gets the target without
its gains, and learns from `others`, which leaves out the target and its relatives.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.analysis import baselines
from warmstart.analysis.agreement import expected_best
from warmstart.analysis.experience import mean_standings
from warmstart.analysis.over_targets import FEW, student_interval
from warmstart.analysis.rank_correlations import weighted_tau
from warmstart.metrics.arrays import Floats
from warmstart.recommendation.places import Place
from warmstart.recommendation.prediction import LEVEL, predict
from warmstart.recommendation.rule import others, standings

RESAMPLES = 2000
BOUNDS = {
    "tau": (-1.0, 1.0),
    "regret": (0.0, 100.0),
    "interval score": (0.0, np.inf),
    "coverage": (0.0, 1.0),
}
"""Lowest and highest value of what a rule is judged by."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """One quantity on every target, for the rule and for what it must beat.

    Attributes:
        targets: Names.
        origins: Of each target.
        values: Per way to choose one number per target.
        bounds: Lowest and highest value there can be.
    """

    targets: tuple[str, ...]
    origins: tuple[str, ...]
    values: dict[str, Floats]
    bounds: tuple[float, float]

    def mean(self, way: str, versus: str | None = None) -> tuple[float, float, float]:
        """Mean over targets with its 95 % interval; with ``versus`` of the paired difference.

        What varies: targets, those of one origin together, by Student's t or, from eight origins
        on, by bootstrap. NaN ends with a single origin.
        """
        low, high = self.bounds
        values = self.values[way]
        if versus is not None:
            values, low, high = values - self.values[versus], low - high, high - low
        ends = np.clip(_over_origins(values, self.origins), low, high)
        return float(values.mean()), float(ends[0]), float(ends[1])


RULE, PRIOR, RANDOM, ALONE = "the rule", "prior", "random choice", "alone"


def evaluate(
    places: Sequence[Place], *, always: str = "imagenet", on: Sequence[Place] | None = None
) -> dict[str, Judged]:
    """Judge the rule on every target.

    Args:
        places: Targets with gains, to learn from; those with fewer than two candidates are left
            out.
        always: Source that stands for "the same every time".
        on: Those of them to judge it on; by default all.

    Returns:
        ``"tau"`` (weighted Kendall, -1 to 1, higher is better), ``"regret"`` (AUC points, at
        least 0, lower is better), ``"interval score"`` (AUC points, lower is better) and
        ``"coverage"`` (share of gains inside their interval; should be `LEVEL`).
    """
    known = [place for place in places if len(place.candidates) > 1]
    ranked = [place for place in (places if on is None else on) if len(place.candidates) > 1]
    predictions = [predict(known, place.untried, judged=True) for place in ranked]
    ways: dict[str, list[Floats]] = {
        RULE: [prediction.expected for prediction in predictions],
        PRIOR: [prior(known, place) for place in ranked],
        f"always {always}": baselines.always([place.candidates for place in ranked], always),
        RANDOM: [np.zeros(len(place.candidates)) for place in ranked],
    }
    tau = {way: _each(ranked, told, _tau) for way, told in ways.items()}
    regret = {way: _each(ranked, told, _regret) for way, told in ways.items()}
    intervals = {
        RULE: [prediction.interval for prediction in predictions],
        PRIOR: [prior_interval(known, place) for place in ranked],
    }
    scores = {way: _each(ranked, told, _scored) for way, told in intervals.items()}
    coverage = {way: _each(ranked, told, _covered) for way, told in intervals.items()}
    judged = {"tau": tau, "regret": regret, "interval score": scores, "coverage": coverage}
    return {name: _by_target(ranked, values, BOUNDS[name]) for name, values in judged.items()}


def evaluate_measures(places: Sequence[Place]) -> dict[str, dict[str, Judged]]:
    """Judge every measure alone, beside the prior on the candidates that it speaks of.

    Args:
        places: Targets with gains.

    Returns:
        Per measure ``"tau"`` and ``"regret"`` as in `evaluate`, of `ALONE` and `PRIOR`, over the
        targets where the measure speaks of two candidates or more. Regret is against the best of
        all candidates, which may be one that the measure does not speak of.
    """
    names = sorted({name for place in places for name in _spoken_of(place)})
    return {name: _alone(name, places) for name in names}


def _spoken_of(place: Place) -> list[str]:
    return [name for name, values in place.scores.items() if np.isfinite(values).sum() > 1]


def _alone(name: str, places: Sequence[Place]) -> dict[str, Judged]:
    told = [place for place in places if name in _spoken_of(place)]
    known = [place.only(np.isfinite(place.scores[name]).tolist()) for place in told]
    ways = {
        ALONE: [place.scores[name] for place in known],
        PRIOR: [prior(places, place) for place in known],
    }
    unspoken = np.array(
        [_gains(p).max() - _gains(k).max() for p, k in zip(told, known, strict=True)]
    )
    tau = {way: _each(known, own, _tau) for way, own in ways.items()}
    regret = {way: _each(known, own, _regret) + unspoken for way, own in ways.items()}
    judged = {"tau": tau, "regret": regret}
    return {what: _by_target(known, values, BOUNDS[what]) for what, values in judged.items()}


def _by_target(
    places: Sequence[Place], values: Mapping[str, Floats], bounds: tuple[float, float]
) -> Judged:
    """One number per target: a target of several studies counts once."""
    named = {place.target.casefold(): place for place in places}
    rows = [[i for i, p in enumerate(places) if p.target.casefold() == name] for name in named]
    return Judged(
        targets=tuple(place.target for place in named.values()),
        origins=tuple(place.origin.casefold() for place in named.values()),
        values={way: np.array([own[r].mean() for r in rows]) for way, own in values.items()},
        bounds=bounds,
    )


def prior(places: Sequence[Place], place: Place) -> Floats:
    """Mean standing of each candidate on the targets that are no relatives, 0 if tried nowhere."""
    return mean_standings(_standings(others(places, place), place))


def prior_interval(places: Sequence[Place], place: Place) -> Floats:
    """Interval from experience alone, (2, n): mean and spread of a candidate's own standing.

    In AUC points from the mean of the candidates, by the mean spread of the other targets.
    """
    from scipy.special import ndtri

    rest = others(places, place)
    told = _standings(rest, place)
    middle = mean_standings(told)
    reach = np.array([np.std(v, ddof=1) if len(v) > 1 else 1.0 for v in told])
    reach = reach * float(ndtri((1 + LEVEL) / 2))
    spread = float(np.mean([other.spread for other in rest])) if rest else 0.0
    return spread * np.stack([middle - reach, middle + reach])


def interval_score(interval: Floats, truth: Floats) -> float:
    """Mean width of intervals, plus 2 / (1 - LEVEL) times how far the truth lies outside.

    Args:
        interval: Low and high ends, shape (2, n).
        truth: Shape (n,).

    Returns:
        In the unit of the truth, at least 0, lower is better.

    References:
        Gneiting & Raftery, "Strictly proper scoring rules", JASA 2007, section 6.2.
    """
    low, high = interval
    outside = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return float(np.mean(high - low + 2 / (1 - LEVEL) * outside))


def _scored(gains: Floats, interval: Floats) -> float:
    return interval_score(interval, _centred(gains))


def _covered(gains: Floats, interval: Floats) -> float:
    low, high = interval
    truth = _centred(gains)
    return float(np.mean((low <= truth) & (truth <= high)))


def _centred(gains: Floats) -> Floats:
    return np.asarray(gains - gains.mean(), dtype=np.float64)


def _gains(place: Place) -> Floats:
    assert place.gains is not None
    return place.gains


def _standings(rest: Sequence[Place], place: Place) -> list[list[float]]:
    told = standings(rest)
    return [told.get(key, told.get(("", key[1]), [])) for key in place.keys]


def _each(
    places: Sequence[Place], told: Sequence[Floats], judge: Callable[[Floats, Floats], float]
) -> Floats:
    return np.array([judge(_gains(p), own) for p, own in zip(places, told, strict=True)])


def _tau(gains: Floats, told: Floats) -> float:
    return float(weighted_tau(told, gains))


def _regret(gains: Floats, told: Floats) -> float:
    return float(gains.max() - expected_best(gains, told, 1))


def _over_origins(values: Floats, origins: Sequence[str]) -> tuple[float, float]:
    names = sorted(set(origins))
    if len(names) < FEW:
        ends = student_interval(values[:, None], np.ones(len(values)), origins)
        return float(ends[0][0]), float(ends[1][0])
    groups = [np.flatnonzero([o == name for o in origins]) for name in names]
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(names), size=(RESAMPLES, len(names)))
    sums, sizes = (np.array([f(values[g]) for g in groups]) for f in (np.sum, len))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
