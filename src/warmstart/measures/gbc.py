"""GBC: how far classes, taken for Gaussians, overlap."""

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.special import logsumexp

from warmstart.errors import ConfigError
from warmstart.measures.checks import Floats, check_choice, float64_blocks
from warmstart.measures.principal import principal
from warmstart.measures.target import Target, mean_over, targets

Covariance = Literal["spherical", "diagonal", "full"]
LEAST_VARIANCE = 1e-4
"""No class varies by less in any direction, as published."""


def gbc(
    features: ArrayLike,
    labels: ArrayLike,
    *,
    covariance: Covariance = "spherical",
    components: int | None = None,
    log: bool = True,
) -> float:
    r"""Gaussian Bhattacharyya coefficient of the classes.

    :math:`-\log \sum_{i \ne j} e^{-B_{ij}}` over ordered pairs of classes, with
    :math:`B_{ij} = \frac18 \delta^\top S^{-1} \delta + \frac12 \log
    \frac{\det S}{\sqrt{\det S_i \det S_j}}`, :math:`\delta = m_i - m_j` and
    :math:`S = (S_i + S_j) / 2`. The logarithm keeps the order that networks have, also where the
    coefficient itself is too small for a computer, as it is for hundreds of features.

    Args:
        features: Features of the target's images, shape (n, d).
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): the mean
            over labels.
        covariance: What is estimated for each class: one variance for all features, one for each,
            or all of it. Variances are at least 1e-4.
        components: Principal components kept first, 64 in the paper; all by default.
        log: Whether the logarithm is taken; else :math:`-\sum e^{-B_{ij}}`, as published.

    Returns:
        At least -log(K (K - 1)), or with ``log=False`` from -K (K - 1) to 0; higher is better.

    Raises:
        DataError: If shapes disagree, a value is not finite, all images have the same features, or
            there is one class only.
        ConfigError: If the kind of covariance is unknown, or components is below 1.

    Example:
        >>> features = [[0.0, 1.0], [0.1, 0.8], [1.0, 0.1], [1.1, 0.0]]
        >>> gbc(features, [0, 0, 1, 1]) > gbc(features, [0, 1, 0, 1])
        True

    References:
        Pandy et al., Transferability Estimation using Bhattacharyya Class Separability, CVPR 2022.
    """
    check_choice(covariance, _KINDS, "gbc", "covariance")
    if components is not None and components < 1:
        raise ConfigError(f"gbc got components = {components}; expected at least 1.")
    found = targets(features, labels)
    if components is not None:
        kept = principal(found[0].features, components)
        found = [Target(kept, target.codes) for target in found]
    return mean_over(found, lambda target: _signed(target, covariance, log))


def target_gbc(target: Target) -> float:
    """`gbc` of one question."""
    return _signed(target, "spherical", True)


def _signed(target: Target, covariance: Covariance, log: bool) -> float:
    """Minus the logarithm of the coefficient, or minus the coefficient."""
    distances = _KINDS[covariance](target)
    pairs = distances[~np.eye(len(distances), dtype=np.bool_)]
    return -float(logsumexp(-pairs)) if log else -float(np.exp(-pairs).sum())


def _spherical(target: Target) -> Floats:
    """Bhattacharyya distances of all pairs of classes, shape (K, K)."""
    variances = np.maximum(_class_variances(target), LEAST_VARIANCE).mean(axis=1)
    means = target.means
    squared = np.square(means[:, None] - means).sum(axis=2)
    both = (variances[:, None] + variances) / 2
    spread = np.log(both) - (np.log(variances)[:, None] + np.log(variances)) / 2
    return np.asarray(squared / both / 8 + target.features.d * spread / 2)


def _diagonal(target: Target) -> Floats:
    variances = np.maximum(_class_variances(target), LEAST_VARIANCE)
    means = _class_means(target)
    found = np.zeros((len(means), len(means)))
    for i, (mean, variance) in enumerate(zip(means, variances, strict=True)):
        both = (variance + variances) / 2
        spread = np.log(both) - (np.log(variance) + np.log(variances)) / 2
        found[i] = (np.square(mean - means) / both).sum(axis=1) / 8 + spread.sum(axis=1) / 2
    return found


def _full(target: Target) -> Floats:
    covariances = [_floored(target.features.points(rows)) for rows in target.classes()]
    logs = [np.linalg.slogdet(covariance)[1] for covariance in covariances]
    found = np.zeros((len(logs), len(logs)))
    for i, j in combinations(range(len(logs)), 2):
        factor = cho_factor((covariances[i] + covariances[j]) / 2, lower=True)
        apart = target.means[i] - target.means[j]
        spread = 2 * np.log(np.diag(factor[0])).sum() - (logs[i] + logs[j]) / 2
        found[i, j] = found[j, i] = apart @ cho_solve(factor, apart) / 8 + spread / 2
    return found


def _floored(points: Floats) -> Floats:
    """Covariance of some images, its eigenvalues at least the least variance."""
    values, vectors = eigh(np.atleast_2d(np.cov(points.T, bias=True)))
    return np.asarray((vectors * np.maximum(values, LEAST_VARIANCE)) @ vectors.T)


def _class_means(target: Target) -> Floats:
    """Mean of the features of each class, shape (K, d)."""
    total, start = np.zeros((len(target.counts), target.features.d)), 0
    for block in float64_blocks(target.features.rows):
        total += target.one_hot[start : start + len(block)].T @ block
        start += len(block)
    return total / target.counts[:, None]


def _class_variances(target: Target) -> Floats:
    """Variance of each feature within each class, shape (K, d)."""
    means, start = _class_means(target), 0
    total = np.zeros_like(means)
    for block in float64_blocks(target.features.rows):
        stop = start + len(block)
        squares = np.square(block - means[target.codes[start:stop]])
        total += target.one_hot[start:stop].T @ squares
        start = stop
    return total / target.counts[:, None]


_KINDS: Mapping[str, Callable[[Target], Floats]] = {
    "spherical": _spherical,
    "diagonal": _diagonal,
    "full": _full,
}
