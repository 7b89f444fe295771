"""Logistic regression with a penalty on the weights, fitted to the end."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, qr, solve_triangular
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from warmstart.measures.checks import Floats, Ints


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


def fit_logistic(features: Floats, codes: Ints, classes: int, penalty: float) -> Logistic:
    """Minimise the summed negative log-likelihood plus penalty / 2 times the squared weights.

    Two classes have one vector of weights, more have one each, as scikit-learn's
    ``LogisticRegression(C=1 / penalty)`` on standardised features.

    Args:
        features: Shape (n, d).
        codes: Class of each, 0 to classes - 1, shape (n,).
        classes: How many classes there are; some may have no image here.
        penalty: Weight of the squared weights; the intercept is free.
    """
    x = np.ones((len(features), features.shape[1] + 1))  # the last column is the intercept's
    standard = x[:, :-1]
    mean = features.mean(axis=0)
    np.subtract(features, mean, out=standard)
    spread = np.sqrt(np.einsum("ij,ij->j", standard, standard) / len(x))
    scale = np.where(spread > 1e-14 * np.abs(mean), spread, np.inf)
    standard /= scale
    if len(x) > x.shape[1]:
        return Logistic(mean, scale, _minimum(x, codes, classes, penalty))
    # With fewer images than features the weights lie in the span of the images.
    basis, triangle = qr(standard.T, mode="economic", check_finite=False)
    small = np.pad(triangle.T, ((0, 0), (0, 1)), constant_values=1.0)
    weights = _minimum(small, codes, classes, penalty)
    return Logistic(mean, scale, np.vstack([basis @ weights[:-1], weights[-1:]]))


def _minimum(x: Floats, codes: Ints, classes: int, penalty: float) -> Floats:
    """The weights, shape (d + 1, K), for features with a last column of ones."""
    free = 1 if classes == 2 else classes
    target = np.eye(classes)[codes]
    ridge = np.full(x.shape[1], penalty)
    ridge[-1] = 0.0
    # In coordinates in which the curvature is at most about 1 everywhere, some tens of steps do.
    curvature = x.T @ x / 4
    curvature[np.diag_indices(len(curvature))] += np.maximum(ridge, 1e-8 * penalty)
    factor = cholesky(curvature, lower=True, overwrite_a=True, check_finite=False)

    def weights_of(step: Floats) -> Floats:
        solved = solve_triangular(
            factor, step.reshape(-1, free), trans="T", lower=True, check_finite=False
        )
        return np.pad(solved, ((0, 0), (classes - free, 0)))

    def loss(step: Floats) -> tuple[float, Floats]:
        weights = weights_of(step)
        logits = x @ weights
        logs = log_softmax(logits, axis=1)
        penalised = ridge[:, None] * weights
        gradient = x.T @ (np.exp(logs) - target) + penalised
        back = solve_triangular(factor, gradient[:, -free:], lower=True, check_finite=False)
        value = -float((logs * target).sum()) + float((penalised * weights).sum()) / 2
        return value, back.ravel()

    found = minimize(
        loss,
        np.zeros(x.shape[1] * free),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 1000, "maxcor": 20, "ftol": 1e-8, "gtol": 1e-6},
    )
    return weights_of(found.x)
