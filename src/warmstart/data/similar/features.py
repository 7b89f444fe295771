"""Features of an image on grids: luminance, colour and edges, in any orientation."""

from collections.abc import Sequence

import numpy as np

from warmstart.data.similar.arrays import Floats
from warmstart.data.similar.luminance import ORIENTATIONS
from warmstart.data.similar.resampling import halved, windows

Map = tuple[bool, Floats]
"""Features of n images on a grid, (n, c, g, g), and whether their channels are directions."""


def features_of(light: Floats, tint: Floats) -> list[Map]:
    """Pooled luminance, colour, and strength of edges in four directions at three sizes."""
    contrast = light.std((1, 2), keepdims=True) + 4
    shown = (light - light.mean((1, 2), keepdims=True)) / contrast
    maps = [(False, 2 * _pooled(shown[:, None], 8))]
    for _ in range(3):
        edges = np.stack(
            [
                shown[:, 1:-1, 2:] - shown[:, 1:-1, :-2],
                shown[:, 2:, 1:-1] - shown[:, :-2, 1:-1],
                (shown[:, 2:, 2:] - shown[:, :-2, :-2]) * np.float32(0.7),
                (shown[:, 2:, :-2] - shown[:, :-2, 2:]) * np.float32(0.7),
            ],
            1,
        )
        strength = _pooled(np.abs(edges), 5)
        mean = strength.mean((1, 2, 3), keepdims=True) + 1e-3
        maps.append((True, np.float32(0.7) * np.sqrt(strength / mean)))
        shown = halved(shown)
    maps.append((False, _pooled(tint / contrast[:, None], 5)))
    return maps


def _pooled(images: Floats, cells: int) -> Floats:
    weights = windows(np.zeros((1, 2)), cells, images.shape[-1])[0]
    return np.asarray(weights @ images @ weights.T, np.float32)


def turned_features(maps: Sequence[Map], number: int) -> Floats:
    """Features of the images in this orientation, shape (n, p), without computing them anew."""
    transpose, upside_down, mirror = ORIENTATIONS[number]
    flat = []
    for directed, values in maps:
        order = [0, 1, 2, 3]
        if directed and transpose:
            order = [1, 0, 2, 3]
        if directed and upside_down != mirror:
            order = [*order[:2], 3, 2]
        turned = values[:, order] if directed else values
        turned = turned.swapaxes(2, 3) if transpose else turned
        turned = turned[:, :, :: -1 if upside_down else 1, :: -1 if mirror else 1]
        flat.append(turned.reshape(len(turned), turned[0].size))
    return np.concatenate(flat, 1)
