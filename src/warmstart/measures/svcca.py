"""Canonical correlations of the leading principal directions of two representations."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh

from warmstart.errors import DataError
from warmstart.measures.cca import MUCH, checked_pair, correlations, rounding
from warmstart.measures.checks import Floats


def svcca(activations_a: ArrayLike, activations_b: ArrayLike, *, keep: float | int = 0.99) -> float:
    """Mean canonical correlation of the leading principal directions of two representations.

    Args:
        activations_a: One row per image, or per image and place, shape (n, d).
        activations_b: The same images and places, shape (n, e); n above d and e.
        keep: Share of each side's variance that its leading directions must hold; or, as an
            integer, how many directions of each side.

    Returns:
        0 to 1, higher is more alike.

    Raises:
        DataError: As `cca`, and if there is no such share or number of directions.

    Example:
        >>> from warmstart.measures.cca import cca
        >>> a = np.random.default_rng(0).normal(size=(50, 4)) * [9.0, 9.0, 0.1, 0.1]
        >>> svcca(a, a[:, :2], keep=0.99) > cca(a, np.roll(a, 1, axis=0))
        True

    References:
        Raghu et al., "SVCCA: singular vector canonical correlation analysis", NeurIPS 2017.
    """
    a, b = (_leading(x, keep) for x in checked_pair(activations_a, activations_b))
    return float(correlations(a.T @ b).mean())


def _leading(x: Floats, keep: float | int) -> Floats:
    """Orthonormal basis of the leading principal directions, shape (n, count).

    As in `warmstart.measures.cca`: the eigenvectors of the inner products are as good as a
    decomposition of x itself, and faster, for directions of much spread.
    """
    values, turn = eigh(x.T @ x, overwrite_a=True, check_finite=False, driver="evd")
    values, turn = np.maximum(values[::-1], 0.0), turn[:, ::-1]
    count = _directions_kept(values, keep)
    if 1 <= count <= len(values) and values[count - 1] > MUCH**2 * values[0]:
        return np.asarray(x @ (turn[:, :count] / np.sqrt(values[:count])))
    basis, triangle = np.linalg.qr(x)
    turn, spread, _ = np.linalg.svd(triangle)
    count = _directions_kept(np.square(spread), keep)
    directions = int((spread > spread[0] * rounding(spread)).sum())
    if not 1 <= count <= directions:
        raise DataError(
            f"keep is {keep}; expected a share of the variance above 0, at most 1, or a number of "
            f"directions from 1 to {directions}."
        )
    return np.asarray(basis @ turn[:, :count])


def _directions_kept(squared_spread: Floats, keep: float | int) -> int:
    """How many: as many as asked for, or as hold the share; 0 for a share that is none."""
    if isinstance(keep, int):
        return keep
    held = np.cumsum(squared_spread) / squared_spread.sum()
    share = keep * (1 - 1e-12)  # so that all of the variance is reached
    return 1 + int(np.searchsorted(held, share)) if keep > 0 else 0
