"""The published numbers of the comparison on MedMNIST beside those its tables give."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from warmstart.analysis.agreement import STATISTICS
from warmstart.analysis.baselines import always, prior, random_choice
from warmstart.analysis.cells import Cell, Compare, cells_of, scores_of
from warmstart.analysis.published import medical_transferability
from warmstart.analysis.published.files import path_of
from warmstart.analysis.published.matches import Match
from warmstart.analysis.published.medical_transferability import CLONE, LARGE_SOURCES, RUNS, Side
from warmstart.analysis.published.medical_transferability_ceilings import CEILINGS, ceilings
from warmstart.analysis.published.medical_transferability_places import places
from warmstart.analysis.ranking import per_cell
from warmstart.analysis.tidy import tidy_measures, tidy_results
from warmstart.errors import DataError
from warmstart.metrics.arrays import Floats

UNSCORED = "chestmnist"
"""The target that the tables of scores lack."""
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
        scores = _scores(folder, cells, side)
        yield from _lines(cells, scores, _WHAT[side])
        yield from places(folder, side, cells, scores)
    results = medical_transferability.results(folder)
    for left_out, what in _FEWER.items():
        cells = _cells(results[~results["source"].isin(left_out)], "dataset")
        yield from _lines(cells, _scores(folder, cells, "dataset"), what)
    yield from _repeats(folder)


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
    for name, scores in said.items():
        if np.isnan(np.concatenate(scores)).any():
            raise DataError(
                f"{name}_{side}.csv lacks scores of candidates that AUCs_{side}.csv has AUCs of. "
                "Fetch both again."
            )
    rivals = {"random choice": random_choice(cells), "prior": prior(cells)}
    if side == "dataset" and "imagenet" in cells[0].names:
        rivals["always ImageNet"] = always([cell.candidates for cell in cells], "imagenet")
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


def _repeats(folder: Path) -> Iterator[Match]:
    """What single runs say, where the table of them is there."""
    quantity = "always ImageNet, mean of repeats: regret in AUC points"
    if path_of(folder, RUNS, CLONE) is None:
        for name in (*CEILINGS, quantity):
            yield Match(quantity=name, needs=RUNS)
        return
    runs = medical_transferability.runs(folder)
    runs = runs[runs["target"] != UNSCORED]
    yield from ceilings(runs)
    cells = _cells(medical_transferability.at_validated_settings(runs), "dataset")
    imagenet = per_cell(cells, always([cell.candidates for cell in cells], "imagenet")).mean(axis=0)
    yield Match(
        quantity=quantity,
        recomputed=float(imagenet[_REGRET]),
        finding=f"best one found on {imagenet[_HIT] * len(cells):.0f} of {len(cells)} targets",
    )
