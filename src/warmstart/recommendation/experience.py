"""What other targets tell of a new one: the atlas, and a prediction from it."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import pandas as pd

from warmstart.errors import DataError
from warmstart.measures import known_measures
from warmstart.recommendation.atlas import atlas_places, read_atlas
from warmstart.recommendation.places import Place, scores_at
from warmstart.recommendation.prediction import Prediction, predict
from warmstart.recommendation.rule import learn
from warmstart.recommendation.starting_points import StartingPoint


def experience(atlas: Path | None) -> list[Place]:
    """Targets of the atlas that ships, and of the user's own.

    Raises:
        DataError: If the user's own is not there, or a study of them is damaged.
    """
    if atlas is not None and not atlas.is_dir():
        found = "is not a folder" if atlas.exists() else "does not exist"
        raise DataError(
            f"--atlas: {atlas} {found}; the folder of an atlas was expected. "
            "`warmstart atlas add PATH --atlas DIR` makes one."
        )
    shipped = resources.files("warmstart.recommendation") / "atlas_seed"
    with resources.as_file(shipped) as folder:
        entries = read_atlas(folder)
    return atlas_places(entries + ([] if atlas is None else read_atlas(atlas)))


def wanted(places: Sequence[Place], target: str) -> list[str]:
    """Names of the measures that a target is to be measured by.

    Every score of a network, and of the distances between datasets, which take far longer, those
    that the rule gives a weight.

    Args:
        places: Targets with gains.
        target: Name of the new one.
    """
    weights = learn([place for place in places if place.target != target]).weights
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
