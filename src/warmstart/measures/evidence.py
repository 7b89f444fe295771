r"""Evidence of Bayesian linear regression of one-vs-rest labels.

With :math:`\lambda = \alpha / \beta` fixed, the best noise precision :math:`\beta` has a closed
form, so that one number per class is left to search. All of it happens along the principal axes of
the *centred* features: the mean, which the model has no intercept for, comes back as a change of
rank one. So the decomposition that other scores need serves here too.
"""

from dataclasses import dataclass

import numpy as np

from warmstart.measures.checks import Floats
from warmstart.measures.target import Target

LEAST_NOISE = 1e-12
"""Smallest mean square of what the features leave unexplained, for labels 0 and 1."""


@dataclass(frozen=True, eq=False)
class OneVsRest:
    """One-vs-rest labels of K classes.

    Attributes:
        counts: How many are 1, shape (K,).
        along: Inner products of features and labels, both centred, along the axes, (K, r + 1).
        unexplained: Sums of squares of the centred labels that no weights explain, shape (K,).
    """

    counts: Floats
    along: Floats
    unexplained: Floats

    @classmethod
    def of(cls, target: Target) -> "OneVsRest":
        """Of the classes of a target."""
        spectrum, n = target.features.spectrum, target.features.n
        counts = target.counts.astype(np.float64)
        along = (target.means * counts[:, None]) @ spectrum.axes
        left = counts - counts**2 / n - (along**2 / spectrum.values).sum(axis=1)
        if len(spectrum.values) == n - 1:
            left = np.zeros_like(left)
        return cls(counts, np.pad(along, ((0, 0), (0, 1))), np.maximum(left, 0.0))

    def one(self, k: int) -> "OneVsRest":
        """The labels of one class."""
        return OneVsRest(self.counts[[k]], self.along[[k]], self.unexplained[[k]])

    def with_absent(self, more: int) -> "OneVsRest":
        """The same, and classes that no image has."""
        pad = ((0, more), (0, 0))
        counts, left = (np.pad(values, (0, more)) for values in (self.counts, self.unexplained))
        return OneVsRest(counts, np.pad(self.along, pad), left)


@dataclass(frozen=True, eq=False)
class Regression:
    """The features' part of the evidence; methods take ratios alpha / beta, shape (g,).

    Attributes:
        values: Squared lengths of the centred features along the axes, shape (r + 1,); the last,
            zero, is that of the part of the mean that no axis has.
        mean: The mean image along them, shape (r + 1,).
        n: Images.
        d: Features.
    """

    values: Floats
    mean: Floats
    n: int
    d: int

    @classmethod
    def of(cls, target: Target) -> "Regression":
        """Of the features of a target."""
        features = target.features
        values = np.append(features.spectrum.values, 0.0)
        return cls(values, features.mean_along, features.n, features.d)

    def evidence(self, ratios: Floats, labels: OneVsRest) -> Floats:
        """Log evidence at the best beta, shape (g, K)."""
        noise = np.maximum(self.misfit(ratios, labels) / self.n, LEAST_NOISE)
        spread = self.n * np.log(2 * np.pi * np.e * noise)
        return -0.5 * (spread + self.log_determinant(ratios)[:, None])

    def misfit(self, ratios: Floats, labels: OneVsRest) -> Floats:
        """Sums of squares that are left, and what the weights cost, in units of beta, (g, K)."""
        inverse = self._inverse(ratios)
        scale = np.where(self.values > 0, self.values, np.inf)
        explained = ratios[:, None] * (inverse @ (labels.along**2 / scale).T)
        of_mean = (inverse * self.mean) @ labels.along.T - labels.counts / self.n
        cost_of_mean = self.n * of_mean**2 / self._mean_cost(inverse)
        return np.asarray(labels.unexplained + explained + cost_of_mean)

    def log_determinant(self, ratios: Floats) -> Floats:
        """Of I + F'F / ratio, all d dimensions, shape (g,)."""
        cost = self._mean_cost(self._inverse(ratios))[:, 0]
        return np.asarray(np.log1p(self.values / ratios[:, None]).sum(axis=1) + np.log(cost))

    def squared_weights(self, ratios: Floats, labels: OneVsRest) -> Floats:
        """Squared lengths of the best weights, one ratio per class, shape (K,)."""
        inverse = self._inverse(ratios)
        shifted = labels.counts - self.n * (inverse * self.mean * labels.along).sum(axis=1)
        correction = self.mean * (shifted[:, None] / self._mean_cost(inverse))
        return np.asarray(np.square(inverse * (labels.along + correction)).sum(axis=1))

    def decided_weights(self, ratios: Floats) -> Floats:
        """How many of the d weights the data decide, shape (g,)."""
        inverse = self._inverse(ratios)
        of_mean = self.n * (inverse**2 @ self.mean**2) / self._mean_cost(inverse)[:, 0]
        return np.asarray(len(self.values) - ratios * (inverse.sum(axis=1) - of_mean))

    def _inverse(self, ratios: Floats) -> Floats:
        return 1 / (ratios[:, None] + self.values)

    def _mean_cost(self, inverse: Floats) -> Floats:
        """By how much the mean changes the determinant, shape (g, 1)."""
        return 1 + self.n * (inverse @ self.mean**2)[:, None]
