"""The published places of seven scores of the comparison on MedMNIST, computed again.

``ktau_<side>_rank.csv`` holds, for every target, the place of each score by its weighted tau. The
authors' own score is the product of the linear probe and ``fu``, each scaled to between 0 and 1
over the candidates.

The notebooks of the repository turn nothing round for sources. For architectures they turn round
four of the scores and both parts of their own, although both sides have the same linear probe and
``fu``, and nearly the same LEEP, NLEEP and PARC, of the one candidate they share (ResNet from
ImageNet).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from warmstart.analysis.cells import Cell
from warmstart.analysis.published.files import check_rows, read_table
from warmstart.analysis.published.matches import Match
from warmstart.analysis.published.medical_transferability import CLONE, Side
from warmstart.metrics.arrays import Floats

OWN = "our"
PARTS = ("lp", "fu")
RANKED = ("logme", "sfda", "leep", "parc", "ncti", "nleep", OWN)
TURNED: Mapping[Side, Collection[str]] = {
    "dataset": (),
    "model": ("leep", "parc", "ncti", "nleep", *PARTS),
}
"""Scores that were ranked as if lower were better."""
_SAYS = "rank of each score by weighted Kendall tau"
_FINDING: Mapping[Side, str] = {
    "dataset": "the same; a score that says the same of all sources has no tau, and the last place",
    "model": "the same with LEEP, PARC, NCTI, NLEEP and both parts of the authors' own turned "
    "round, lowest best; for sources they are not",
}
_BY_SIZE = (
    "turned round likewise, but ranked by the size of tau, whatever its sign: all seven come out"
)
_NOT_FOUND = "does not come out"


def places(
    folder: Path, side: Side, cells: Sequence[Cell], scores: Mapping[str, Sequence[Floats]]
) -> Iterator[Match]:
    """Every published place, then how many come out with the scores as the tables hold them.

    Args:
        folder: Where the tables lie.
        side: Which candidates.
        cells: The targets, without self pairs.
        scores: By name, what each says of the candidates of every cell.

    Raises:
        DataError: If the table of places is not there or holds something else.
    """
    name = f"ktau_{side}_rank.csv"
    table = read_table(folder, name, CLONE, text=["target"], numbers=RANKED, sep=";")
    check_rows(table.dropna(), name, ["target"], [(cell.target,) for cell in cells])
    targets = [cell.target for cell in cells]
    published = table.set_index("target").loc[targets, list(RANKED)].to_numpy(np.float64)
    taus = _taus(cells, scores, TURNED[side])
    rows = zip(targets, published, _places(taus), _places(abs(taus)), strict=True)
    for target, row, by_tau, by_size in rows:
        finding = _NOT_FOUND
        if (row == by_tau).all():
            finding = _FINDING[side]
        elif (row == by_size).all():
            finding = _BY_SIZE
        for score, place, found in zip(RANKED, row, by_tau, strict=True):
            yield Match(
                quantity=f"Place of {score} on {target}, {name}",
                published=float(place),
                recomputed=float(found),
                says=_SAYS,
                finding=finding,
            )
    if TURNED[side]:
        as_they_are = _places(_taus(cells, scores, ()))
        yield Match(
            quantity=f"Places of {name} that come out with no score turned round",
            recomputed=float((as_they_are == published).sum()),
            says=_SAYS,
            finding=f"of {published.size}, where chance gives {len(published)}",
        )


def _taus(
    cells: Sequence[Cell], scores: Mapping[str, Sequence[Floats]], turned: Collection[str]
) -> Floats:
    """Weighted tau of every score (columns) on every target (rows); NaN of one that is constant."""
    from scipy.stats import weightedtau

    rows = []
    for i, cell in enumerate(cells):
        own = {name: -said[i] if name in turned else said[i] for name, said in scores.items()}
        own[OWN] = np.prod([_scaled(own[part]) for part in PARTS], axis=0)
        rows.append([weightedtau(own[name], cell.gains).statistic for name in RANKED])
    return np.array(rows, np.float64)


def _scaled(scores: Floats) -> Floats:
    """From 0 for the lowest to 1 for the highest."""
    scaled: Floats = (scores - scores.min()) / np.ptp(scores)
    return scaled


def _places(taus: Floats) -> Floats:
    """1 for the highest of a row; NaN comes last."""
    ranked = pd.DataFrame(taus).rank(axis=1, ascending=False, na_option="bottom")
    return ranked.to_numpy(np.float64)
