"""PARC: whether images whose features differ are of different classes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.errors import DataError
from warmstart.measures.checks import Floats, Ints, float64_blocks
from warmstart.measures.features import Features
from warmstart.measures.target import Target, mean_over, targets

Codes = NDArray[np.uint32]

BLOCK = 512
"""Images whose correlations with others are held at once."""
MOST_PAIRS = 2**28
"""Pairs sorted at once, in 4 bytes each; of more pairs, one range of distances at a time."""
_ROUNDING = 1e-12
_STEPS = 2**30
"""Steps between distances 0 and 1: what is closer than 1e-9 is a tie. Larger than rounding errors,
smaller than anything that changes a correlation of ranks."""


def parc(features: ArrayLike, labels: ArrayLike) -> float:
    """Pairwise annotation representation comparison.

    Features are standardised. The distance of two images is one minus the correlation of their
    features; that of their labels is one minus the correlation of one-hot labels, which takes two
    values: same class or not. PARC is 100 times Spearman's correlation of the two over all pairs,
    with average ranks for ties.

    Args:
        features: Features of the target's images, shape (n, d), d >= 2.
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): the mean
            over labels. (The correlation of whole rows of yes/no labels, which the authors' code
            takes, does not exist for images that have none of the labels.)

    Returns:
        -100 to 100, higher is better; the largest value possible depends on the class balance.

    Raises:
        DataError: If shapes disagree, a value is not finite, all images have the same features,
            there is one class only, no two images are of one class, or an image has no spread of
            features after standardising.

    Example:
        >>> features = [[0.0, 1.0, 0.3], [0.1, 0.8, 0.2], [1.0, 0.1, 0.4], [1.1, 0.0, 0.5]]
        >>> parc(features, [0, 0, 1, 1]) > parc(features, [0, 1, 0, 1])
        True

    References:
        Bolya, Mittapalli & Hoffman, Scalable Diverse Model Selection, NeurIPS 2021.
    """
    return mean_over(targets(features, labels), target_parc)


def target_parc(target: Target) -> float:
    """`parc` of one question."""
    counts, n = target.counts.astype(np.float64), target.features.n
    pairs, same = n * (n - 1) / 2, float((counts * (counts - 1) / 2).sum())
    if not same:
        raise DataError("no two images are of one class; parc needs a class of two images.")
    before = ranks = ties = 0.0
    for codes in _sorted_codes(_directions(target.features), target.codes):
        for values in _whole_values(codes):
            distances = values >> 1
            first = np.flatnonzero(np.append(True, distances[1:] != distances[:-1]))
            sizes = np.diff(first, append=len(values))
            alike = np.add.reduceat(values & 1, first, dtype=np.float64)
            ranks += float((before + first + (sizes + 1) / 2) @ alike)
            ties += float((sizes.astype(np.float64) ** 3 - sizes).sum())
            before += len(values)
    spread = (pairs**2 - 1) / 12 - ties / (12 * pairs)
    if spread <= 0:
        raise DataError("all pairs of images are equally far apart; parc needs some that differ.")
    share = same / pairs
    covariance = share * (pairs + 1) / 2 - ranks / pairs
    return 100 * covariance / float(np.sqrt(spread * share * (1 - share)))


def _directions(features: Features) -> Floats:
    """Images as vectors whose inner products are the correlations of standardised features."""
    total = sum(np.square(block - features.mean).sum(axis=0) for block in _rows(features))
    spread = np.sqrt(total / features.n)
    scale = np.where(spread > 1e-14 * np.abs(features.mean), spread, np.inf)
    found = np.empty(features.rows.shape)
    start = 0
    for block in _rows(features):
        part = found[start : start + len(block)]
        np.divide(block - features.mean, scale, out=part)
        before = np.linalg.norm(part, axis=1, keepdims=True)
        part -= part.mean(axis=1, keepdims=True)
        length = np.linalg.norm(part, axis=1, keepdims=True)
        flat = length[:, 0] <= _ROUNDING * before[:, 0]
        if flat.any():
            row = start + int(np.argmax(flat))
            raise DataError(
                f"features row {row} are all equal once standardised; parc needs features that "
                "vary within every image: leave out that image."
            )
        part /= length
        start += len(block)
    return found


def _rows(features: Features) -> Iterator[Floats]:
    return float64_blocks(features.rows)


def _sorted_codes(directions: Floats, classes: Ints) -> Iterator[Codes]:
    """Yield the distances of all pairs, ascending, as much at a time as may be sorted at once.

    A code is a distance in steps, and in its last bit whether the two are of one class.
    """
    pairs = len(classes) * (len(classes) - 1) // 2
    ranges = _ranges(directions, classes) if pairs > MOST_PAIRS else [(0, 2**32, pairs)]
    for low, high, size in ranges:
        found, filled = np.empty(size, np.uint32), 0
        for codes in _codes(directions, classes):
            chosen = codes if size == pairs else codes[(codes >= low) & (codes < high)]
            found[filled : filled + len(chosen)] = chosen
            filled += len(chosen)
        found.sort()
        yield found


def _ranges(directions: Floats, classes: Ints) -> list[tuple[int, int, int]]:
    """Ranges of codes, ascending, with how many pairs are in each: about what may be sorted."""
    counts = np.zeros(2**16, np.int64)
    for codes in _codes(directions, classes):
        counts += np.bincount(codes >> 16, minlength=2**16)
    found, start, held = [], 0, 0
    for bucket, count in enumerate(counts.tolist()):
        if held and held + count > MOST_PAIRS:
            found.append((start << 16, bucket << 16, held))
            start, held = bucket, 0
        held += count
    return [*found, (start << 16, 2**32, held)]


def _codes(directions: Floats, classes: Ints) -> Iterator[Codes]:
    """Yield the code of every pair of images, those of some images at a time."""
    for start in range(0, len(classes), BLOCK):
        rows = slice(start, start + BLOCK)
        distances = directions[rows] @ directions[start:].T
        np.subtract(1, distances, out=distances)
        distances.clip(0, 2 - 1 / _STEPS, out=distances)
        distances *= _STEPS
        codes = np.rint(distances, out=distances).astype(np.uint32)
        codes *= np.uint32(2)
        codes += classes[rows, None] == classes[start:]
        yield codes[np.arange(codes.shape[1]) > np.arange(len(codes))[:, None]]


def _whole_values(codes: Codes, step: int = 2**20) -> Iterator[NDArray[Any]]:
    """Yield sorted codes some at a time, never a part of those of equal distance."""
    start = 0
    while start < len(codes):
        last = codes[min(start + step, len(codes)) - 1] | np.uint32(1)
        stop = int(np.searchsorted(codes, last, side="right"))
        yield codes[start:stop]
        start = stop
