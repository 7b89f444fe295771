"""Logistic regression with a penalty on the weights, fitted to the end."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, qr, solve_triangular
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from warmstart.measures.checks import Floats, Ints
from warmstart.measures.features import products

_ROUGH, _EXACT = 1e-3, 1e-8
"""Relative change of the loss at which a fit ends."""
_BLOCK = 512
"""Images whose features are weighted at once."""
_LEAST_CURVATURE = 1e-3
"""Of an image that a rough fit is sure of; at most it is 1/4."""


@dataclass(frozen=True, eq=False)
class Logistic:
    """Logistic regression on standardised features.

    Attributes:
        mean: Mean of the features it was fitted to, shape (d,).
        scale: Their standard deviation, shape (d,); infinite where they are constant.
        weights: Shape (d + 1, K); the last row is the intercept.
    """

    mean: Floats
    scale: Floats
    weights: Floats

    def probabilities(self, features: Floats) -> Floats:
        """Probability of each class, (m, d) to (m, K)."""
        standard = (features - self.mean) / self.scale
        return np.asarray(softmax(standard @ self.weights[:-1] + self.weights[-1], axis=1))


def fit_logistic(
    features: Floats, codes: Ints, classes: int, penalty: float, curvature: Floats | None = None
) -> Logistic:
    """Minimise the summed negative log-likelihood plus penalty / 2 times the squared weights.

    Two classes have one vector of weights, more have one each, as scikit-learn's
    ``LogisticRegression(C=1 / penalty)`` on standardised features.

    Args:
        features: Shape (n, d).
        codes: Class of each, 0 to classes - 1, shape (n,).
        classes: How many classes there are; some may have no image here.
        penalty: Weight of the squared weights; the intercept is free.
        curvature: `curvature_factor` of features like these: it makes the way shorter, not another.
            Not used where there are no more images than features.
    """
    x, mean, scale = _standardised(features)
    if len(x) > x.shape[1]:
        problem = _Problem.of(x, codes, classes, penalty)
        factor = problem.curvature_factor() if curvature is None else curvature
        return Logistic(mean, scale, problem.minimum(factor))
    # With fewer images than features the weights lie in the span of the images.
    basis, triangle = qr(x[:, :-1].T, mode="economic", check_finite=False)
    small = np.pad(triangle.T, ((0, 0), (0, 1)), constant_values=1.0)
    problem = _Problem.of(small, codes, classes, penalty)
    weights = problem.minimum(problem.curvature_factor())
    return Logistic(mean, scale, np.vstack([basis @ weights[:-1], weights[-1:]]))


def curvature_factor(features: Floats, codes: Ints, classes: int, penalty: float) -> Floats | None:
    """What several fits to most of these features share, see `fit_logistic`.

    Returns:
        Lower triangle, shape (d + 1, d + 1); ``None`` where there are fewer images than features.
    """
    if len(features) <= features.shape[1] + 1:
        return None
    problem = _Problem.of(_standardised(features)[0], codes, classes, penalty)
    return problem.curvature_factor()


def _standardised(features: Floats) -> tuple[Floats, Floats, Floats]:
    """Features of mean 0 and spread 1 with a last column of ones, their mean and their spread."""
    x = np.ones((len(features), features.shape[1] + 1))  # the last column is the intercept's
    standard = x[:, :-1]
    mean = features.mean(axis=0)
    np.subtract(features, mean, out=standard)
    spread = np.sqrt(np.einsum("ij,ij->j", standard, standard) / len(x))
    scale = np.where(spread > 1e-14 * np.abs(mean), spread, np.inf)
    standard /= scale
    return x, mean, scale


@dataclass(frozen=True, eq=False)
class _Problem:
    """What is minimised.

    Attributes:
        x: Features with a last column of ones, shape (n, d + 1).
        target: One column per class, shape (n, K).
        ridge: Weight of each squared weight, shape (d + 1,).
    """

    x: Floats
    target: Floats
    ridge: Floats

    @classmethod
    def of(cls, x: Floats, codes: Ints, classes: int, penalty: float) -> "_Problem":
        ridge = np.full(x.shape[1], penalty)
        ridge[-1] = 0.0
        return cls(x, np.eye(classes)[codes], ridge)

    def curvature_factor(self) -> Floats:
        """Lower triangle of the curvature where a rough fit ends, the mean over classes."""
        rough = self.minimum(self._factor(np.full(len(self.x), 0.25)), tolerance=_ROUGH)
        p = softmax(self.x @ rough, axis=1)
        return self._factor(np.maximum((p * (1 - p)).mean(axis=1), _LEAST_CURVATURE))

    def minimum(self, factor: Floats, tolerance: float = _EXACT) -> Floats:
        """The weights, shape (d + 1, K), found in coordinates in which the factor is the unit."""
        classes = self.target.shape[1]
        free = 1 if classes == 2 else classes

        def weights_of(step: Floats) -> Floats:
            solved = solve_triangular(
                factor, step.reshape(-1, free), trans="T", lower=True, check_finite=False
            )
            return np.pad(solved, ((0, 0), (classes - free, 0)))

        def loss(step: Floats) -> tuple[float, Floats]:
            weights = weights_of(step)
            logs = log_softmax(self.x @ weights, axis=1)
            penalised = self.ridge[:, None] * weights
            gradient = self.x.T @ (np.exp(logs) - self.target) + penalised
            back = solve_triangular(factor, gradient[:, -free:], lower=True, check_finite=False)
            value = -float((logs * self.target).sum()) + float((penalised * weights).sum()) / 2
            return value, back.ravel()

        found = minimize(
            loss,
            np.zeros(self.x.shape[1] * free),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 1000, "maxcor": 20, "ftol": tolerance, "gtol": 1e-6},
        )
        return weights_of(found.x)

    def _factor(self, weights: Floats) -> Floats:
        roots, rows = np.sqrt(weights)[:, None], range(0, len(weights), _BLOCK)
        blocks = (roots[i : i + _BLOCK] * self.x[i : i + _BLOCK] for i in rows)
        curvature = products(blocks, self.x.shape[1])
        least = np.maximum(self.ridge, 1e-8 * self.ridge.max())
        curvature[np.diag_indices(len(curvature))] += least
        return np.asarray(cholesky(curvature, lower=True, overwrite_a=True, check_finite=False))
