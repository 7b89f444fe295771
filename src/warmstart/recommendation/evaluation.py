"""How often the rule has been right: each target predicted from all that are no relatives of it.

Nothing that is chosen can have seen the target it is judged on: `predict` gets the target without
its gains, and learns from `others`, which leaves out the target and its relatives.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.analysis.agreement import expected_best
from warmstart.analysis.experience import mean_standings, standings_of
from warmstart.analysis.rank_correlations import weighted_tau
from warmstart.metrics.arrays import Floats
from warmstart.recommendation.places import Place
from warmstart.recommendation.prediction import LEVEL, predict
from warmstart.recommendation.rule import others

RESAMPLES = 2000


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """One quantity on every target, for the rule and for what it must beat.

    Attributes:
        targets: Names.
        origins: Of each target.
        values: Per way to choose one number per target.
    """

    targets: tuple[str, ...]
    origins: tuple[str, ...]
    values: dict[str, Floats]

    def mean(self, way: str, versus: str | None = None) -> tuple[float, float, float]:
        """Mean over targets with its 95 % interval; with ``versus`` of the paired difference.

        What varies: targets, drawn with replacement by origin. NaN ends with a single origin.
        """
        values = self.values[way] - (0.0 if versus is None else self.values[versus])
        return (float(values.mean()), *_over_origins(values, self.origins))


RULE, PRIOR, RANDOM, ALONE = "the rule", "prior", "random choice", "alone"


def evaluate(places: Sequence[Place], *, always: str = "imagenet") -> dict[str, Judged]:
    """Judge the rule on every target.

    Args:
        places: Targets with gains; those with fewer than two candidates are left out.
        always: Source that stands for "the same every time".

    Returns:
        ``"tau"`` (weighted Kendall, -1 to 1, higher is better), ``"regret"`` (AUC points, at
        least 0, lower is better), ``"interval score"`` (AUC points, lower is better) and
        ``"coverage"`` (share of gains inside their interval; should be `LEVEL`).
    """
    ranked = [place for place in places if len(place.candidates) > 1]
    predictions = [predict(ranked, place.untried, judged=True) for place in ranked]
    ways: dict[str, list[Floats]] = {
        RULE: [prediction.expected for prediction in predictions],
        PRIOR: [prior(ranked, place) for place in ranked],
        f"always {always}": [_always(place, always) for place in ranked],
        RANDOM: [np.zeros(len(place.candidates)) for place in ranked],
    }
    tau = {way: _each(ranked, told, _tau) for way, told in ways.items()}
    regret = {way: _each(ranked, told, _regret) for way, told in ways.items()}
    intervals = {
        RULE: [prediction.interval for prediction in predictions],
        PRIOR: [prior_interval(ranked, place) for place in ranked],
    }
    scores = {way: _each(ranked, told, _scored) for way, told in intervals.items()}
    coverage = {way: _each(ranked, told, _covered) for way, told in intervals.items()}
    judged = {"tau": tau, "regret": regret, "interval score": scores, "coverage": coverage}
    return {name: _by_target(ranked, values) for name, values in judged.items()}


def evaluate_measures(places: Sequence[Place]) -> dict[str, dict[str, Judged]]:
    """Judge every measure alone, beside the prior on the candidates that it speaks of.

    Args:
        places: Targets with gains.

    Returns:
        Per measure ``"tau"`` and ``"regret"`` as in `evaluate`, of `ALONE` and `PRIOR`, over the
        targets where the measure speaks of two candidates or more.
    """
    return {
        name: {
            "tau": _alone(name, places, _tau),
            "regret": _alone(name, places, _regret),
        }
        for name in sorted({name for place in places for name in _spoken_of(place)})
    }


def _spoken_of(place: Place) -> list[str]:
    return [name for name, values in place.scores.items() if np.isfinite(values).sum() > 1]


def _alone(name: str, places: Sequence[Place], judge: Callable[[Floats, Floats], float]) -> Judged:
    told = [place for place in places if name in _spoken_of(place)]
    known = [place.only(np.isfinite(place.scores[name]).tolist()) for place in told]
    values = {
        ALONE: _each(known, [place.scores[name] for place in known], judge),
        PRIOR: _each(known, [prior(places, place) for place in known], judge),
    }
    return _by_target(known, values)


def _by_target(places: Sequence[Place], values: Mapping[str, Floats]) -> Judged:
    """One number per target: a target of several studies counts once."""
    origins = {place.target: place.origin for place in places}
    rows = [[i for i, place in enumerate(places) if place.target == name] for name in origins]
    return Judged(
        targets=tuple(origins),
        origins=tuple(origins.values()),
        values={way: np.array([own[r].mean() for r in rows]) for way, own in values.items()},
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
    return standings_of(place.candidates, [(p.candidates, p.standing) for p in rest])


def _always(place: Place, source: str) -> Floats:
    return np.array([float(name.casefold() == source.casefold()) for _, name in place.candidates])


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
    if len(names) < 2:
        return float("nan"), float("nan")
    groups = [np.flatnonzero([o == name for o in origins]) for name in names]
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(names), size=(RESAMPLES, len(names)))
    sums, sizes = (np.array([f(values[g]) for g in groups]) for f in (np.sum, len))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
