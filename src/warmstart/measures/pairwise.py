"""Squared distances between all pairs of two sets of features."""

import numpy as np

from warmstart.measures.checks import Floats


def squared_distances(a: Floats, b: Floats) -> Floats:
    """Squared Euclidean distances, (n, d) and (m, d) to (n, m).

    Both are moved to the mean of ``a`` first, so that a common offset costs no digits.
    """
    centre = a.mean(axis=0)
    a, b = a - centre, b - centre
    found = -2.0 * (a @ b.T)
    found += np.square(a).sum(axis=1)[:, None]
    found += np.square(b).sum(axis=1)
    return np.maximum(found, 0.0, out=found)
