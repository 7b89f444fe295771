"""Properties of the images of one dataset, each a number."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.errors import DataError
from warmstart.measures.checks import check_features


def resolution(native_sizes: ArrayLike) -> float:
    """Typical side of an image in pixels: the median of the root of width times height.

    Args:
        native_sizes: Width and height of each image as it is stored, shape (n, 2).

    Returns:
        In pixels, above 0.

    Raises:
        DataError: If a size is not above 0.

    Example:
        >>> resolution([[200, 50]])
        100.0

    References:
        van den Brandt et al., "Cats, not CAT scans", 2021.
    """
    sizes = np.asarray(check_features(native_sizes, "native_sizes", least=1), np.float64)
    if sizes.shape[1] != 2 or (sizes <= 0).any():
        raise DataError("native_sizes must be (n, 2), width and height, all above 0.")
    return float(np.median(np.sqrt(sizes.prod(axis=1))))


def colour(images: ArrayLike) -> float:
    r"""Mean colourfulness of images.

    :math:`\sqrt{\sigma_{rg}^2 + \sigma_{yb}^2} + 0.3 \sqrt{\mu_{rg}^2 + \mu_{yb}^2}` of each image,
    with :math:`rg = R - G` and :math:`yb = (R + G) / 2 - B`.

    Args:
        images: uint8 (n, height, width, 3), or one channel for grey.

    Returns:
        0 for grey, about 110 for extremely colourful.

    Raises:
        DataError: If the images are of another type or shape.

    Example:
        >>> colour(np.full((1, 4, 4, 3), 128, np.uint8))
        0.0

    References:
        Hasler and Süsstrunk, "Measuring colourfulness in natural images", 2003.
    """
    pixels = _images(images)
    return 0.0 if pixels.shape[3] == 1 else float(np.mean([_colourfulness(one) for one in pixels]))


def entropy(images: ArrayLike) -> float:
    """Mean entropy of the grey levels of images, in bits.

    Args:
        images: uint8 (n, height, width, 3), or one channel for grey.

    Returns:
        0 for images of one level, at most 8.

    Raises:
        DataError: If the images are of another type or shape.

    Example:
        >>> entropy(np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1))
        4.0

    References:
        Shannon, "A mathematical theory of communication", 1948.
    """
    return float(np.mean([_grey_entropy(one) for one in _images(images)]))


def _images(images: ArrayLike) -> NDArray[Any]:
    found = np.asarray(images)
    if found.ndim != 4 or found.dtype != np.uint8 or not found.size or found.shape[3] not in (1, 3):
        raise DataError(
            f"images are {found.dtype} of shape {found.shape}; expected uint8 (n, height, width, 1 "
            "or 3), n at least 1."
        )
    return found


def _colourfulness(image: NDArray[np.uint8]) -> float:
    red, green, blue = image.astype(np.float64).reshape(-1, 3).T
    opponent = np.stack([red - green, (red + green) / 2 - blue])
    spread, shift = np.linalg.norm(opponent.std(axis=1)), np.linalg.norm(opponent.mean(axis=1))
    return float(spread + 0.3 * shift)


def _grey_entropy(image: NDArray[np.uint8]) -> float:
    """Grey as Pillow makes it of red, green and blue."""
    levels = image[..., 0].astype(np.uint32)
    if image.shape[2] == 3:
        red, green, blue = np.moveaxis(image.astype(np.uint32), 2, 0)
        levels = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
    counts = np.bincount(levels.ravel())
    shares = counts[counts > 0] / counts.sum()
    return float(abs(-(shares * np.log2(shares)).sum()))
