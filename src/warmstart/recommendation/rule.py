"""The rule: experience, corrected by scores as far as the atlas supports them.

The expected standing of a candidate on a new target is its mean standing on other targets times
one weight, plus its scores times weights of their own. No weight is negative; they are fitted,
with shrinkage, to targets of the atlas. How strong the shrinkage is, perhaps so strong that no
score is left, is what predicts best a target left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warmstart.analysis.cells import Candidate
from warmstart.metrics.arrays import Floats
from warmstart.recommendation.places import Place, same_start

SHRINKAGES = (np.inf, 3.0, 1.0, 0.3, 0.1, 0.03)
"""Penalties, relative to the number of pairs, the simplest first; infinity: experience alone."""
EXPERIENCE_ALONE = SHRINKAGES[0]
MIN_ORIGINS = 3
"""With fewer nothing is fitted: experience counts as it is. A rule that is used needs one more, so
that the rules it is judged by, each learned without one target, are of its kind."""
AVERAGE_TARGETS = 1.0
"""Experience is averaged with as many targets on which a candidate was average."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule:
    """What the atlas has taught.

    Attributes:
        experience: Mean standing of each candidate, names as in `Place.keys`; one that is missing
            counts as its source does with other networks, or as average, 0.
        trust: Weight of experience.
        weights: Weight of each measure that is supported; none is 0.
        shrinkage: Which of `SHRINKAGES` was chosen.
    """

    experience: dict[Candidate, float]
    trust: float
    weights: dict[str, float]
    shrinkage: float

    def expected(self, place: Place) -> Floats:
        """Expected standing of each candidate of a place, in standard deviations, mean 0."""
        total = self.trust * _told(self.experience, place)
        for name, weight in self.weights.items():
            total = total + weight * _score(place, name)
        return np.asarray(total - total.mean(), dtype=np.float64)

    def knows(self, candidate: Candidate) -> bool:
        """Whether there is experience with this very candidate, as far as networks are known."""
        return any(same_start(candidate, known) for known in self.experience)


def learn(places: Sequence[Place], *, judged: bool = False) -> Rule:
    """Learn the rule from targets with gains; what is to be predicted must not be among them.

    Args:
        places: Targets of the atlas; none gives the rule that calls all candidates equal.
        judged: Whether one target was left out, to judge the rule by it.
    """
    if not enough(places, judged=judged):
        return Rule(
            experience=experience_of(places), trust=1.0, weights={}, shrinkage=EXPERIENCE_ALONE
        )
    return fit(places, [choose(places)])[0]


def enough(places: Sequence[Place], *, judged: bool) -> bool:
    """Whether weights are fitted to these places; see `MIN_ORIGINS`."""
    return len({place.origin for place in places}) >= MIN_ORIGINS + (not judged)


def choose(places: Sequence[Place]) -> float:
    """Return the shrinkage that predicts best each place from those of other origins."""
    errors = np.zeros(len(SHRINKAGES))
    for place in places:
        rules = fit(others(places, place), SHRINKAGES)
        errors += [np.mean((place.standing - rule.expected(place.untried)) ** 2) for rule in rules]
    return SHRINKAGES[int(np.argmin(errors))]


def fit(places: Sequence[Place], shrinkages: Sequence[float]) -> list[Rule]:
    """Fit the weights to places with gains, once per shrinkage."""
    names = sorted({name for place in places for name in place.scores})
    x = np.concatenate(
        [np.empty((0, 1 + len(names)))]
        + [_columns(place, experience_of(others(places, place)), names) for place in places]
    )
    y = np.concatenate([np.empty(0)] + [place.standing for place in places])
    experience, rules = experience_of(places), []
    for shrinkage in shrinkages:
        found = _non_negative(x, y, shrinkage)
        weights = {n: float(w) for n, w in zip(names, found[1:], strict=False) if w > 0}
        trust = float(found[0])
        rules.append(Rule(experience=experience, trust=trust, weights=weights, shrinkage=shrinkage))
    return rules


def others(places: Sequence[Place], place: Place) -> list[Place]:
    """Places that are neither this target nor a relative of it."""
    origin, target = place.origin.casefold(), place.target.casefold()
    return [p for p in places if p.origin.casefold() != origin and p.target.casefold() != target]


def experience_of(places: Sequence[Place]) -> dict[Candidate, float]:
    """Mean standing of each candidate over places, averaged with `AVERAGE_TARGETS` zeros."""
    told = standings(places)
    return {c: sum(values) / (len(values) + AVERAGE_TARGETS) for c, values in told.items()}


def standings(places: Sequence[Place]) -> dict[Candidate, list[float]]:
    """Standings of each candidate, names as in `Place.keys`.

    What is told of a source without a network counts for it in every network, and the other way
    round.
    """
    told: dict[Candidate, list[float]] = {}
    anywhere: dict[str, list[float]] = {}
    for place in places:
        for key, value in zip(place.keys, place.standing.tolist(), strict=True):
            told.setdefault(key, []).append(value)
            anywhere.setdefault(key[1], []).append(value)
    return {
        (network, source): values + told.get(("", source), []) if network else anywhere[source]
        for (network, source), values in told.items()
    }


def _columns(place: Place, experience: dict[Candidate, float], names: Sequence[str]) -> Floats:
    """What speaks for each candidate, centred: experience, then the measures, (n, 1 + m)."""
    table = np.stack([_told(experience, place), *(_score(place, name) for name in names)], axis=1)
    return np.asarray(table - table.mean(axis=0), dtype=np.float64)


def _non_negative(x: Floats, y: Floats, shrinkage: float) -> Floats:
    """Least squares with weights >= 0 and a penalty on all but the first.

    The first weight is 1 where nothing can be learned: experience is then all there is.
    """
    from scipy.optimize import nnls

    if not x[:, 0].any():
        return np.ones(1)
    if np.isinf(shrinkage) or x.shape[1] == 1:
        return np.array([max(float(x[:, 0] @ y / (x[:, 0] @ x[:, 0])), 0.0)])
    penalty = np.sqrt(shrinkage * len(y)) * np.eye(x.shape[1])[1:]
    padded = np.concatenate([y, np.zeros(len(penalty))])
    weights: Floats = nnls(np.concatenate([x, penalty]), padded)[0]
    return weights


def _told(experience: dict[Candidate, float], place: Place) -> Floats:
    """Experience with each candidate, or else with its source in other networks."""
    of_source: dict[str, list[float]] = {}
    for (_, source), value in experience.items():
        of_source.setdefault(source, []).append(value)
    borrowed = {source: sum(values) / len(values) for source, values in of_source.items()}
    borrowed |= {source: value for (network, source), value in experience.items() if not network}
    told = [experience.get(key, borrowed.get(key[1], 0.0)) for key in place.keys]
    return np.array(told, dtype=np.float64)


def _score(place: Place, name: str) -> Floats:
    """Standardised; a measure that is unknown here says nothing."""
    return place.standard_scores.get(name, np.zeros(len(place.candidates)))
