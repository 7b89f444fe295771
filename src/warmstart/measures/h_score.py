"""H-score: how much of the spread of the features, in units of their own, is between classes."""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.measures.checks import Floats
from warmstart.measures.features import Features
from warmstart.measures.target import Target, mean_over, targets


def h_score(features: ArrayLike, labels: ArrayLike) -> float:
    r"""H-score, :math:`\operatorname{tr}(\operatorname{cov}(f)^+ \operatorname{cov}(E[f \mid y]))`.

    Directions in which the features vary by less than 1e-13 of the largest variance count as
    constant.

    Args:
        features: Features of the target's images, shape (n, d).
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): the mean
            over labels.

    Returns:
        0 to min(K - 1, rank of the features), higher is better. With d >= n it is K - 1 whatever
        the features are: use `shrinkage_h_score`.

    Raises:
        DataError: If shapes disagree, a value is not finite, all images have the same features, or
            there is one class only.

    Example:
        >>> round(h_score([[0.0], [0.2], [1.0], [1.2]], [0, 0, 1, 1]), 4)
        0.9615

    References:
        Bao et al., An Information-Theoretic Approach to Transferability, ICIP 2019.
    """
    return mean_over(targets(features, labels), target_h_score)


def shrinkage_h_score(features: ArrayLike, labels: ArrayLike) -> float:
    r"""H-score with the covariance of the features shrunk towards a sphere.

    :math:`(1 - a) \operatorname{tr}(C^{-1} \operatorname{cov}(E[f \mid y]))` with
    :math:`C = (1 - a) \operatorname{cov}(f) + a \frac{\operatorname{tr} \operatorname{cov}(f)}{d}
    I`; Ledoit and Wolf's :math:`a` follows from the features.

    Args and errors are those of `h_score`.

    Returns:
        0 to about min(K - 1, d), higher is better; also tells features apart where d >= n.

    Example:
        >>> features = [[0.0, 1.0, 0.3], [0.1, 0.8, 0.2], [1.0, 0.1, 0.3], [1.1, 0.0, 0.1]]
        >>> shrinkage_h_score(features, [0, 0, 1, 1]) > shrinkage_h_score(features, [0, 1, 0, 1])
        True

    References:
        Ibrahim, Ponomareva & Mazumder, Newer is not always better, ECML PKDD 2022.
        Ledoit & Wolf, A well-conditioned estimator for large-dimensional covariance matrices, 2004.
    """
    return mean_over(targets(features, labels), target_shrinkage_h_score)


def target_h_score(target: Target) -> float:
    """`h_score` of one question."""
    return _between(target, target.features.spectrum.values)


def target_shrinkage_h_score(target: Target) -> float:
    """`shrinkage_h_score` of one question."""
    features = target.features
    values, n = features.spectrum.values, features.n
    shrinkage = shrinkage_of(features)
    shrunk = (1 - shrinkage) * values / n + shrinkage * values.sum() / (n * features.d)
    return (1 - shrinkage) * _between(target, shrunk) / (n - 1)


def shrinkage_of(features: Features) -> float:
    """Ledoit and Wolf's weight of the sphere, 0 to 1."""
    values, n, d = features.spectrum.values / features.n, features.n, features.d
    from_sphere = float(np.sum(values**2) - values.sum() ** 2 / d)
    noise = float(np.sum(features.norms**2) / n - np.sum(values**2)) / n
    return min(noise / from_sphere, 1.0) if from_sphere > 0 else 0.0  # it is a sphere


def _between(target: Target, scale: Floats) -> float:
    along = target.means @ target.features.spectrum.axes
    return float(target.counts @ (along**2 / scale).sum(axis=1))
