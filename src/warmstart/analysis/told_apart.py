"""Which sources can be told apart on each target, by the rule of the design."""

from collections.abc import Collection, Iterator

import pandas as pd

from warmstart.analysis.comparison import COLUMNS, compare
from warmstart.analysis.transferability import with_label_means

ALL_COLUMNS = ["network", "arm", "target", *COLUMNS]
_SIZES = ["n_train", "n_test"]
Pair = tuple[str, str, str, str]


def told_apart(
    results: pd.DataFrame, metric: str, kept: Collection[Pair]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Compare the sources of every target with the best of them.

    Args:
        results: In the tidy form. Where sizes of training and test part are not known, those of a
            k-fold cross-validation are taken, 1 / (k - 1).
        metric: Which of its metrics.
        kept: Network, source, arm and target of what is compared.

    Returns:
        One row per network, arm, target and source, as of `warmstart.analysis.comparison.compare`;
        and a note where sizes were taken for granted.
    """
    rows = results[results["metric"] == metric].drop(columns=["origin", "shares_images"])
    runs = with_label_means(rows)
    runs = runs[runs["label"] == ""].dropna(subset="value")
    pairs = runs[["network", "source", "arm", "target"]].itertuples(index=False, name=None)
    runs = runs[[pair in kept for pair in pairs]]
    guessed = runs[_SIZES].isna().any(axis=None) and runs["fold"].nunique() > 1
    parts = list(_parts(runs))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=ALL_COLUMNS)
    note = "Sizes of parts are not given; those of a k-fold cross-validation are taken."
    return table[ALL_COLUMNS], (note,) if guessed else ()


def _parts(runs: pd.DataFrame) -> Iterator[pd.DataFrame]:
    axes = ["network", "arm", "target"]
    for _, cell in runs.groupby(axes, sort=True):
        k = cell["fold"].nunique()
        known = cell[_SIZES].notna().all(axis=None)
        sizes = {} if known else {"n_test": 1.0, "n_train": float(max(k - 1, 1))}
        place = {axis: cell[axis].iloc[0] for axis in axes}
        yield compare(cell.assign(**sizes)).assign(**place)
