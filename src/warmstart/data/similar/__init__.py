"""Near-duplicates: images that show the same picture, though their pixels differ."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from warmstart.data.similar.equals import equal_pairs, kinds_of, sorted_pairs, with_copies
from warmstart.data.similar.pairs import Pairs
from warmstart.data.similar.pool import Pool
from warmstart.data.similar.search import search

__all__ = ["Pairs", "similar_between", "similar_images"]

Progress = Callable[[int, int], None]


def similar_images(images: NDArray[np.uint8], *, progress: Progress | None = None) -> Pairs:
    """Return pairs of images that show the same picture: turned, mirrored, cropped, recompressed.

    Each set of such images is connected by its pairs, but not every two of it are a pair: an equal
    image is paired with the first of its kind, any other with the few that are closest to it.
    Images without structure are near-duplicates of nothing but their equals.

    Args:
        images: Prepared images, shape (n, s, s, c) with c 1 or 3; may be mapped from disk.
        progress: Called with the work done and the work in all.
    """
    kinds = kinds_of(images, as_grey=False)
    copies = np.flatnonzero(kinds.first_of != np.arange(len(images)))
    first, second, likeness = search(Pool((images,), (kinds.varied,)), progress)
    ones = np.ones(len(copies), np.float32)
    return sorted_pairs(
        np.concatenate([first, kinds.first_of[copies]]),
        np.concatenate([second, copies]),
        np.concatenate([likeness, ones]),
    )


def similar_between(
    images: NDArray[np.uint8],
    others: NDArray[np.uint8],
    *,
    progress: Progress | None = None,
) -> Pairs:
    """Return pairs of an image and another's image that show the same picture.

    As ``similar_images``, across two datasets: whatever is equal to an image of a pair is in a
    pair too. Greyscale and colour are compared by luminance.

    Args:
        images: Prepared images, shape (n, s, s, c) with c 1 or 3; positions ``first``.
        others: Prepared images, shape (m, t, t, d) with d 1 or 3; positions ``second``.
        progress: Called with the work done and the work in all.
    """
    mixed = images.shape[-1] != others.shape[-1]
    ours, theirs = kinds_of(images, as_grey=mixed), kinds_of(others, as_grey=mixed)
    turned = (len(images), ours.digests) > (len(others), theirs.digests)
    if turned:  # both orders compute the same numbers
        pool = Pool((others, images), (theirs.varied, ours.varied), mixed)
        second, first, likeness = search(pool, progress)
    else:
        pool = Pool((images, others), (ours.varied, theirs.varied), mixed)
        first, second, likeness = search(pool, progress)
    equal = equal_pairs(ours, theirs)
    known = set(zip(equal[:, 0].tolist(), equal[:, 1].tolist(), strict=True))
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    new = np.array([pair not in known for pair in pairs], np.bool_)
    return with_copies(
        ours,
        theirs,
        np.concatenate([equal[:, 0], first[new]]),
        np.concatenate([equal[:, 1], second[new]]),
        np.concatenate([np.ones(len(equal), np.float32), likeness[new]]),
    )
