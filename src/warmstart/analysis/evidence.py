"""How well each measure predicts transfer, beside what costs nothing and what is possible."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from warmstart.analysis.across_targets import Ranks, pairwise_practical, ranks_of
from warmstart.analysis.agreement import STATISTICS
from warmstart.analysis.baselines import PRIOR, RANDOM, always, by_size, held, prior, random_choice
from warmstart.analysis.ceiling import HALF, ONE, ceiling
from warmstart.analysis.cells import Cell, Compare, cells_of, scores_of, sizes_of, spoken_of
from warmstart.analysis.comparison import holm
from warmstart.analysis.rank_correlations import CORRELATIONS
from warmstart.analysis.ranking import COLUMNS, judged, per_cell, pooled
from warmstart.analysis.resamples import Resamples, draw
from warmstart.analysis.tidy import SIZES
from warmstart.analysis.told_apart import told_apart
from warmstart.analysis.transfer_points import transfer_points
from warmstart.analysis.transferability import BaselinePer
from warmstart.errors import DataError
from warmstart.metrics.arrays import Floats

SIMPLE = ("knn", "linear_probe")
"""Measures that others must beat: they need no theory."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of results and measures.

    Attributes:
        metric: Which metric of the results is to be predicted.
        compare: What candidates differ in.
        baseline: Source that transferability divides by; ``"paper"``: the one named like the
            target.
        baseline_per: See `warmstart.analysis.transferability.transferability`.
        always: The source that is taken without thinking.
        self_pairs: Keep sources that are the target itself.
        shared_images: Keep sources that have seen images of the target.
        rope: Difference in AUC points that does not count in practice.
        resamples: Draws behind intervals and p-values.
        seed: The same seed gives the same numbers.
    """

    metric: str
    compare: Compare = "sources"
    baseline: str = "random"
    baseline_per: BaselinePer = "mean"
    always: str = "imagenet"
    self_pairs: bool = False
    shared_images: bool = False
    rope: float = 0.5
    resamples: int = 1000
    seed: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """The answer.

    Attributes:
        agreement: One row per measure, baseline or ceiling, scope (``"within"`` targets, then
            averaged; ``"pooled"``) and statistic; columns of `warmstart.analysis.ranking.COLUMNS`.
        per_target: One row per measure and target, one column per statistic.
        points: One row per measure, target and candidate: the points of figure 4.
        ranks: Mean rank of every candidate that was tried on all targets.
        comparisons: Which sources can be told apart from the best of a target.
        practical: Which of two candidates is better across targets, by how much counts.
        notes: What a reader must know.
    """

    agreement: pd.DataFrame
    per_target: pd.DataFrame
    points: pd.DataFrame
    ranks: Ranks
    comparisons: pd.DataFrame
    practical: pd.DataFrame
    notes: tuple[str, ...]


def evidence(results: pd.DataFrame, measures: pd.DataFrame, question: Question) -> Evidence:
    """Judge measures by results.

    Candidates are those that at least one measure speaks of, so that baselines choose among the
    same; without measures they are all but the baseline source.

    Args:
        results: In the tidy form (`warmstart.analysis.tidy`).
        measures: In the tidy form; may be empty.
        question: What is asked.

    Raises:
        DataError: If no target has two candidates left.
    """
    cells, notes = cells_of(
        results,
        question.metric,
        compare=question.compare,
        baseline=question.baseline,
        baseline_per=question.baseline_per,
        self_pairs=question.self_pairs,
        shared_images=question.shared_images,
    )
    cells = _candidates(cells, measures, question)
    if not cells:
        raise DataError(
            f"No target has two sources with a value of {question.metric} left to choose between; "
            f"nothing can be ranked. {' '.join(notes)}".rstrip()
        )
    draws = draw(cells, resamples=question.resamples, seed=question.seed)
    said = {
        str(name): [scores_of(cell.target, cell.candidates, rows) for cell in cells]
        for name, rows in measures.groupby("measure", sort=True)
    }
    rivals, more = _rivals(cells, results, question)
    comparisons, taken = told_apart(results, question.metric)
    table = _agreement(cells, said, rivals, draws)
    return Evidence(
        agreement=_with_ceiling(table, cells, question.seed),
        per_target=_per_target(cells, {**rivals, **said}),
        points=transfer_points(cells, said, measures),
        ranks=ranks_of(cells),
        comparisons=comparisons,
        practical=pairwise_practical(cells, rope=question.rope, seed=question.seed),
        notes=(*notes, *more, *taken, *_missing(cells, said)),
    )


def _candidates(cells: Sequence[Cell], measures: pd.DataFrame, question: Question) -> list[Cell]:
    spoken = spoken_of(
        cells,
        [
            [scores_of(cell.target, cell.candidates, rows) for cell in cells]
            for _, rows in measures.groupby("measure")
        ],
    )
    if measures.empty:
        spoken = [np.array([s != question.baseline for _, s in c.candidates]) for c in cells]
    left = [cell.only(mask) for cell, mask in zip(cells, spoken, strict=True) if mask.sum() > 1]
    return left


def _rivals(
    cells: Sequence[Cell], results: pd.DataFrame, question: Question
) -> tuple[dict[str, list[Floats]], list[str]]:
    """The baselines that these results allow, and why others are missing."""
    notes = []
    found = {RANDOM: random_choice(cells)}
    if held(cells, question.always):
        found[f"always {question.always}"] = always(cells, question.always)
    elif question.compare != "networks":
        notes.append(f"No source is called {question.always!r}: always taking it is not shown.")
    if len({cell.origin for cell in cells}) > 1:
        found[PRIOR] = prior(cells)
    else:
        notes.append(
            "With one target, or relatives only, there is no experience with others: no prior."
        )
    for column, sizes in sizes_of(results).items():
        found[SIZES[column]] = by_size(cells, sizes)
    return found, notes


def _agreement(
    cells: Sequence[Cell],
    said: dict[str, list[Floats]],
    rivals: dict[str, list[Floats]],
    draws: Resamples,
) -> pd.DataFrame:
    parts = []
    for name, scores in (*rivals.items(), *said.items()):
        kind = "baseline" if name in rivals or name in SIMPLE else "measure"
        own = judged(cells, scores, draws).assign(measure=name, kind=kind, scope="within")
        parts.append(own)
        if name in said:
            together = pooled(cells, scores, draws)
            parts.append(together.assign(measure=name, kind=kind, scope="pooled"))
    table = pd.concat([p for p in parts if len(p)], ignore_index=True).reindex(columns=COLUMNS)
    for _, rows in table[table["measure"].isin(said)].groupby(["scope", "statistic"]):
        tested = rows.index[rows["p"].notna()]
        table.loc[tested, "p_holm"] = holm(table.loc[tested, "p"].to_numpy(dtype=np.float64))
    return table


def _with_ceiling(table: pd.DataFrame, cells: Sequence[Cell], seed: int) -> pd.DataFrame:
    """Add what the repeats themselves reach, and every correlation's share of it."""
    rng = np.random.default_rng(seed)
    parts = [table]
    tops = {}
    for name, single in ((HALF, False), (ONE, True)):
        values = ceiling(cells, single=single, rng=rng)
        known = values[np.isfinite(values).all(axis=1)]
        if len(known):
            tops[name] = dict(zip(STATISTICS, known.mean(axis=0), strict=True))
            rows = pd.DataFrame({"statistic": list(STATISTICS), "value": known.mean(axis=0)})
            parts.append(
                rows.assign(measure=name, kind="ceiling", scope="within", targets=len(known))
            )
    table = pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)
    top = tops.get(HALF, {})
    share = [
        row["value"] / top[row["statistic"]]
        if row["scope"] == "within"
        and row["statistic"] in CORRELATIONS
        and top.get(row["statistic"], 0) > 0
        else np.nan
        for row in table.to_dict("records")
    ]
    return table.assign(ceiling_share=share)


def _per_target(cells: Sequence[Cell], scores: dict[str, list[Floats]]) -> pd.DataFrame:
    rows = []
    for name, own in scores.items():
        for cell, values, told in zip(cells, per_cell(cells, own), own, strict=True):
            found = dict(zip(STATISTICS, values, strict=True))
            place = {
                "measure": name,
                "target": cell.name,
                "candidates": int((~np.isnan(told)).sum()),
            }
            rows.append(place | found)
    return pd.DataFrame(rows)


def _missing(cells: Sequence[Cell], said: dict[str, list[Floats]]) -> list[str]:
    """Which measures rank fewer pairs than others, so that their figures compare less well."""
    every = sum(len(cell.candidates) for cell in cells)
    counts = {name: sum(int((~np.isnan(v)).sum()) for v in own) for name, own in said.items()}
    return [
        f"{name} speaks of {count} of {every} pairs; it is judged on these."
        for name, count in counts.items()
        if count < every
    ]
