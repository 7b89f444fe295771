"""PARC: whether images whose features differ are of different classes."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from warmstart.errors import DataError
from warmstart.measures.checks import Floats, Ints, float64_blocks
from warmstart.measures.features import Features
from warmstart.measures.target import Target, mean_over, targets

BLOCK = 512
"""Images whose correlations with others are held at once."""
MOST_PAIRS = 2**22
"""Pairs whose distances are kept; those of more are counted only."""
_DIGITS = 36
"""Binary digits of a distance: what is the same to 2^-36, 1.5e-11, is a tie. Larger than rounding
errors, smaller than anything that changes a correlation of ranks."""
_TABLE_DIGITS = 22
"""Of which so many are counted at once, in a table of fixed size."""
_CROWDED = 1e-5
"""Share of the pairs that may be counted together, before the next digits are counted too."""
_ROUNDING = 1e-12


def parc(features: ArrayLike, labels: ArrayLike) -> float:
    """Pairwise annotation representation comparison.

    Features are standardised. The distance of two images is one minus the correlation of their
    features; that of their labels is one minus the correlation of one-hot labels, which takes two
    values: same class or not. PARC is 100 times Spearman's correlation of the two over all pairs,
    with average ranks for ties: distances that are the same to 2^-36, 1.5e-11. Of more than 2,896
    images those that are the same to 2^-21, 5e-7, share a rank too where they are at most a
    hundred-thousandth of all pairs.

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
    sizes, alike = _distances_met(_directions(target.features), target.codes)
    ranks = np.cumsum(sizes) - (sizes - 1) / 2
    spread = (pairs**2 - 1) / 12 - float((sizes**3 - sizes).sum()) / (12 * pairs)
    if spread <= 0:
        raise DataError("all pairs of images are equally far apart; parc needs some that differ.")
    share = same / pairs
    covariance = share * (pairs + 1) / 2 - float(ranks @ alike) / pairs
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


def _distances_met(directions: Floats, classes: Ints) -> tuple[Floats, Floats]:
    """For each distance, ascending: how many pairs are that far apart, and how many of one class.

    Memory is a block of images times all, and a table of fixed size.
    """
    if len(classes) * (len(classes) - 1) // 2 <= MOST_PAIRS:
        every = np.concatenate(list(_codes(directions, classes)))
        values, counts = np.unique(every, return_counts=True)
        first = np.flatnonzero(np.diff(values >> 1, prepend=-1))
        met = [np.add.reduceat(part, first) for part in (counts, counts * (values & 1))]
    else:
        met = list(_counted(directions, classes))
    return met[0].astype(np.float64), met[1].astype(np.float64)


def _counted(directions: Floats, classes: Ints) -> Ints:
    """The same by the leading digits of distances, shape (2, distances).

    Pairs whose leading digits many others have are counted again by more digits, all the others
    passed over, until no count is large or no digits are left.
    """
    most = _CROWDED * len(classes) * (len(classes) - 1) / 2
    leading, left = np.zeros(1, np.int64), _DIGITS + 1  # distances are up to 2
    steps, counts = [], []
    while len(leading):
        more = min(left, _TABLE_DIGITS - (len(leading) - 1).bit_length())
        table = np.zeros(len(leading) << more + 1, np.int64)
        for codes in _codes(directions, classes):
            place = np.searchsorted(leading, codes >> left + 1).clip(max=len(leading) - 1)
            inside = leading[place] == codes >> left + 1
            codes, place = codes[inside], place[inside]
            digits = codes >> left - more + 1 & (1 << more) - 1
            table += np.bincount((place << more | digits) << 1 | codes & 1, minlength=len(table))
        left -= more
        apart, alike = table.reshape(-1, 2).T
        met = np.flatnonzero(apart + alike)
        found = np.column_stack([apart + alike, alike])[met]
        digits = leading[met >> more] << more | met & (1 << more) - 1
        crowded = (found[:, 0] > most) & (left > 0)
        steps.append(digits[~crowded] << left)
        counts.append(found[~crowded])
        leading = digits[crowded]
    found = np.concatenate(counts)
    return found[np.argsort(np.concatenate(steps))].T


def _codes(directions: Floats, classes: Ints) -> Iterator[Ints]:
    """Yield the code of every pair of images, those of some images at a time.

    A code is a distance in steps, and in its last bit whether the two are of one class.
    """
    for start in range(0, len(classes), BLOCK):
        rows = slice(start, start + BLOCK)
        distances = directions[rows] @ directions[start:].T
        np.subtract(1, distances, out=distances)
        distances *= 2.0**_DIGITS
        distances.clip(0, 2.0 ** (_DIGITS + 1) - 1, out=distances)
        codes = np.rint(distances, out=distances).astype(np.int64)
        codes <<= 1
        codes |= classes[rows, None] == classes[start:]
        yield codes[np.arange(codes.shape[1]) > np.arange(len(codes))[:, None]]
