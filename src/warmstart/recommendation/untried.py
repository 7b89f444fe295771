"""A target that nobody has tried: what to measure there, and what to expect."""

from collections.abc import Sequence

import pandas as pd

from warmstart.measures import known_measures
from warmstart.recommendation.places import Place, scores_at
from warmstart.recommendation.prediction import Prediction, predict
from warmstart.recommendation.rule import learn
from warmstart.recommendation.starting_points import StartingPoint


def wanted(places: Sequence[Place], target: str) -> list[str]:
    """Names of the measures that a target is to be measured by.

    Every score of a network, and of the distances between datasets, which take far longer, those
    that the rule gives a weight.

    Args:
        places: Targets with gains.
        target: Name of the new one.
    """
    rest = [place for place in places if place.target.casefold() != target.casefold()]
    weights = learn(rest).weights
    rows = known_measures()[0]
    return [
        name
        for name, row in rows.items()
        if row.kind == "score" or (row.kind == "distance" and name in weights)
    ]


def predicted(
    places: Sequence[Place],
    target: str,
    points: Sequence[StartingPoint],
    measures: pd.DataFrame,
    *,
    seed: int,
) -> Prediction:
    """Predict what each starting point gives, in the order of the points.

    Measures that the atlas does not know say nothing, and are left out.

    Args:
        places: Targets with gains.
        target: Name of the new one.
        points: Starting points.
        measures: Of the target, in the tidy form.
        seed: The same seed gives the same numbers.
    """
    known = {name for place in places for name in place.scores}
    candidates = tuple(point.candidate for point in points)
    scores = scores_at(target, candidates, measures)
    place = Place(
        target=target,
        origin=target,
        candidates=candidates,
        scores={name: own for name, own in scores.items() if name in known},
    )
    return predict(places, place, seed=seed)
