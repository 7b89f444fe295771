"""Canonical correlations of two representations of the same images."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh, solve_triangular

from warmstart.errors import DataError
from warmstart.measures.checks import Floats
from warmstart.measures.representation import centred_pair

_MUCH = 1e-2
"""Share of its length that a neuron adds to others; its square is lost in digits, 4 of 16."""


def cca(activations_a: ArrayLike, activations_b: ArrayLike) -> float:
    """Mean canonical correlation of two representations.

    Neurons that are constant, or linear combinations of others, add no direction.

    Args:
        activations_a: One row per image, or per image and place, shape (n, d).
        activations_b: The same images and places, shape (n, e); n above d and e.

    Returns:
        Mean over the directions of the smaller representation, 0 to 1; higher is more alike; 1 if
        one is a linear function of the other. Independent ones have about ``sqrt(d / n)``, not 0:
        compare with `independent_baseline`.

    Raises:
        DataError: If rows do not match, there are more neurons than rows, a value is not finite, or
            all neurons are constant.

    Example:
        >>> round(cca([[1.0], [2.0], [4.0]], [[-3.0], [-5.0], [-9.0]]), 6)
        1.0

    References:
        Raghu et al., "SVCCA", NeurIPS 2017; Raghu et al., "Transfusion", NeurIPS 2019.
    """
    _, a, b = _bases(activations_a, activations_b)
    return float(_correlations(_cross(a, b)).mean())


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
        >>> a = np.random.default_rng(0).normal(size=(50, 4)) * [9.0, 9.0, 0.1, 0.1]
        >>> svcca(a, a[:, :2], keep=0.99) > cca(a, np.roll(a, 1, axis=0))
        True

    References:
        Raghu et al., "SVCCA: singular vector canonical correlation analysis", NeurIPS 2017.
    """
    a, b = (_leading(x, keep) for x in _checked(activations_a, activations_b))
    return float(_correlations(a.T @ b).mean())


def pwcca(activations_a: ArrayLike, activations_b: ArrayLike) -> float:
    r"""Canonical correlations weighted by how much of the first representation they explain.

    :math:`\sum_i \alpha_i \rho_i / \sum_i \alpha_i` with :math:`\alpha_i = \sum_j |\langle h_i, z_j
    \rangle|`, :math:`h_i` the canonical directions and :math:`z_j` the centred neurons of the
    first. The implementation its authors published lacks a factor in :math:`h_i` and is wrong.

    Args:
        activations_a: One row per image, or per image and place, shape (n, d).
        activations_b: The same images and places, shape (n, e); n above d and e.

    Returns:
        0 to 1, higher is more alike. Not symmetric.

    Raises:
        DataError: As `cca`.

    Example:
        >>> round(pwcca([[1.0], [2.0], [4.0]], [[-3.0], [-5.0], [-9.0]]), 6)
        1.0

    References:
        Morcos, Raghu and Bengio, "Insights on representational similarity in neural networks with
        canonical correlation", NeurIPS 2018.
    """
    neurons, a, b = _bases(activations_a, activations_b)
    turn, correlations, _ = np.linalg.svd(_cross(a, b), full_matrices=False)
    weights = np.abs(turn.T @ a.transposed_times(neurons)).sum(axis=1)
    return float(np.average(np.minimum(correlations, 1.0), weights=weights))


@dataclass(frozen=True, eq=False)
class _Basis:
    """An orthonormal basis: the columns times the inverse of an upper triangle, if there is one."""

    columns: Floats
    triangle: Floats | None = None

    def transposed_times(self, others: Floats) -> Floats:
        """Inner products with other columns: (n, k) to (rank, k)."""
        found: Floats = self.columns.T @ others
        if self.triangle is None:
            return found
        return np.asarray(solve_triangular(self.triangle, found, trans="T"))


def _cross(a: _Basis, b: _Basis) -> Floats:
    """Inner products of two bases, whose singular values are the canonical correlations."""
    half = a.transposed_times(b.columns)
    if b.triangle is None:
        return half
    return np.asarray(solve_triangular(b.triangle, half.T, trans="T")).T


def _correlations(cross: Floats) -> Floats:
    found = np.linalg.svd(cross, compute_uv=False)
    return np.asarray(np.minimum(found, 1.0), np.float64)


def _bases(activations_a: ArrayLike, activations_b: ArrayLike) -> tuple[Floats, _Basis, _Basis]:
    """The first representation, centred, and what both span."""
    a, b = _checked(activations_a, activations_b)
    of_a, of_b = (_rounding(np.asarray(x)) for x in (activations_a, activations_b))
    return a, _basis(a, of_a), _basis(b, of_b)


def _basis(x: Floats, rounding: float) -> _Basis:
    """Orthonormal basis of what centred neurons (n, d) span.

    The diagonal of the triangle is what each neuron adds to those before it. Where all add much,
    that of a Cholesky decomposition is as good as that of a QR decomposition, and ten times faster.
    """
    inner = x.T @ x
    lengths = np.sqrt(np.diag(inner))
    try:
        triangle = np.asarray(np.linalg.cholesky(inner)).T
        if (np.diag(triangle) > _MUCH * lengths).all():
            return _Basis(x, triangle)
    except np.linalg.LinAlgError:  # a neuron that is constant, or that others make up
        pass
    x = x[:, lengths > 0] / lengths[lengths > 0]
    basis, triangle = np.linalg.qr(x)
    adds = np.abs(np.diag(triangle)) > rounding
    return _Basis(basis if adds.all() else np.linalg.qr(x[:, adds])[0])


def _rounding(values: NDArray[Any]) -> float:
    """Share of a neuron's length that may be rounding of the numbers it was given in."""
    kind = values.dtype if np.issubdtype(values.dtype, np.floating) else np.dtype(np.float64)
    return 100 * float(np.finfo(kind).eps)


def _leading(x: Floats, keep: float | int) -> Floats:
    """Orthonormal basis of the leading principal directions, shape (n, count).

    As in `_basis`: the eigenvectors of the inner products are as good as a decomposition of x
    itself, and faster, for directions of much spread.
    """
    values, turn = eigh(x.T @ x, overwrite_a=True, check_finite=False, driver="evd")
    values, turn = np.maximum(values[::-1], 0.0), turn[:, ::-1]
    count = _directions_kept(values, keep)
    if 1 <= count <= len(values) and values[count - 1] > _MUCH**2 * values[0]:
        return np.asarray(x @ (turn[:, :count] / np.sqrt(values[:count])))
    basis, triangle = np.linalg.qr(x)
    turn, spread, _ = np.linalg.svd(triangle)
    count = _directions_kept(np.square(spread), keep)
    directions = int((spread > spread[0] * _rounding(spread)).sum())
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


def _checked(activations_a: ArrayLike, activations_b: ArrayLike) -> tuple[Floats, Floats]:
    a, b = centred_pair(activations_a, activations_b)
    for name, x in (("activations_a", a), ("activations_b", b)):
        if x.shape[0] <= x.shape[1]:
            raise DataError(
                f"{name} have {x.shape[1]} neurons and {x.shape[0]} rows; canonical correlations "
                "need more rows than neurons: take more images or places, or fewer neurons."
            )
    return a, b
