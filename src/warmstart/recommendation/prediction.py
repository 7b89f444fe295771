"""What to expect of each candidate on a new target, and how sure that is.

One draw is the expected standing plus errors the rule made on a target of the atlas that it had
not seen, times how far candidates are apart on that target. So intervals are as wide as the rule
has been wrong; for a candidate that was tried nowhere, as it has been wrong without experience.
On a target that is like none of the atlas, errors come from the half of its targets on which they
were largest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from warmstart.analysis.cells import Candidate
from warmstart.analysis.practical import COUNTS
from warmstart.errors import DataError
from warmstart.metrics.arrays import Floats, Ints
from warmstart.recommendation.likeness import likenesses
from warmstart.recommendation.places import Place
from warmstart.recommendation.rule import Rule, enough, fit, learn, others

DRAWS = 4000
LEVEL = 0.9
"""Of the intervals."""
NEAREST = 3
"""How many targets of the atlas are named."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """What to expect of each candidate, in AUC points from the mean of the candidates.

    Attributes:
        candidates: Network and source of each.
        expected: Their expected standing in standard deviations, shape (n,).
        draws: Possible outcomes in AUC points, shape (DRAWS, n); NaN where the atlas holds no
            target on which candidates differ.
        rule: What it rests on.
        nearest: Names of the targets of the atlas that are most alike, the nearest first; empty
            where no likeness is known.
        seen: Whether the nearest is as near as targets of the atlas are to each other, as far as
            the same candidates tell; ``None`` where no likeness is known.
    """

    candidates: tuple[Candidate, ...]
    expected: Floats
    draws: Floats
    rule: Rule
    nearest: tuple[str, ...]
    seen: bool | None

    @property
    def gains(self) -> Floats:
        """Mean of the draws, in AUC points from the mean of the candidates, shape (n,)."""
        return np.asarray(self.draws.mean(axis=0), dtype=np.float64)

    @property
    def interval(self) -> Floats:
        """Low and high end of the middle `LEVEL` of the draws, shape (2, n)."""
        ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
        return np.asarray(np.quantile(self.draws, ends, axis=0), dtype=np.float64)

    @property
    def best(self) -> Floats:
        """Probability that each candidate is the best, shape (n,), sum 1; equal if not known."""
        if not np.isfinite(self.draws).all():
            return np.full(len(self.candidates), 1 / len(self.candidates))
        top = self.draws >= self.draws.max(axis=1, keepdims=True)
        return np.asarray((top / top.sum(axis=1, keepdims=True)).mean(axis=0), dtype=np.float64)

    @property
    def within(self) -> Floats:
        """Probability that each is at most `COUNTS` AUC points below the best, (n,), or NaN."""
        if not np.isfinite(self.draws).all():
            return np.full(len(self.candidates), np.nan)
        lost = self.draws.max(axis=1, keepdims=True) - self.draws
        return np.asarray((lost <= COUNTS).mean(axis=0), dtype=np.float64)

    def ordered(self, order: Sequence[int]) -> "Prediction":
        """The same with the candidates in another order, given by their present places."""
        return replace(
            self,
            candidates=tuple(self.candidates[i] for i in order),
            expected=self.expected[list(order)],
            draws=self.draws[:, list(order)],
        )


def predict(
    atlas: Sequence[Place], place: Place, *, judged: bool = False, seed: int = 0
) -> Prediction:
    """Predict what each candidate gives on a target, from the other targets of the atlas.

    Args:
        atlas: Targets with gains. The target itself and its relatives, if there, do not enter.
        place: The target; its gains, if known, are not looked at.
        judged: Whether it is a target of the atlas, left out to judge the rule by it.
        seed: The same seed gives the same numbers.

    Raises:
        DataError: If the target has no candidates.
    """
    if not place.candidates:
        raise DataError(f"{place.target} has no candidates; name at least one source.")
    known = others(atlas, place)
    rule = learn(known, judged=judged)
    expected = rule.expected(place.untried)
    alike = likenesses(place, known)
    seen = _seen(alike, [other.among(place.candidates) for other in known])
    order = np.argsort(-np.where(np.isnan(alike), -np.inf, alike), kind="stable")[:NEAREST]
    return Prediction(
        candidates=place.candidates,
        expected=expected,
        draws=_draws(
            place,
            expected,
            rule,
            known,
            np.random.default_rng(seed),
            fitted=enough(known, judged=judged),
            unlike=seen is False,
        ),
        rule=rule,
        nearest=tuple(known[i].target for i in order if np.isfinite(alike[i])),
        seen=seen,
    )


def _seen(alike: Floats, known: Sequence[Place]) -> bool | None:
    """Whether the nearest target is no further than the loneliest one of the atlas is."""
    if not np.isfinite(alike).any():
        return None
    nearest = [
        np.nanmax(own)
        for own in (likenesses(p, others(known, p)) for p in known)
        if np.isfinite(own).any()
    ]
    return not nearest or bool(np.nanmax(alike) >= min(nearest))


def _draws(
    place: Place,
    expected: Floats,
    rule: Rule,
    known: Sequence[Place],
    rng: np.random.Generator,
    *,
    fitted: bool,
    unlike: bool,
) -> Floats:
    """Expected standing plus errors, in AUC points, (DRAWS, n), each draw with mean 0."""
    count = len(place.candidates)
    usable = [other for other in known if other.spread > 0]
    usable = [other for other in usable if other.tried(place.candidates)] or usable
    if not usable:
        return np.full((DRAWS, count), np.nan)
    errors = [_errors(_without(known, other, rule, fitted), other) for other in usable]
    spreads = np.array([other.spread for other in usable])
    chosen = rng.choice(_eligible([own[0] for own in errors], spreads, unlike), size=DRAWS)
    kinds = [int(not rule.knows(candidate)) for candidate in place.candidates]
    drawn = np.stack([errors[i][kinds, rng.choice(errors[i].shape[1], size=count)] for i in chosen])
    outcomes = spreads[chosen, None] * (expected + drawn)
    return np.asarray(outcomes - outcomes.mean(axis=1, keepdims=True), dtype=np.float64)


def _without(known: Sequence[Place], place: Place, rule: Rule, fitted: bool) -> Rule:
    """The same kind of rule, learned without one target."""
    rest = others(known, place)
    return fit(rest, [rule.shrinkage])[0] if fitted else learn(rest, judged=True)


def _errors(rule: Rule, place: Place) -> Floats:
    """Of a rule on a target it has not seen; second row: with no candidate tried before."""
    blank = replace(rule, experience={})
    expected = [one.expected(place.untried) for one in (rule, blank)]
    return np.asarray(place.standing - np.stack(expected), dtype=np.float64)


def _eligible(errors: Sequence[Floats], spreads: Floats, unlike: bool) -> Ints:
    """Which targets errors are drawn from: all, or the half with the largest."""
    sizes = spreads * np.array([np.sqrt(np.mean(own**2)) for own in errors])
    count = (len(sizes) + 1) // 2 if unlike else len(sizes)
    return np.asarray(np.argsort(-sizes, kind="stable")[:count])
