"""LogME: how probable the labels are under Bayesian linear regression on the features."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from warmstart.measures.evidence import OneVsRest, Regression
from warmstart.measures.target import Target, mean_over, targets

_STEP = 0.25
_PUBLISHED_EPSILON, _PUBLISHED_ROUNDS, _PUBLISHED_TOLERANCE = 1e-5, 11, 1e-3


def logme(features: ArrayLike, labels: ArrayLike, *, library_compat: bool = False) -> float:
    r"""Log maximum evidence per image, averaged over one-vs-rest labels.

    For each class, :math:`\log p(y \mid F, \alpha, \beta)` is maximised over the precision
    :math:`\alpha` of the weights and :math:`\beta` of the noise. Features are neither centred nor
    scaled, and there is no intercept, as published. Noise is at least `LEAST_NOISE`: the evidence
    has no maximum where features fit the labels without error.

    Args:
        features: Features of the target's images, shape (n, d); d > n is fine.
        labels: Class of each image, shape (n,); any values, only equality counts. Or several
            yes/no labels, shape (n, L): the mean over labels.
        library_compat: Give what thuml/LogME gives, to compare with published numbers: at most 11
            rounds of a fixed-point iteration; (d - n) / 2 log(alpha) too high for d > n; classes
            that have no image count, if labels are whole numbers.

    Returns:
        Nats per image, higher is better. Compare networks on one target only.

    Raises:
        DataError: If shapes disagree, a value is not finite, or there is one class only.

    Example:
        >>> features = [[0.0, 1.0], [0.1, 0.8], [1.0, 0.1], [1.1, 0.0]]
        >>> logme(features, [0, 0, 1, 1]) > logme(features, [0, 1, 0, 1])
        True

    References:
        You et al., LogME, ICML 2021, section 4; arXiv 2110.10545 for the iteration.
    """
    if not library_compat:
        return mean_over(targets(features, labels), target_logme)
    found = targets(features, labels)
    absent = _absent_classes(labels) if len(found) == 1 else 0
    return mean_over(found, lambda target: _published_logme(target, absent))


def target_logme(target: Target) -> float:
    """`logme` of one question."""
    regression, labels = Regression.of(target), OneVsRest.of(target)
    return float(np.mean(_highest(regression, labels))) / target.features.n


def _highest(regression: Regression, labels: OneVsRest) -> list[float]:
    """The highest evidence of each class: the best of a grid of alpha / beta, then refined."""
    largest = regression.values[0] + regression.n * float(regression.mean @ regression.mean)
    grid = np.arange(np.log(regression.values[0]) - 35, np.log(largest) + 15, _STEP)
    coarse = regression.evidence(np.exp(grid), labels)
    found = []
    for k, start in enumerate(grid[coarse.argmax(axis=0)]):
        one = labels.one(k)
        refined = minimize_scalar(
            lambda point, one=one: -float(regression.evidence(np.exp([point]), one)[0, 0]),
            bounds=(start - _STEP, start + _STEP),
            method="bounded",
            options={"xatol": 1e-7},
        )
        found.append(max(-float(refined.fun), float(coarse[:, k].max())))
    return found


def _published_logme(target: Target, absent: int) -> float:
    regression, labels = Regression.of(target), OneVsRest.of(target).with_absent(absent)
    every = range(len(labels.counts))
    return float(np.mean([_published_evidence(regression, labels.one(k)) for k in every]))


def _published_evidence(regression: Regression, labels: OneVsRest) -> float:
    """The fixed-point iteration of thuml/LogME, its stopping rule and its formula."""
    n, d = regression.n, regression.d
    alpha = beta = 1.0
    for _ in range(_PUBLISHED_ROUNDS):
        ratio = np.array([alpha / beta])
        decided = float(regression.decided_weights(ratio)[0])
        squares = float(regression.squared_weights(ratio, labels)[0])
        left = float(regression.misfit(ratio, labels)[0, 0]) - alpha / beta * squares
        alpha = decided / (squares + _PUBLISHED_EPSILON)
        beta = (n - decided) / (left + _PUBLISHED_EPSILON)
        if abs(alpha / beta - ratio[0]) / ratio[0] <= _PUBLISHED_TOLERANCE:
            break
    determinant = float(regression.log_determinant(np.array([alpha / beta]))[0])
    determinant += min(n, d) * np.log(alpha)
    quadratic = beta * left + alpha * squares + n * np.log(2 * np.pi)
    return float(d * np.log(alpha) + n * np.log(beta) - determinant - quadratic) / (2 * n)


def _absent_classes(labels: ArrayLike) -> int:
    y = np.asarray(labels)
    if not np.issubdtype(y.dtype, np.integer):
        return 0
    return int(y.max()) + 1 - len(np.unique(y))
