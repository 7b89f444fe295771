"""Canonical correlations of two representations of the same images."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from warmstart.errors import DataError
from warmstart.measures.checks import Floats
from warmstart.measures.representation import centred_pair

MUCH = 1e-2
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
    return float(correlations(_cross(a, b)).mean())


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


def correlations(cross: Floats) -> Floats:
    """Canonical correlations, descending, from the inner products of two orthonormal bases."""
    found = np.linalg.svd(cross, compute_uv=False)
    return np.asarray(np.minimum(found, 1.0), np.float64)


def _bases(activations_a: ArrayLike, activations_b: ArrayLike) -> tuple[Floats, _Basis, _Basis]:
    """The first representation, centred, and what both span."""
    a, b = checked_pair(activations_a, activations_b)
    of_a, of_b = (rounding(np.asarray(x)) for x in (activations_a, activations_b))
    return a, _basis(a, of_a), _basis(b, of_b)


def _basis(x: Floats, least: float) -> _Basis:
    """Orthonormal basis of what centred neurons (n, d) span.

    The diagonal of the triangle is what each neuron adds to those before it. Where all add much,
    that of a Cholesky decomposition is as good as that of a QR decomposition, and ten times faster.
    """
    inner = x.T @ x
    lengths = np.sqrt(np.diag(inner))
    try:
        triangle = np.asarray(np.linalg.cholesky(inner)).T
        if (np.diag(triangle) > MUCH * lengths).all():
            return _Basis(x, triangle)
    except np.linalg.LinAlgError:  # a neuron that is constant, or that others make up
        pass
    x = x[:, lengths > 0] / lengths[lengths > 0]
    basis, triangle = np.linalg.qr(x)
    adds = np.abs(np.diag(triangle)) > least
    return _Basis(basis if adds.all() else np.linalg.qr(x[:, adds])[0])


def rounding(values: NDArray[Any]) -> float:
    """Share of a neuron's length that may be rounding of the numbers it was given in."""
    kind = values.dtype if np.issubdtype(values.dtype, np.floating) else np.dtype(np.float64)
    return 100 * float(np.finfo(kind).eps)


def checked_pair(activations_a: ArrayLike, activations_b: ArrayLike) -> tuple[Floats, Floats]:
    """Centre both representations.

    Raises:
        DataError: If they are not of the same rows, or of no more rows than neurons.
    """
    a, b = centred_pair(activations_a, activations_b)
    for name, x in (("activations_a", a), ("activations_b", b)):
        if x.shape[0] <= x.shape[1]:
            raise DataError(
                f"{name} have {x.shape[1]} neurons and {x.shape[0]} rows; canonical correlations "
                "need more rows than neurons: take more images or places, or fewer neurons."
            )
    return a, b
