"""The published numbers of the comparison on MedMNIST beside those its tables give."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from warmstart.analysis.agreement import STATISTICS
from warmstart.analysis.baselines import always, prior, random_choice
from warmstart.analysis.ceiling import HALF, ONE, ceiling
from warmstart.analysis.cells import Cell, Compare, cells_of, scores_of
from warmstart.analysis.published import medical_transferability
from warmstart.analysis.published.files import read_table
from warmstart.analysis.published.matches import Match
from warmstart.analysis.published.medical_transferability import LARGE_SOURCES, Side
from warmstart.analysis.ranking import per_cell
from warmstart.analysis.tidy import tidy_measures, tidy_results
from warmstart.metrics.arrays import Floats

UNSCORED = "chestmnist"
"""The target that the tables of scores lack."""
RANKED = ["logme", "sfda", "leep", "parc", "ncti", "nleep"]
"""Scores whose places are published, beside the authors' own method, whose values are not."""
_TAU, _REGRET, _HIT = (list(STATISTICS).index(s) for s in ("weighted_tau", "regret_1", "hit_1"))
_COMPARE: Mapping[Side, Compare] = {"dataset": "sources", "model": "networks"}
_FEWER = {
    LARGE_SOURCES: "sources but the two large ones",
    (*LARGE_SOURCES, "medmnist"): "sources but the two large ones and the pooled one",
}
_WHAT: Mapping[Side, str] = {"dataset": "sources", "model": "networks"}


def matches(folder: Path) -> Iterator[Match]:
    """Agreement of every published score with the published AUCs, and what it must beat."""
    for side in ("dataset", "model"):
        results = medical_transferability.results(folder, side)
        cells = _cells(results, side)
        yield from _lines(cells, _scores(folder, cells, side), _WHAT[side])
        yield from _ranks(folder, side)
    results = medical_transferability.results(folder)
    for left_out, what in _FEWER.items():
        cells = _cells(results[~results["source"].isin(left_out)], "dataset")
        yield from _lines(cells, _scores(folder, cells, "dataset"), what)
    runs = medical_transferability.at_validated_settings(medical_transferability.runs(folder))
    yield from _repeats(_cells(runs, "dataset"))


def _cells(results: pd.DataFrame, side: Side) -> list[Cell]:
    known = results[results["target"] != UNSCORED]
    tidy = tidy_results(known, "the published AUCs").table
    return cells_of(tidy, "auc", compare=_COMPARE[side])[0]


def _scores(folder: Path, cells: list[Cell], side: Side) -> dict[str, list[Floats]]:
    table = medical_transferability.scores(folder, side).assign(higher_is_better=True)
    measures = tidy_measures(table, "the published scores").table
    said = {
        str(name): [scores_of(cell.target, cell.candidates, rows) for cell in cells]
        for name, rows in measures.groupby("measure")
    }
    rivals = {"random choice": random_choice(cells), "prior": prior(cells)}
    if side == "dataset" and "imagenet" in cells[0].names:
        rivals["always ImageNet"] = always(cells, "imagenet")
    return rivals | said


def _lines(cells: list[Cell], scores: Mapping[str, list[Floats]], what: str) -> Iterator[Match]:
    for name, own in scores.items():
        found = per_cell(cells, own).mean(axis=0)
        yield Match(
            quantity=f"{name}, {what}: weighted tau",
            recomputed=float(found[_TAU]),
            finding=f"mean over {len(cells)} targets; regret {found[_REGRET]:.2f} AUC points, best "
            f"one found on {found[_HIT] * len(cells):.1f} of {len(cells)} targets",
        )


def _ranks(folder: Path, side: Side) -> Iterator[Match]:
    """The published order of six scores on every target, by their weighted tau."""
    name = f"ktau_{side}_rank.csv"
    published = read_table(folder, name, sep=";").set_index("target")[RANKED]
    cells = _cells(medical_transferability.results(folder, side), side)
    scores = _scores(folder, cells, side)
    taus = pd.DataFrame(
        {table: per_cell(cells, scores[table])[:, _TAU] for table in RANKED},
        index=[cell.target for cell in cells],
    ).reindex(published.index)
    same = np.isclose(taus.rank(axis=1, ascending=False), published.rank(axis=1))
    yield Match(
        quantity=f"Places of six scores in {name} that come out",
        published=float(same.size),
        recomputed=float(same.sum()),
        says="rank of each score by weighted Kendall tau",
        finding="self pairs left out; the authors' own method left out, its values are not there",
    )


def _repeats(cells: list[Cell]) -> Iterator[Match]:
    """How far a ranking hangs on single runs; each source at its setting of best validation AUC."""
    rng = np.random.default_rng(0)
    for name, single in ((HALF, False), (ONE, True)):
        found = np.nanmean(ceiling(cells, single=single, rng=rng), axis=0)
        yield Match(
            quantity=f"{name} predicts the others: weighted tau",
            recomputed=float(found[_TAU]),
            finding=f"regret {found[_REGRET]:.2f} AUC points",
        )
    imagenet = per_cell(cells, always(cells, "imagenet")).mean(axis=0)
    yield Match(
        quantity="always ImageNet, mean of repeats: regret in AUC points",
        recomputed=float(imagenet[_REGRET]),
        finding=f"best one found on {imagenet[_HIT] * len(cells):.0f} of {len(cells)} targets",
    )
