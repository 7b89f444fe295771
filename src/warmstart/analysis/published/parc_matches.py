"""What the accuracies of the PARC benchmark say of choosing a source without any score."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from warmstart.analysis.agreement import STATISTICS
from warmstart.analysis.baselines import always, prior, random_choice
from warmstart.analysis.cells import Compare, cells_of
from warmstart.analysis.published import parc
from warmstart.analysis.published.matches import Match
from warmstart.analysis.ranking import per_cell
from warmstart.analysis.tidy import tidy_results

_TAU, _REGRET, _HIT = (list(STATISTICS).index(s) for s in ("weighted_tau", "regret_1", "hit_1"))
_CHOICES: Mapping[Compare, str] = {
    "sources": "sources of one network",
    "both": "networks and sources",
}
_SCORES = {"PARC, 32 dimensions, with capacity": 70.28, "1-NN, with capacity": 68.01}
"""Mean Pearson correlation with accuracy, in percent, as the repository prints it."""


def matches(folder: Path) -> Iterator[Match]:
    """How many accuracies there are, and the baselines that they allow."""
    for pool in ("controlled", "all"):
        table = parc.results(folder, pool)
        yield Match(
            quantity=f"Known accuracies, {pool}",
            recomputed=float(len(table)),
            finding=f"{table['network'].nunique()} networks, {table['source'].nunique()} sources, "
            f"{table['target'].nunique()} targets; {parc.unknown(folder, pool)} are unknown",
        )
    yield from _baselines(folder)
    for name, value in _SCORES.items():
        yield Match(
            quantity=f"{name}: correlation with accuracy in percent",
            published=value,
            decimals=2,
            says="mean correlation, transfers of all targets",
            needs="the probe sets",
        )


def _baselines(folder: Path) -> Iterator[Match]:
    results = tidy_results(parc.results(folder), "the published accuracies").table
    for compare, what in _CHOICES.items():
        cells, _ = cells_of(results, "accuracy", compare=compare)
        rivals = {
            "random choice": random_choice(cells),
            "always ImageNet": always([cell.candidates for cell in cells], "imagenet"),
            "prior": prior(cells),
        }
        for name, scores in rivals.items():
            found = np.mean(per_cell(cells, scores), axis=0)
            yield Match(
                quantity=f"{name}, {what}: regret in points of accuracy",
                recomputed=float(found[_REGRET]),
                finding=f"weighted tau {found[_TAU]:.3f}, best source in {found[_HIT]:.0%} of "
                f"{len(cells)} cases; self pairs left out",
            )
