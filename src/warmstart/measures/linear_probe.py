"""Linear probe: the AUC of logistic regression on the features, on images it was not fitted to."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warmstart.core.assign import assign
from warmstart.errors import ConfigError, DataError
from warmstart.measures.checks import Floats, Ints
from warmstart.measures.features import Features
from warmstart.measures.labels import check_groups
from warmstart.measures.logistic import curvature_factor, fit_logistic
from warmstart.measures.target import Target, mean_over, targets
from warmstart.metrics import auc_ovr

FOLDS = 5
PENALTY = 0.01
"""Weight of half the squared weights, per image that is fitted to."""


def linear_probe(
    features: ArrayLike,
    labels: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    folds: int = FOLDS,
    seed: int = 0,
) -> float:
    """Cross-validated AUC of logistic regression on standardised features.

    Each fold is predicted by a fit to the others, with a light penalty on the squared weights,
    0.005 per image. Every class gets its share of every fold, as far as groups allow.

    Args:
        features: Features of the target's images, shape (n, d).
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): the mean
            over labels.
        groups: Group of each image, such as its patient, shape (n,); all images of a group are in
            one fold. Each image is its own group by default.
        folds: How many; fewer where there are fewer groups.
        seed: Draws which of equal groups goes to which fold.

    Returns:
        Mean over folds of the AUC of each class against the rest, weighted by prevalence: 0 to 1,
        0.5 for guessing; higher is better. Folds that hold one class only have no AUC and are left
        out.

    Raises:
        DataError: If shapes disagree, a value is not finite, all images have the same features,
            there is one class only, or no fold holds two classes that others hold too.
        ConfigError: If folds is below 2.

    Example:
        >>> features = [[0.0], [0.1], [0.2], [1.0], [1.1], [1.2]]
        >>> linear_probe(features, [0, 0, 0, 1, 1, 1], folds=3)
        1.0

    References:
        Alain & Bengio, Understanding intermediate layers using linear classifier probes, 2017.
    """
    if folds < 2:
        raise ConfigError(f"linear_probe got folds = {folds}; expected at least 2.")
    found = targets(features, labels)
    units = check_groups(groups, found[0].features.n)
    return mean_over(found, lambda target: target_linear_probe(target, units, folds, seed))


def target_linear_probe(target: Target, units: Ints, folds: int = FOLDS, seed: int = 0) -> float:
    """`linear_probe` of one question."""
    count = min(folds, len(np.unique(units)))
    rng = np.random.default_rng(seed)
    fold_of = assign(target.one_hot.astype(np.bool_), units, (1 / count,) * count, rng)
    everything, n = np.arange(len(units)), len(units)
    shared = curvature_factor(
        _rows(target.features, everything), target.codes, len(target.counts), PENALTY * n
    )
    aucs = [_fold_auc(target, fold_of == fold, shared) for fold in range(count)]
    known = [auc for auc in aucs if not np.isnan(auc)]
    if not known:
        raise DataError(
            "no fold holds two classes that other folds hold too; linear_probe needs at least two "
            "groups (without groups: images) of each of two classes."
        )
    return float(np.mean(known))


def _fold_auc(target: Target, held_out: NDArray[np.bool_], curvature: Floats | None) -> float:
    """AUC on a fold of a fit to the others; NaN if the fold holds no two classes of theirs."""
    train = np.flatnonzero(~held_out)
    learnt = np.unique(target.codes[train])
    test = np.flatnonzero(held_out & np.isin(target.codes, learnt))
    if len(np.unique(target.codes[test])) < 2:
        return float("nan")
    numbers = np.searchsorted(learnt, target.codes)
    rows, penalty = _rows(target.features, train), PENALTY * len(train)
    fitted = fit_logistic(rows, numbers[train], len(learnt), penalty, curvature)
    return auc_ovr(numbers[test], fitted.probabilities(_rows(target.features, test)))


def _rows(features: Features, chosen: Ints) -> Floats:
    return np.asarray(features.rows[chosen], np.float64)
