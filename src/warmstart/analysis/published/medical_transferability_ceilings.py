"""How well some runs of the comparison on MedMNIST predict the others of the same pairs.

A setting is a learning rate and a batch size. Its ten runs, called repeats, are one each with two
momenta and five weight decays (the training logs say so, `runs` does not), so that they differ in
more than the seed.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from warmstart.analysis.agreement import STATISTICS, agreement, resampled_gains
from warmstart.analysis.ceiling import HALF, ONE, SPLITS
from warmstart.analysis.published.matches import Match
from warmstart.analysis.published.medical_transferability import SETTINGS
from warmstart.metrics.arrays import Floats, Ints

CEILINGS: Mapping[str, tuple[bool, bool]] = MappingProxyType(
    {
        f"{name} predicts the others: weighted tau{more}": (name == ONE, bool(more))
        for name in (HALF, ONE)
        for more in ("", ", settings chosen by all repeats")
    }
)
"""Quantity to whether a single repeat predicts, and whether all repeats choose the setting."""
_WHOSE = {
    False: "settings chosen on each side of every split by what its own repeats validate",
    True: "settings chosen once, also by what the repeats to be predicted validate",
}
_TAU, _REGRET = (list(STATISTICS).index(name) for name in ("weighted_tau", "regret_1"))


def ceilings(runs: pd.DataFrame) -> Iterator[Match]:
    """What half of the repeats, or one, say of the others, for every source at its best setting.

    Which repeats predict is drawn for each source by itself, `SPLITS` times. Each side of a split
    takes the setting that its own repeats validate best, so that nothing of what is predicted is
    used; beside it stands what comes out where the setting is chosen once, by all repeats.

    Args:
        runs: Rows of `warmstart.analysis.published.medical_transferability.runs`.
    """
    for quantity, (single, by_all) in CEILINGS.items():
        rng = np.random.default_rng(0)
        found = np.mean(
            [
                _of_target(own, single=single, by_all=by_all, rng=rng)
                for _, own in runs.groupby("target")
            ],
            axis=0,
        )
        yield Match(
            quantity=quantity,
            recomputed=float(found[_TAU]),
            finding=f"regret {found[_REGRET]:.2f} AUC points; {_WHOSE[by_all]}; repeats differ in "
            "momentum and weight decay",
        )


def _of_target(
    runs: pd.DataFrame, *, single: bool, by_all: bool, rng: np.random.Generator
) -> Floats:
    """Every statistic of one target, mean over splits."""
    said: list[Floats] = []
    truth: list[Floats] = []
    for _, own in runs.groupby("source"):
        wide = own.pivot(index="repeat", columns=SETTINGS)
        validation, auc = (wide[name].to_numpy(np.float64) for name in ("validation_auc", "auc"))
        count = len(wide)
        orders = np.argsort(rng.random((SPLITS, count)), axis=1)
        size = 1 if single else count // 2
        for part, sides in ((orders[:, :size], said), (orders[:, size:], truth)):
            sides.append(_at_best(validation, auc, orders if by_all else part, part))
    table = agreement(100 * np.stack(truth, axis=1), 100 * np.stack(said, axis=1))
    mean: Floats = np.nanmean(table, axis=0)
    return mean


def _at_best(validation: Floats, auc: Floats, choosing: Ints, using: Ints) -> Floats:
    """Mean AUC of the repeats used, at the setting whose repeats that choose validate best.

    Args:
        validation: AUC of the validation part, shape (repeats, settings).
        auc: AUC of the test part, of the same shape.
        choosing: Repeats that choose, shape (splits, m).
        using: Repeats whose mean is taken, shape (splits, k).

    Returns:
        Shape (splits,).
    """
    means = resampled_gains(validation, choosing)
    best = np.where(np.isnan(means), -np.inf, means).argmax(axis=1)
    chosen: Floats = resampled_gains(auc, using)[np.arange(len(best)), best]
    return chosen
