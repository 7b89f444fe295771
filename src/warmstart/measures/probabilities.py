"""What measures ask of the class probabilities of the source's own head."""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import DataError
from warmstart.measures.checks import Floats, check_features, check_length

SUM_TOLERANCE = 1e-3
"""How far probabilities may be from summing to one: those of half precision are, by 5e-4."""


def check_probabilities(
    probabilities: ArrayLike, n: int | None = None, name: str = "source_probabilities"
) -> Floats:
    """Return class probabilities of the source's head, shape (n, z), as float64.

    Args:
        probabilities: One row per image, each summing to one.
        n: How many images there are, where that is known.
        name: What messages call them.

    Raises:
        DataError: If they are not probabilities, or of another number of images.
    """
    p = check_features(probabilities, name, least=1).astype(np.float64, copy=False)
    if n is not None:
        check_length(p, n, name)
    negative = (p < 0).any(axis=1)
    if negative.any():
        raise DataError(
            f"{name} row {int(np.argmax(negative))} holds a negative number; expected "
            "probabilities: apply softmax to the logits."
        )
    sums = p.sum(axis=1)
    off = np.abs(sums - 1) > SUM_TOLERANCE
    if off.any():
        row = int(np.argmax(off))
        raise DataError(
            f"{name} row {row} sums to {sums[row]:.4g}; expected 1: apply softmax to the logits."
        )
    return p
