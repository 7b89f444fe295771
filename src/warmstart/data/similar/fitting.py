"""Cuts of an image improved until what is left fits another (Lucas and Kanade 1981)."""

import numpy as np
from numpy.typing import NDArray

from warmstart.data.similar.arrays import Floats
from warmstart.data.similar.resampling import cut_out


def fitted(
    images: Floats, others: Floats, ends: NDArray[np.float64], *, margin: int, steps: int
) -> NDArray[np.float64]:
    """Improve the cuts by Gauss-Newton steps on the squared difference (Lucas and Kanade).

    Inverse compositional: the other's gradients are those of every step.
    """
    size = others.shape[-1]
    inside = (slice(None), slice(margin, -margin), slice(margin, -margin))
    target = _standard(others[inside])
    place = ((np.arange(size) + 0.5) / size - 0.5).astype(np.float32)[margin:-margin]
    down, right = (np.gradient(others, axis=axis)[inside] * size for axis in (1, 2))
    slopes = np.stack([down, down * place[:, None], right, right * place], 1)
    slopes = (
        slopes.reshape(len(slopes), 4, len(place) ** 2)
        / others[inside].std((1, 2)).clip(1e-3)[:, None, None]
    )
    slopes = slopes - slopes.mean(2, keepdims=True)
    normal = slopes @ slopes.swapaxes(1, 2)
    ridge = 1e-3 * (np.trace(normal, axis1=1, axis2=2) + 1)
    inverse = np.linalg.inv(normal + ridge[:, None, None] * np.eye(4, dtype=np.float32))
    kept, centre = 1 - ends.sum(2), (ends[..., 0] - ends[..., 1]) / 2
    for _ in range(steps):
        warped = _standard(cut_out(images, _ends(kept, centre))[inside])
        error = (warped - target).reshape(len(target), len(place) ** 2, 1)
        move = (inverse @ (slopes @ error))[..., 0].clip(-0.05, 0.05)
        centre = (centre - kept * move[:, [0, 2]]).clip(-0.15, 0.15)
        kept = (kept * (1 - move[:, [1, 3]])).clip(0.7, 1.3)
    return _ends(kept, centre)


def _ends(kept: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    low = (1 - kept) / 2
    return np.stack([low + centre, low - centre], 2)


def _standard(images: Floats) -> Floats:
    centred = images - images.mean((1, 2), keepdims=True)
    return np.asarray(centred / (centred.std((1, 2), keepdims=True) + 1e-3), np.float32)
