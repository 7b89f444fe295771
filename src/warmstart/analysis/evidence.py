"""How well each measure predicts transfer, beside what costs nothing and what is possible."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from warmstart.analysis.across_targets import Ranks, pairwise_practical, ranks_of
from warmstart.analysis.baselines import PRIOR, RANDOM, always, by_size, held, prior, random_choice
from warmstart.analysis.cells import Cell, Compare, cells_of, on_common_repeats, scores_of, sizes_of
from warmstart.analysis.evidence_notes import (
    no_baseline,
    nothing_to_choose,
    partial_measures,
    partly_no_baseline,
    unmatched,
)
from warmstart.analysis.evidence_tables import agreement_table, per_target_table, with_ceiling
from warmstart.analysis.practical import COUNTS
from warmstart.analysis.resamples import PERMUTATIONS, draw
from warmstart.analysis.tidy import SIZES
from warmstart.analysis.told_apart import told_apart
from warmstart.analysis.transfer_points import transfer_points
from warmstart.analysis.transferability import BaselinePer, baseline_source
from warmstart.errors import DataError
from warmstart.metrics.arrays import Floats


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
        resamples: Draws behind intervals.
        permutations: Random permutations behind p-values, at most; all where there are no more.
        seed: The same seed gives the same numbers.
    """

    metric: str
    compare: Compare = "sources"
    baseline: str = "random"
    baseline_per: BaselinePer = "mean"
    always: str = "imagenet"
    self_pairs: bool = False
    shared_images: bool = False
    rope: float = COUNTS
    resamples: int = 1000
    permutations: int = PERMUTATIONS
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
        targets: How many there are.
        places: How many rankings: more than targets where networks or arms vary.
        origins: How many the targets come from: those that relatives share count once.
        permutations: How many permutations p-values rest on, at most.
        exact: Whether these are all there are.
        notes: What a reader must know.
    """

    agreement: pd.DataFrame
    per_target: pd.DataFrame
    points: pd.DataFrame
    ranks: Ranks
    comparisons: pd.DataFrame
    practical: pd.DataFrame
    targets: int
    places: int
    origins: int
    permutations: int
    exact: bool
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
    whole, left_out = _places(results, question)
    of_metric = results[results["metric"] == question.metric]
    notes = (*left_out, *unmatched(of_metric, measures, question.baseline))
    cells, uneven = on_common_repeats(_candidates(whole, measures, question))
    if not cells:
        raise DataError(
            nothing_to_choose(
                question.compare, question.metric, measured=not measures.empty, notes=notes
            )
        )
    draws = draw(
        cells,
        resamples=question.resamples,
        seed=question.seed,
        permutations=question.permutations,
    )
    said = _said(cells, measures)
    rivals, more = _rivals(cells, results, question)
    comparisons, taken = told_apart(results, question.metric, _compared(whole, results, question))
    table = agreement_table(cells, said, rivals, draws)
    return Evidence(
        agreement=with_ceiling(table, cells, {**rivals, **said}, question.seed),
        per_target=per_target_table(cells, {**rivals, **said}),
        points=transfer_points(cells, said, measures),
        ranks=ranks_of(cells),
        comparisons=comparisons,
        practical=pairwise_practical(cells, rope=question.rope, seed=question.seed),
        targets=len({cell.target for cell in cells}),
        places=len(cells),
        origins=len({cell.origin for cell in cells}),
        permutations=len(draws.orders),
        exact=draws.exact,
        notes=(
            *notes,
            *uneven,
            *(
                no_baseline(results, question.baseline)
                or partly_no_baseline(cells, question.baseline)
            ),
            *more,
            *taken,
            *partial_measures(cells, said),
        ),
    )


def figure_4(results: pd.DataFrame, measures: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return `Evidence.points` alone; none where no target has two candidates."""
    cells, _ = on_common_repeats(_candidates(_places(results, question)[0], measures, question))
    return transfer_points(cells, _said(cells, measures), measures)


def _places(results: pd.DataFrame, question: Question) -> tuple[list[Cell], tuple[str, ...]]:
    """The targets with what was tried on each, and notes about what is left out."""
    return cells_of(
        results,
        question.metric,
        compare=question.compare,
        baseline=question.baseline,
        baseline_per=question.baseline_per,
        self_pairs=question.self_pairs,
        shared_images=question.shared_images,
    )


def _compared(
    cells: Sequence[Cell], results: pd.DataFrame, question: Question
) -> set[tuple[str, str, str, str]]:
    """Network, source, arm and target of the candidates, and of the baseline."""
    found = {
        (network, source, cell.arm, cell.target)
        for cell in cells
        for network, source in cell.candidates
    }
    keys = results[["network", "source", "arm", "target"]].itertuples(index=False, name=None)
    return found | {key for key in keys if key[1] == baseline_source(question.baseline, key[3])}


def _said(cells: Sequence[Cell], measures: pd.DataFrame) -> dict[str, list[Floats]]:
    """What each measure says of the candidates of every target."""
    return {
        str(name): [scores_of(cell.target, cell.candidates, rows) for cell in cells]
        for name, rows in measures.groupby("measure", sort=True)
    }


def _candidates(cells: Sequence[Cell], measures: pd.DataFrame, question: Question) -> list[Cell]:
    """The targets with two candidates or more that some measure speaks of."""
    if measures.empty:
        spoken = [np.array([s != question.baseline for _, s in c.candidates]) for c in cells]
    else:
        said = zip(*_said(cells, measures).values(), strict=True)
        spoken = [np.logical_or.reduce([~np.isnan(scores) for scores in own]) for own in said]
    return [cell.only(mask) for cell, mask in zip(cells, spoken, strict=True) if mask.sum() > 1]


def _rivals(
    cells: Sequence[Cell], results: pd.DataFrame, question: Question
) -> tuple[dict[str, list[Floats]], list[str]]:
    """The baselines that these results allow, and why others are missing."""
    notes = []
    found = {RANDOM: random_choice(cells)}
    candidates = [cell.candidates for cell in cells]
    if held(candidates, question.always):
        found[f"always {question.always}"] = always(candidates, question.always)
    elif question.compare != "networks" and question.always != question.baseline:
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
