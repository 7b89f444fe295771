"""A descriptor of images that is fitted to the images at hand."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from warmstart.data.similar.arrays import Floats
from warmstart.data.similar.features import features_of, turned_features
from warmstart.data.similar.luminance import ORIENTATIONS, SIDE
from warmstart.data.similar.pool import Pool
from warmstart.data.similar.resampling import cut_out

_DIMENSIONS, _FIT_ON, _FIT_ROUNDS = 64, 2000, 4


class Descriptor:
    """A descriptor of images: linear in pooled features, best at telling an image from others.

    Attributes:
        size: Length of a descriptor.
    """

    def __init__(self, mean: Floats, weights: Floats, floor: float) -> None:
        self.mean, self.weights, self.floor = mean, weights, floor
        self.size = weights.shape[1] + 1

    def __call__(self, light: Floats, tint: Floats) -> Floats:
        """Descriptors of length 1 of the images in all orientations, shape (8, n, size)."""
        maps = features_of(light, tint)
        turned = np.empty((len(ORIENTATIONS), len(light), self.size), np.float32)
        for number in range(len(ORIENTATIONS)):
            turned[number, :, :-1] = (turned_features(maps, number) - self.mean) @ self.weights
        turned[:, :, -1] = self.floor
        turned /= np.sqrt((turned * turned).sum(2, keepdims=True))
        return turned

    @classmethod
    def fitted(cls, pool: Pool) -> "Descriptor":
        """Fit to evenly spaced images and changed copies of them: a discriminant analysis.

        Its floor makes those images alike that differ from the mean by less than copies differ.
        """
        rng = np.random.default_rng(0)
        chosen = np.linspace(0, len(pool) - 1, min(len(pool), _FIT_ON)).round().astype(np.int64)
        light, tint = pool.read(chosen)
        maps = features_of(light, tint)
        views = [turned_features(maps, number) for number in range(len(ORIENTATIONS))]
        mean = np.mean([view.mean(0) for view in views], 0)
        count = len(views) * len(chosen)
        total = sum((view - mean).T @ (view - mean) for view in views) / count
        within = np.zeros_like(total)
        for around in range(_FIT_ROUNDS):
            changed = features_of(*_changed(light, tint, rng))
            for number in range(around, len(views), _FIT_ROUNDS):
                apart = turned_features(changed, number) - views[number]
                within += apart.T @ apart / count
        kept = min(len(total), _DIMENSIONS)
        ratio, vectors = eigh(
            _ridged(total, 5e-4),
            _ridged(within, 5e-3),
            subset_by_index=[len(total) - kept, len(total) - 1],
        )
        weights = np.asarray(vectors * ratio**-0.25, np.float32)
        return cls(np.asarray(mean, np.float32), weights, float(np.sqrt(np.sum(ratio**-0.5))))


def _ridged(scatter: Floats, share: float) -> NDArray[np.float64]:
    ridge = share * np.trace(scatter) / len(scatter) + 1e-9
    return np.asarray(scatter.astype(np.float64) + ridge * np.eye(len(scatter)))


def _changed(light: Floats, tint: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Cut each image at random, with other contrast and some noise; every second is shifted."""
    n = len(light)
    cut, share = rng.uniform(0, 0.15, (n, 2)), rng.uniform(0, 1, (n, 2))
    shift = rng.integers(-3, 4, (n, 2)) / SIDE
    moved = (np.arange(n) % 2 == 0)[:, None, None]
    crop = np.stack([cut * share, cut * (1 - share)], 2)
    ends = np.where(moved, np.stack([shift, -shift], 2), crop)
    gain = np.where(moved, 1, rng.uniform(0.65, 1.45, (n, 1, 1)))
    more = np.where(moved, 0, rng.uniform(-25, 25, (n, 1, 1)))
    noise = np.where(moved, 0, rng.normal(0, 3, light.shape))
    shown = ((cut_out(light, ends) - 128) * gain + 128 + more + noise).clip(0, 255)
    shown[::4][_beyond(shift[::4])] = 0
    tints = [cut_out(channel, ends) * gain for channel in tint.swapaxes(0, 1)]
    return shown.astype(np.float32), np.array(tints, np.float32).reshape(
        tint.swapaxes(0, 1).shape
    ).swapaxes(0, 1)


def _beyond(shift: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which pixels come in from outside, shape (n, SIDE, SIDE)."""
    at = (np.arange(SIDE) + 0.5) / SIDE + shift[:, :, None]
    out = (at < 0) | (at > 1)
    return out[:, 0, :, None] | out[:, 1, None, :]
