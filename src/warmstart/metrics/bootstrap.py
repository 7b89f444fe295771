"""Metrics of many resamples of the same images at once.

A resample is how often it holds each image, one row of ``weights`` (B, n). Every function returns
what the plain metric returns on the images repeated that often, without repeating them: ranks
depend on the scores only, so they are found once.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.metrics.arrays import (
    Bools,
    Floats,
    Ints,
    check_binary,
    check_classes,
    check_weights,
)

CHUNK_BYTES = 24_000_000
"""Size of one (n, resamples) block of float64; at most four of them are alive at a time."""


def resampled_roc_auc(labels: ArrayLike, scores: ArrayLike, weights: ArrayLike) -> Floats:
    """Area under the ROC curve of each resample.

    Args:
        labels: 0 or 1 for each image, shape (n,).
        scores: Higher for class 1, shape (n,). Ties count one half.
        weights: How often each resample holds each image, shape (B, n).

    Returns:
        Shape (B,), between 0 and 1, higher is better; NaN where a resample has one class only.

    Raises:
        DataError: If the arrays do not fit each other.

    Example:
        >>> resampled_roc_auc([0, 1, 1], [0.2, 0.1, 0.9], [[1, 1, 1], [1, 0, 2]]).tolist()
        [0.5, 1.0]
    """
    positive, s = check_binary(labels, scores)
    ranking = _rank(positive, s)
    return _by_chunks(lambda w: _auc(ranking, w), check_weights(weights, len(s)))


def resampled_auc_ovr(
    labels: ArrayLike,
    scores: ArrayLike,
    weights: ArrayLike,
    average: Literal["weighted", "macro"],
) -> Floats:
    """One-vs-rest AUC of each resample; see `warmstart.metrics.classification.auc_ovr`.

    Prevalences are those of the resample; a class that a resample lacks contributes nothing to it.

    Args:
        labels: Class of each image, 0 to K-1, shape (n,).
        scores: Probability of each class, shape (n, K).
        weights: How often each resample holds each image, shape (B, n).
        average: Mean over classes weighted by prevalence, or unweighted.

    Returns:
        Shape (B,), between 0 and 1, higher is better; NaN where a resample has one class only.

    Raises:
        DataError: If the arrays do not fit each other.
    """
    y, s = check_classes(labels, scores)
    if s.shape[1] == 2:
        return resampled_roc_auc(y, s[:, 1], weights)
    members = _one_hot(y, s.shape[1])
    rankings = [_rank(members[:, c], s[:, c]) for c in range(s.shape[1])]

    def compute(w: Floats) -> Floats:
        aucs = np.stack([_auc(ranking, w) for ranking in rankings])
        mass = members.T.astype(np.float64) @ w
        return weighted_mean(aucs, mass if average == "weighted" else (mass > 0).astype(float))

    return _by_chunks(compute, check_weights(weights, len(y)))


def resampled_accuracy(labels: ArrayLike, scores: ArrayLike, weights: ArrayLike) -> Floats:
    """Share of images whose most probable class is right, for each resample.

    Args and errors are those of `resampled_auc_ovr`. Returns shape (B,), higher is better.
    """
    y, s = check_classes(labels, scores)
    right = (s.argmax(axis=1) == y).astype(np.float64)
    return _by_chunks(lambda w: _ratio(right @ w, w.sum(axis=0)), check_weights(weights, len(y)))


def resampled_balanced_accuracy(labels: ArrayLike, scores: ArrayLike, weights: ArrayLike) -> Floats:
    """Mean over the classes present in a resample of the share recognised, for each resample.

    Args and errors are those of `resampled_auc_ovr`. Returns shape (B,), higher is better.
    """
    y, s = check_classes(labels, scores)
    members = _one_hot(y, s.shape[1]).T.astype(np.float64)
    right = members * (s.argmax(axis=1) == y)

    def compute(w: Floats) -> Floats:
        mass = members @ w
        return weighted_mean(_ratio(right @ w, mass), (mass > 0).astype(np.float64))

    return _by_chunks(compute, check_weights(weights, len(y)))


def weighted_mean(values: Floats, weights: Floats) -> Floats:
    """Mean over the first axis of what is not NaN, without warnings; NaN where nothing is left.

    Args:
        values: Shape (m, B).
        weights: Shape (m, B), not negative.

    Returns:
        Shape (B,).
    """
    known = np.where(np.isnan(values), 0.0, weights)
    return _ratio((np.nan_to_num(values) * known).sum(axis=0), known.sum(axis=0))


class _Ranking(NamedTuple):
    """Where each positive image stands among the negatives ordered by score."""

    positive: Ints  # rows of the positive images
    negative: Ints  # rows of the negative images, by rising score
    below: Ints  # for each positive: how many negatives score less
    upto: Ints  # for each positive: how many negatives score less or the same


def _rank(positive: Bools, scores: Floats) -> _Ranking:
    rows = np.flatnonzero(~positive)
    negative = rows[np.argsort(scores[rows], kind="stable")]
    hits = np.flatnonzero(positive)
    below = np.searchsorted(scores[negative], scores[hits], side="left")
    upto = np.searchsorted(scores[negative], scores[hits], side="right")
    return _Ranking(hits, negative, below, upto)


def _auc(ranking: _Ranking, w: Floats) -> Floats:
    """AUC of each resample; ``w`` is (n, b). Counts and halves add up without rounding."""
    beaten = np.zeros((len(ranking.negative) + 1, w.shape[1]))
    np.cumsum(w[ranking.negative], axis=0, out=beaten[1:])
    wins = beaten[ranking.below]
    if (ranking.below != ranking.upto).any():
        wins = 0.5 * (wins + beaten[ranking.upto])
    hits = w[ranking.positive]
    return _ratio(np.einsum("ib,ib->b", hits, wins), hits.sum(axis=0) * beaten[-1])


def _one_hot(labels: Ints, classes: int) -> Bools:
    return np.asarray(labels[:, None] == np.arange(classes))


def _ratio(above: Floats, below: Floats) -> Floats:
    """Quotient, NaN where the denominator is zero."""
    out: Floats = np.full(below.shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def _by_chunks(compute: Callable[[Floats], Floats], weights: NDArray[Any]) -> Floats:
    parts = [compute(block) for block in _blocks(weights)]
    return np.concatenate(parts) if parts else np.empty(0)


def _blocks(weights: NDArray[Any]) -> Iterator[Floats]:
    """Cut (B, n) weights into (n, b) blocks of bounded size."""
    size = max(1, CHUNK_BYTES // (8 * max(1, weights.shape[1])))
    for first in range(0, len(weights), size):
        yield np.ascontiguousarray(weights[first : first + size].T, dtype=np.float64)
