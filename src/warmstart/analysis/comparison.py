"""Which sources can be told apart from the best one, by the rule of the design."""

import numpy as np
import pandas as pd

from warmstart.analysis.transferability import fold_values
from warmstart.metrics.arrays import Floats

ALPHA = 0.05
"""Family-wise error over the sources of one target."""
MIN_FOLDS = 3
"""With fewer folds the variance of the differences is anybody's guess."""
SAME = 1e-12
"""Differences below this are rounding."""
ALL_EQUAL = "differences are all equal: too few test images to tell"
"""Why a difference without any spread is not tested."""
COLUMNS = [
    "source",
    "mean",
    "difference",
    "p",
    "p_holm",
    "told_apart",
    "reason",
    "best",
    "folds",
    "seeds",
]


def corrected_resampled_t(differences: Floats, test_share: float) -> float:
    """Two-sided p-value of the corrected resampled t test of paired differences.

    What varies: the split into training and test part (and the seed). Test parts of one
    cross-validation share training images, so the variance of their mean is not s^2 / J but about
    (1 / J + n_test / n_train) s^2.

    Args:
        differences: Paired differences of a metric, one per (seed, fold), shape (J,), J >= 2.
        test_share: n_test / n_train; where folds differ, the mean of each fold's own ratio.

    Returns:
        Between 0 and 1. All differences zero gives 1. All equal and not zero gives NaN: metrics of
        few images take few values, so a variance of zero does not say that there is none.

    References:
        Nadeau & Bengio, "Inference for the generalization error", Machine Learning 2003, eq. 9.
    """
    d = np.where(np.abs(differences) < SAME, 0.0, differences)
    center, variance = float(d.mean()), float(d.var(ddof=1))
    if not d.any():
        return 1.0
    if np.ptp(d) < SAME:
        return float("nan")
    return _two_sided(center / np.sqrt((1 / len(d) + test_share) * variance), len(d) - 1)


def corrected_resampled_interval(differences: Floats, test_share: float) -> tuple[float, float]:
    """Return the 95 % interval of the mean difference that belongs to `corrected_resampled_t`.

    Args:
        differences: Paired differences of a metric, one per (seed, fold), shape (J,), J >= 1.
        test_share: n_test / n_train; where folds differ, the mean of each fold's own ratio.

    Returns:
        Low and high: the differences that the test does not reject at 5 %. NaN for a single one,
        and where all are equal, zero or not.
    """
    from scipy.special import stdtrit  # scipy.stats takes a second to import

    if np.ptp(differences) < SAME:
        return float("nan"), float("nan")
    center = float(differences.mean())
    error = np.sqrt((1 / len(differences) + test_share) * differences.var(ddof=1))
    reach = float(stdtrit(len(differences) - 1, 1 - ALPHA / 2) * error)
    return center - reach, center + reach


def holm(p_values: Floats) -> Floats:
    """Holm's step-down adjustment, in the order given; at most 1.

    Args:
        p_values: Shape (m,), without NaN.

    Returns:
        Adjusted p-values (m,): rejecting those below alpha keeps the chance of any false rejection
        below alpha.

    Example:
        >>> holm(np.array([0.04, 0.01, 0.5])).round(3).tolist()
        [0.08, 0.03, 0.5]

    References:
        Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted


def compare(cell: pd.DataFrame) -> pd.DataFrame:
    """Compare every source of one target to the one of highest mean.

    Differences are paired on seed and fold; a source and the best one are compared on the pairs
    both have. The test is two-sided, because the best is known only afterwards.

    Args:
        cell: Results of one network, arm, target, label and metric: columns source, seed, fold,
            value (higher is better; NaN is left out), n_train, n_test.

    Returns:
        One row per source, by falling mean and then name: source, mean (over its own pairs),
        difference (mean of source - best over common pairs), p, p_holm, told_apart (``pd.NA`` for
        the best itself and where nothing is tested; false for a source with missing folds that is
        the higher one on the folds both have), reason (``"best"``, ``"too few folds (2)"``,
        `ALL_EQUAL` or empty), best, folds (number of its (seed, fold) pairs), seeds.
    """
    known = cell.dropna(subset="value")
    if known.empty:
        return pd.DataFrame(columns=COLUMNS)
    values, shares = fold_values(known), _test_shares(known)
    means = values.mean().sort_values(ascending=False, kind="stable")
    best = str(means.index[0])
    rows = [_against(str(s), best, values, shares) for s in means.index]
    table = pd.DataFrame(rows).assign(mean=means.to_numpy(), best=means.index == best)
    tested = table["p"].notna()
    table["p_holm"] = np.nan
    table.loc[tested, "p_holm"] = holm(table.loc[tested, "p"].to_numpy(dtype=np.float64))
    apart = (table["p_holm"] < ALPHA) & (table["difference"] < 0)
    table["told_apart"] = apart.astype("boolean").mask(~tested)
    return table[COLUMNS]


def _against(
    source: str, best: str, values: pd.DataFrame, shares: pd.DataFrame
) -> dict[str, object]:
    """One source against the best, before Holm."""
    own = values[source].dropna()
    common = own.index.intersection(values[best].dropna().index)
    d = (own[common] - values.loc[common, best]).to_numpy(dtype=np.float64)
    folds = common.get_level_values("fold").nunique()
    p, reason = float("nan"), "best"
    if source != best and folds < MIN_FOLDS:
        reason = f"too few folds ({folds})"
    elif source != best:
        p = corrected_resampled_t(d, float(shares.loc[common, source].mean()))
        reason = ALL_EQUAL if np.isnan(p) else ""
    return {
        "source": source,
        "difference": float(d.mean()) if len(d) else float("nan"),
        "p": p,
        "reason": reason,
        "folds": len(own),
        "seeds": own.index.get_level_values("seed").nunique(),
    }


def _test_shares(cell: pd.DataFrame) -> pd.DataFrame:
    """n_test / n_train of each run, (seed, fold) as rows and sources as columns."""
    return fold_values(cell.assign(value=cell["n_test"] / cell["n_train"]))


def _two_sided(t: float, freedom: int) -> float:
    from scipy.special import stdtr  # scipy.stats takes a second to import

    return float(2 * stdtr(freedom, -abs(t)))
