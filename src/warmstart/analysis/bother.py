"""Whether it is worth the effort: what a source gains over one that takes no thought."""

from dataclasses import dataclass

import numpy as np

from warmstart.analysis.comparison import SAME, corrected_resampled_interval
from warmstart.analysis.intervals import LEVEL
from warmstart.analysis.practical import COUNTS
from warmstart.metrics.arrays import Floats


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What is gained, in AUC points.

    Attributes:
        mean: Expected gain; negative: a loss.
        low: Low end of its 95 % interval; NaN where nothing can be said of it.
        high: High end.
        counts: Probability that the gain exceeds `COUNTS`; NaN where nothing can be said of it.
    """

    mean: float
    low: float
    high: float
    counts: float


def gain_of_draws(draws: Floats, start: int, other: int) -> Gain:
    """Gain of one candidate over another, as predicted.

    What varies: the outcomes that are possible on a target not yet tried.

    Args:
        draws: Possible outcomes in AUC points, shape (draws, candidates); NaN: nothing is known.
        start: Column of the candidate to start from.
        other: Column of the one it is compared with.
    """
    gains = draws[:, start] - draws[:, other]
    if not len(gains) or not np.isfinite(gains).all():
        return Gain(mean=np.nan, low=np.nan, high=np.nan, counts=np.nan)
    low, high = np.quantile(gains, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    counts = float((gains > COUNTS).mean())
    return Gain(mean=float(gains.mean()), low=float(low), high=float(high), counts=counts)


def gain_of_folds(differences: Floats, test_share: float) -> Gain:
    """Gain of one candidate over another, as trained.

    What varies: the split into training and test part. For a candidate that was chosen on the same
    folds, take `warmstart.analysis.chosen.Chosen.per_fold`, else the gain is too high.

    Args:
        differences: Paired differences in AUC points, one per (seed, fold), shape (J,); NaN where
            one of the two has no value.
        test_share: n_test / n_train of the folds.

    References:
        Corani & Benavoli, "A Bayesian approach for comparing cross-validated algorithms on multiple
        data sets", Machine Learning 2015: the posterior of the mean, whose interval is that of the
        corrected resampled t test.
    """
    from scipy.special import stdtr  # scipy.stats takes a second to import

    known = differences[np.isfinite(differences)]
    mean = float(known.mean()) if len(known) else float("nan")
    if len(known) < 2 or np.ptp(known) < SAME:
        return Gain(mean=mean, low=np.nan, high=np.nan, counts=np.nan)
    low, high = corrected_resampled_interval(known, test_share)
    error = np.sqrt((1 / len(known) + test_share) * known.var(ddof=1))
    counts = float(stdtr(len(known) - 1, (mean - COUNTS) / error))
    return Gain(mean=mean, low=low, high=high, counts=counts)
