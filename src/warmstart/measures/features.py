"""Features of a dataset and what many scores need of them, each computed once, when first asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh
from scipy.linalg.blas import dsyrk

from warmstart.errors import DataError
from warmstart.measures.checks import BLOCK_BYTES, Floats, Ints, check_features, float64_blocks

SMALLEST = 1e-13
"""Eigenvalues below this share of the largest are rounding errors of zero."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Principal axes of centred features.

    Attributes:
        values: Sums of squares along the axes, descending, none of them zero, shape (r,).
        axes: The axes in the basis of `Features.points`, as columns, shape (p, r).
    """

    values: Floats
    axes: Floats


class Features:
    """Features (n, d), read in blocks of rows.

    With more features than images, all that scores ask for happens in the space that the images
    span: `points` are the centred images in an orthonormal basis of it, so that no d x d matrix
    is made. What is left out is constant.
    """

    def __init__(self, features: ArrayLike) -> None:
        """Check the features.

        Raises:
            DataError: If `check_features` refuses them, or all images have the same features.
        """
        self.rows: NDArray[Any] = check_features(features)
        self.n: int = self.rows.shape[0]
        self.d: int = self.rows.shape[1]
        first = self.rows[0]
        if all((block == first).all() for block in float64_blocks(self.rows)):
            raise DataError("features are the same for every image; expected some that differ.")

    @cached_property
    def mean(self) -> Floats:
        """Mean image, shape (d,)."""
        total = np.zeros(self.d)
        for block in float64_blocks(self.rows):
            total += block.sum(axis=0)
        return total / self.n

    @property
    def wide(self) -> bool:
        """Whether there are more features than images."""
        return self.d > self.n

    @property
    def width(self) -> int:
        """Coordinates p of a point."""
        return len(self.spectrum.values) if self.wide else self.d

    def blocks(self) -> Iterator[Floats]:
        """Yield the centred points in order, some at a time, shape (., p)."""
        if self.wide:
            yield from float64_blocks(self._few)
        else:
            yield from (block - self.mean for block in float64_blocks(self.rows))

    def every_point(self) -> Floats:
        """The centred points of all images, shape (n, p): a copy of the features."""
        found, start = np.empty((self.n, self.width)), 0
        for block in self.blocks():
            found[start : start + len(block)] = block
            start += len(block)
        return found

    def points(self, chosen: Ints) -> Floats:
        """The centred points of some images, shape (m, p)."""
        if self.wide:
            return self._few[chosen]
        return np.asarray(self.rows[chosen], np.float64) - self.mean

    def sums(self, weights: Floats) -> Floats:
        """Weighted sums of the points, (n, k) to (k, p)."""
        total, start = np.zeros((weights.shape[1], self.width)), 0
        for block in self.blocks():
            total += weights[start : start + len(block)].T @ block
            start += len(block)
        return total

    @cached_property
    def norms(self) -> Floats:
        """Squared length of each centred image, shape (n,)."""
        return np.concatenate([np.square(block).sum(axis=1) for block in self.blocks()])

    @cached_property
    def scatter(self) -> Floats:
        """Sums of products of the points, shape (p, p)."""
        if self.wide:
            return np.diag(self.spectrum.values)
        return products(self.blocks(), self.d)

    @cached_property
    def spectrum(self) -> Spectrum:
        """Eigendecomposition of the smaller side."""
        if self.wide:
            values = self._dual[0]
            return Spectrum(values, np.eye(len(values)))
        values, axes = _positive(*eigh(self.scatter, driver="evd"))
        return Spectrum(values, axes)

    @cached_property
    def mean_along(self) -> Floats:
        """The mean image along the principal axes, and last the length of what is left of it."""
        if self.wide:
            along = self._few.T @ self._centred_times(self.mean) / self.spectrum.values
        else:
            along = self.spectrum.axes.T @ self.mean
        left = max(float(self.mean @ self.mean - along @ along), 0.0)
        return np.append(along, np.sqrt(left))

    @cached_property
    def ones_along(self) -> Floats:
        """The vector of d ones in the basis of the points, shape (p,)."""
        if not self.wide:
            return np.ones(self.d)
        return self._few.T @ self._centred_times(np.ones(self.d)) / self.spectrum.values

    def _centred_times(self, vector: Floats) -> Floats:
        """Centred features times a vector (d,), shape (n,)."""
        parts = [(block - self.mean) @ vector for block in float64_blocks(self.rows)]
        return np.concatenate(parts)

    @cached_property
    def _dual(self) -> tuple[Floats, Floats]:
        """Eigenvalues and eigenvectors of the n x n matrix of inner products of centred images."""
        inner, step = np.zeros((self.n, self.n)), max(1, BLOCK_BYTES // (8 * self.n))
        for start in range(0, self.d, step):
            columns = np.asarray(self.rows[:, start : start + step], np.float64)
            columns = columns - columns.mean(axis=0)
            inner += columns @ columns.T
        return _positive(*eigh(inner, overwrite_a=True, driver="evd"))

    @cached_property
    def _few(self) -> Floats:
        """The points where there are more features than images, shape (n, r)."""
        values, vectors = self._dual
        return vectors * np.sqrt(values)


def products(blocks: Iterator[Floats], width: int) -> Floats:
    """Sums over rows of products of columns, shape (width, width)."""
    total = np.zeros((width, width), order="F")
    for block in blocks:  # added in place, one triangle: no further matrix for each block
        total = dsyrk(1.0, block.T, beta=1.0, c=total, overwrite_c=True)
    total += np.triu(total, 1).T
    return total


def _positive(values: Floats, vectors: Floats) -> tuple[Floats, Floats]:
    """Leave out what is zero but for rounding, and let the largest come first."""
    if not values[-1] > 0:
        raise DataError("features differ by too little to compute with; multiply them all.")
    kept = np.flatnonzero(values > SMALLEST * values[-1])[::-1]
    return values[kept], vectors[:, kept]
