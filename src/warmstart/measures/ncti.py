"""NCTI: how close the features are to the neural collapse that fine-tuning ends in."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh

from warmstart.measures.checks import Floats
from warmstart.measures.discriminant import fit_discriminant
from warmstart.measures.principal import principal
from warmstart.measures.target import Target, mean_over, targets

_COMPONENTS, _COUNTED = 64, 32
_LEAST_SHRINKAGE = 1e-10


class NctiParts(NamedTuple):
    """What NCTI adds up.

    Attributes:
        spread: Nuclear norm of the centred discriminants of all images: higher is better.
        sureness: Mean posterior of the true class: higher is better.
        variability: Log of the sum over classes of the nuclear norm of their images' posteriors:
            lower is better.
    """

    spread: float
    sureness: float
    variability: float


def ncti(features: ArrayLike, labels: ArrayLike) -> float:
    """Neural collapse informed transferability index of one network, comparable with others.

    Sureness plus log spread minus variability, see `ncti_parts`. The paper brings spread and
    variability to the range 0 to 1 over the networks compared, so that its values exist for a set
    of networks only: that is `ncti_among`.

    Args:
        features: Features of the target's images, shape (n, d).
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): the mean
            over labels.

    Returns:
        Any number, higher is better. Compare networks on one target only.

    Raises:
        DataError: If shapes disagree, a value is not finite, all images have the same features,
            there is one class only, or no class has two images that differ.

    Example:
        >>> features = [[0.0, 1.0], [0.1, 0.7], [1.0, 0.3], [1.1, 0.0]]
        >>> ncti(features, [0, 0, 1, 1]) > ncti(features, [0, 1, 0, 1])
        True

    References:
        Wang et al., How Far Pre-trained Models Are from Neural Collapse, ICCV 2023.
    """
    return mean_over(targets(features, labels), target_ncti)


def target_ncti(target: Target) -> float:
    """`ncti` of one question."""
    parts = _parts(target)
    return parts.sureness + float(np.log(parts.spread)) - parts.variability


def ncti_parts(features: ArrayLike, labels: ArrayLike) -> NctiParts:
    """The three parts of NCTI.

    Linear discriminant analysis of the first 64 principal components gives discriminants, at most
    K - 1, and posteriors. Its covariance within classes is shrunk by exp(-the variance that the
    first 32 components hold), at least 1e-10.

    Args and errors are those of `ncti`; with several labels each part is the mean over them.
    """
    found = [_parts(target) for target in targets(features, labels)]
    return NctiParts(*np.mean(found, axis=0).tolist())


def ncti_among(parts: Sequence[NctiParts]) -> Floats:
    """NCTI as published, of networks compared with each other on one target.

    Args:
        parts: `ncti_parts` of each network.

    Returns:
        Shape (networks,), -1 to 2, higher is better: each part is brought to the range 0 to 1 over
        the networks, then spread + sureness - variability. A part that is the same for all counts
        as 0.
    """
    values = np.asarray(parts, np.float64)
    low, high = values.min(axis=0), values.max(axis=0)
    scaled = (values - low) / np.where(high > low, high - low, 1.0)
    return np.asarray(scaled @ [1.0, 1.0, -1.0])


def _parts(target: Target) -> NctiParts:
    held = target.features.spectrum.values[:_COUNTED].sum() / (target.features.n - 1)
    shrinkage = max(float(np.exp(-held)), _LEAST_SHRINKAGE)
    small = Target(principal(target.features, _COMPONENTS), target.codes)
    features, width = small.features, small.features.d
    fitted = fit_discriminant(small.means, small.within, small.shares, shrinkage, width)
    points = features.every_point()
    posteriors = fitted.posteriors(points)
    within, whole = (_shrunk(c, shrinkage) for c in (small.within, features.scatter / features.n))
    _, axes = eigh(whole - within, within)
    discriminants = points @ axes[:, ::-1][:, : len(small.counts) - 1]
    by_class = [_nuclear(posteriors[rows]) for rows in small.classes()]
    return NctiParts(
        _nuclear(discriminants),
        float(small.of_true_class(posteriors).mean()),
        float(np.log(sum(by_class))),
    )


def _shrunk(covariance: Floats, shrinkage: float) -> Floats:
    sphere = np.eye(len(covariance)) * float(np.trace(covariance)) / len(covariance)
    return (1 - shrinkage) * covariance + shrinkage * sphere


def _nuclear(matrix: Floats) -> float:
    return float(np.linalg.norm(matrix, ord="nuc"))
