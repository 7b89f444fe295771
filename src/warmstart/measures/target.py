"""A target as scores see it: features of its images, and one class for each."""

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import DataError
from warmstart.measures.checks import Floats, Ints
from warmstart.measures.discriminant import adaptive_shrinkage, fit_discriminant
from warmstart.measures.features import Features, products
from warmstart.measures.labels import check_targets

_MOST_BETWEEN = 0.999
"""Share of the spread between classes above which a difference of sums has too few digits."""
_ROUNDING = 1e-20
"""Share of the spread that is rounding error."""


class Target:
    """Features and classes of the images of a target, and the moments of each class.

    Attributes:
        features: What does not depend on the classes; targets that differ in classes share it.
        codes: Class of each image, 0 to K-1, shape (n,).
        counts: Images of each class, shape (K,).
    """

    def __init__(self, features: Features, codes: Ints) -> None:
        self.features = features
        self.codes = codes
        self.counts = np.bincount(codes)

    @property
    def shares(self) -> Floats:
        """Share of each class, shape (K,)."""
        return self.counts / self.features.n

    @cached_property
    def one_hot(self) -> Floats:
        """One column per class, shape (n, K)."""
        return np.eye(len(self.counts))[self.codes]

    @cached_property
    def means(self) -> Floats:
        """Mean point of each class, shape (K, p)."""
        return self.features.sums(self.one_hot) / self.counts[:, None]

    @cached_property
    def within(self) -> Floats:
        """Covariance of the points about the mean of their class, shape (p, p)."""
        features, weighted = self.features, self.means * np.sqrt(self.counts)[:, None]
        between = float(np.square(weighted).sum())
        whole = float(features.norms.sum())
        if between < _MOST_BETWEEN * whole:
            found = weighted.T @ -weighted
            found += features.scatter
        else:
            found = products(self._residuals(), features.width)
        if float(np.trace(found)) <= _ROUNDING * whole:
            raise DataError(
                "no class has two images whose features differ; discriminant analysis needs some "
                "spread within classes."
            )
        found /= features.n
        return found

    @cached_property
    def shrinkage(self) -> float:
        """How far discriminant analysis shrinks `within`."""
        return adaptive_shrinkage(self.within, self.features.ones_along)

    @cached_property
    def posteriors(self) -> Floats:
        """Probability of each class under discriminant analysis, shape (n, K)."""
        fitted = fit_discriminant(
            self.means, self.within, self.shares, self.shrinkage, self.features.d
        )
        return np.concatenate([fitted.posteriors(block) for block in self.features.blocks()])

    def of_true_class(self, values: Floats) -> Floats:
        """Of values for each class, (n, K), those of each image's own, (n,)."""
        found: Floats = values[np.arange(len(values)), self.codes]
        return found

    def classes(self) -> Iterator[Ints]:
        """Yield the numbers of the images of each class."""
        for code in range(len(self.counts)):
            yield np.flatnonzero(self.codes == code)

    def _residuals(self) -> Iterator[Floats]:
        start = 0
        for block in self.features.blocks():
            yield block - self.means[self.codes[start : start + len(block)]]
            start += len(block)


def targets(features: ArrayLike, labels: ArrayLike) -> list[Target]:
    """Check the arrays of a score; one target per question that the labels answer.

    Args:
        features: Shape (n, d).
        labels: One class per image, shape (n,), or several yes/no labels, shape (n, L).

    Raises:
        DataError: If shapes disagree, a value is not finite, all images have the same features,
            or a question has one answer only.
    """
    checked = Features(features)
    return [Target(checked, codes) for codes in check_targets(labels, checked.n)]


def mean_over(found: list[Target], score: Callable[[Target], float]) -> float:
    """The score of one question, or the mean over those of several."""
    return float(np.mean([score(target) for target in found]))
