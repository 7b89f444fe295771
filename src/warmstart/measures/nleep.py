"""NLEEP: LEEP for sources without a head, clusters of the features in place of source classes."""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import ConfigError, DataError
from warmstart.measures.checks import Floats
from warmstart.measures.features import Features
from warmstart.measures.leep import expected_predictions
from warmstart.measures.mixture import mixture_posteriors
from warmstart.measures.principal import components_for, principal
from warmstart.measures.target import Target, mean_over, targets

PER_CLASS = 5
"""Gaussians per class."""
VARIANCE = 0.8
"""Share of the variance that the principal components kept hold."""


def nleep(
    features: ArrayLike,
    labels: ArrayLike,
    *,
    per_class: int = PER_CLASS,
    log: bool = True,
    seed: int = 0,
) -> float:
    """LEEP with the components of a Gaussian mixture of the features as source classes.

    The mixture is fitted to the principal components that hold 80 % of the variance.

    Args:
        features: Features of the target's images, shape (n, d).
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): the mean
            over labels, two classes each.
        per_class: Gaussians per class; 1 where there are very many classes.
        log: Whether the log-likelihood is averaged, as in the paper; else the likelihood, as in
            the code of SFDA and ETran.
        seed: Start of the mixture; another one moves the value by 0.01 to 0.05.

    Returns:
        Nats per image, at most 0, or with ``log=False`` 0 to 1; higher is better.

    Raises:
        DataError: If shapes disagree, a value is not finite, all images have the same features,
            there is one class only, or there are fewer images than Gaussians.
        ConfigError: If per_class is below 1.

    Example:
        >>> nleep([[0.0], [0.1], [1.0], [1.1]], [0, 0, 1, 1], per_class=1) > -0.1
        True

    References:
        Li et al., Ranking Neural Checkpoints, CVPR 2021.
    """
    if per_class < 1:
        raise ConfigError(f"nleep got per_class = {per_class}; expected at least 1.")
    return targets_nleep(targets(features, labels), per_class=per_class, log=log, seed=seed)


def targets_nleep(
    found: list[Target], *, per_class: int = PER_CLASS, log: bool = True, seed: int = 0
) -> float:
    """`nleep` of all questions; they have as many classes each, so that one mixture serves all."""
    shares = _gaussian_shares(found[0].features, per_class * len(found[0].counts), seed)
    return mean_over(found, lambda target: _score(target, shares, log))


def _gaussian_shares(features: Features, count: int, seed: int) -> Floats:
    """Share of each of some Gaussians in each image, shape (n, count)."""
    if count > features.n:
        raise DataError(
            f"nleep fits {count} Gaussians and there are {features.n} images; expected at least as "
            "many: choose a smaller per_class."
        )
    kept = principal(features, components_for(features, VARIANCE))
    return mixture_posteriors(kept.every_point(), count, np.random.default_rng(seed))


def _score(target: Target, shares: Floats, log: bool) -> float:
    predicted = expected_predictions(shares, target.codes)
    return float(np.log(predicted).mean() if log else predicted.mean())
