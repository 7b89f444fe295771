"""What a user must know of an answer beside how it was found."""

from collections.abc import Iterator, Sequence

import numpy as np

from warmstart.recommendation.answer import Recommendation
from warmstart.recommendation.places import Place
from warmstart.studies.inputs import Inputs

_GUESSING = 0.5
"""AUC of a network that has learned nothing."""


def answer_notes(found: Recommendation, places: Sequence[Place], inputs: Inputs) -> Iterator[str]:
    """Say what limits an answer, one sentence each.

    Args:
        found: The answer.
        places: Targets of the atlas.
        inputs: The images with their digests.
    """
    name = found.target
    if name.casefold() in {place.target.casefold() for place in places}:
        yield (
            f"The atlas holds a target called {name} too; it is taken to be these images, and what "
            "it says of them is left out of the prediction."
        )
    digests = inputs.digests[name]
    if len(set(digests)) == 1:
        yield f"All {len(digests):,} images are identical: nothing tells their classes apart."
    chosen = found.chosen
    if chosen is None or np.isnan(chosen.corrected):
        return
    low = chosen.corrected if np.isnan(chosen.low) else chosen.low
    if low <= _GUESSING:
        yield (
            f"The AUC to expect is not told apart from {_GUESSING:g}, that of guessing: whether "
            "any start learns these classes is not known."
        )
