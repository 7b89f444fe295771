"""What a prediction rests on, said for a paper: only what was known of these starting points."""

from collections.abc import Mapping, Sequence

import numpy as np

from warmstart.core.text import first_few, listed
from warmstart.recommendation.rule import Rule
from warmstart.recommendation.starting_points import StartingPoint

MOST_NAMES = 12
"""Of more names than these, the first are said."""


def named(names: Sequence[str]) -> str:
    """Names as a sentence lists them, at most `MOST_NAMES`."""
    return listed(names) if len(names) <= MOST_NAMES else first_few(names, MOST_NAMES)


def rests_on(
    points: Sequence[StartingPoint], scores: Sequence[Mapping[str, float]], rule: Rule
) -> str:
    """Say what the prediction of several starting points rests on.

    Args:
        points: The starting points.
        scores: Of each what measures say of it, by name; NaN is not known.
        rule: What the prediction follows.
    """
    tried = [point.name for point in points if rule.knows(point.candidate)]
    sources = {source for _, source in rule.experience}
    new = [point for point in points if not rule.knows(point.candidate)]
    elsewhere = [point.name for point in new if point.source.casefold() in sources]
    untried = [point.name for point in new if point.source.casefold() not in sources]
    measures = [name.replace("_", " ") for name in used_measures(scores, rule)]
    grounds = []
    if tried and rule.trust:
        grounds.append(f"what {named(tried) if new else 'each'} gained on other targets")
    if elsewhere and rule.trust:
        grounds.append(
            f"what the {'source' if len(elsewhere) == 1 else 'sources'} of {named(elsewhere)} "
            "gained on other targets with other networks"
        )
    if measures:
        grounds.append(f"measures of them on the images ({named(measures)})")
    if not grounds:
        return "Nothing that is known of them tells them apart: the prediction takes all as equal."
    fitted = ", with weights fitted to other targets" if measures or rule.trust != 1.0 else ""
    rest = _rest(tried or elsewhere, untried) if rule.trust else ""
    told = " and from ".join(grounds)
    return f"What they gain was predicted from {told}{fitted}{rest}."


def used_measures(scores: Sequence[Mapping[str, float]], rule: Rule) -> list[str]:
    """Measures with a weight that two starting points or more can be compared by.

    Args:
        scores: Of each starting point what measures say of it, by name; NaN is not known.
        rule: What the prediction follows.
    """
    told = {
        name: sum(bool(np.isfinite(own.get(name, np.nan))) for own in scores)
        for name in rule.weights
    }
    return [name for name, count in told.items() if count > 1]


def _rest(tried: Sequence[str], untried: Sequence[str]) -> str:
    """Of starting points without experience."""
    if not untried:
        return ""
    if not tried:
        return "; none of them was tried there"
    was, counts = ("was", "counts") if len(untried) == 1 else ("were", "count")
    return f"; {named(untried)} {was} not tried there and {counts} as average"
