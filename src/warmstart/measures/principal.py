"""Principal components of features."""

import numpy as np

from warmstart.measures.features import Features


def principal(features: Features, components: int) -> Features:
    """The first principal components, those of the largest variance first.

    Args:
        features: What is reduced.
        components: How many are kept; at most all that vary.
    """
    axes = features.spectrum.axes[:, :components]
    return Features(np.concatenate([block @ axes for block in features.blocks()]))


def components_for(features: Features, share: float) -> int:
    """How many components hold more than a share of the variance."""
    held = np.cumsum(features.spectrum.values) / features.spectrum.values.sum()
    return min(int(np.searchsorted(held, share, side="right")) + 1, len(held))
