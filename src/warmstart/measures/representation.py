"""What comparisons of two representations of the same images share."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import DataError
from warmstart.measures.checks import Floats, check_features, check_same_length

Comparison = Callable[[ArrayLike, ArrayLike], float]


def centred_pair(
    activations_a: ArrayLike, activations_b: ArrayLike, *, least: int = 2
) -> tuple[Floats, Floats]:
    """Return both representations with the mean of each neuron taken away.

    Args:
        activations_a: Shape (n, d).
        activations_b: Shape (n, e).
        least: How many rows are needed.

    Raises:
        DataError: If rows do not match or are too few, a value is not finite, or all neurons of one
            are constant.
    """
    a = _centred(activations_a, "activations_a", least)
    b = _centred(activations_b, "activations_b", least)
    check_same_length(a, b)
    return a, b


def independent_baseline(
    compare: Comparison,
    activations_a: ArrayLike,
    activations_b: ArrayLike,
    *,
    repeats: int = 10,
    seed: int = 0,
) -> Floats:
    """What a comparison says of these representations when they have nothing to do with each other.

    The rows of the second are put into a drawn order, so that sizes and spectra stay and only the
    correspondence is lost. Every similarity should be read against it.

    Args:
        compare: `cca`, `linear_cka`, ...
        activations_a: Shape (n, d).
        activations_b: Shape (n, e).
        repeats: How many orders are drawn.
        seed: Seed of the draws.

    Returns:
        Values of the comparison, shape (repeats,).

    Example:
        >>> from warmstart.measures.cca import cca
        >>> a = np.random.default_rng(0).normal(size=(200, 8))
        >>> bool(0.1 < independent_baseline(cca, a, a).mean() < 0.3 < cca(a, a))
        True
    """
    a, b = np.asarray(activations_a), np.asarray(activations_b)
    rng = np.random.default_rng(seed)
    return np.array([compare(a, b[rng.permutation(len(b))]) for _ in range(repeats)])


def _centred(activations: ArrayLike, name: str, least: int) -> Floats:
    x = np.asarray(check_features(activations, name, least=least), np.float64)
    constant = (x == x[0]).all(axis=0)
    if constant.all():
        raise DataError(f"{name} are constant in every neuron; nothing can be compared with them.")
    centred: Floats = x - x.mean(axis=0)
    centred[:, constant] = 0.0
    return centred
