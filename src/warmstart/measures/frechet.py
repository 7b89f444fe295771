"""Fréchet distance: how far apart two sets of features are as Gaussians."""

import numpy as np
from numpy.typing import ArrayLike

from warmstart.measures.checks import check_features, check_same_width
from warmstart.measures.gaussians import fit_gaussian, squared_wasserstein


def frechet(features_a: ArrayLike, features_b: ArrayLike) -> float:
    r"""Squared Fréchet distance of two sets of features, as the Inception distance reports it.

    :math:`\|m_a - m_b\|^2 + \mathrm{tr}(S_a + S_b - 2 (S_a S_b)^{1/2})` of means and unbiased
    covariances.

    Args:
        features_a: Features of one dataset, shape (n, d), n at least 2.
        features_b: Features of the other, shape (m, d).

    Returns:
        0 or more, in the unit of squared features; lower is more alike. Biased upwards, the more so
        the fewer the images: compare only distances of equal numbers of images.

    Raises:
        DataError: If arrays do not fit each other or are not finite.

    Example:
        >>> frechet([[0.0], [2.0]], [[3.0], [5.0]])
        9.0

    References:
        Heusel et al., "GANs trained by a two time-scale update rule", NeurIPS 2017.
    """
    a = np.asarray(check_features(features_a, "features_a"), np.float64)
    b = np.asarray(check_features(features_b, "features_b"), np.float64)
    check_same_width(a, b)
    return squared_wasserstein(fit_gaussian(a), fit_gaussian(b))
