"""What a reader of evidence must know beside its numbers."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from warmstart.analysis.cells import Cell, Compare
from warmstart.analysis.transferability import baseline_source
from warmstart.core.text import first_few, shortened
from warmstart.metrics.arrays import Floats

_CHOICE: Mapping[Compare, tuple[str, str]] = MappingProxyType(
    {
        "sources": ("sources", "Add results of another source, or try --compare networks."),
        "networks": (
            "networks from one source",
            "Add results of another network, or try --compare sources.",
        ),
        "both": ("pairs of network and source", "Add results of another source or network."),
    }
)
"""What there must be two of on a target, and what to do where there are not."""
_NAMED = 8
"""So many names that stand in one table only are told, and how many more there are."""


def nothing_to_choose(
    compare: Compare, metric: str, *, measured: bool, notes: Sequence[str]
) -> str:
    """Say that no target has two candidates, and what to do.

    Args:
        compare: What candidates differ in.
        metric: What is to be predicted.
        measured: Whether there are measures, which must speak of candidates.
        notes: What was left out.
    """
    what, cure = _CHOICE[compare]
    wanted = f"a value of {metric}" + (
        " and of a measure" if measured else ", the baseline left out"
    )
    if measured:
        cure = f"Compare the names in results and measures. {cure}"
    lacks = f"No target has two {what} with {wanted}; nothing can be ranked."
    return " ".join([lacks, *notes, cure])


def no_baseline(results: pd.DataFrame, baseline: str) -> list[str]:
    """Say where no source is called like the baseline, and which sources there are."""
    sources = sorted(set(results["source"]))
    if any(baseline_source(baseline, target) in sources for target in set(results["target"])):
        return []
    return [
        f"No source is called {_called(baseline)}: without a baseline every source is a "
        "candidate, and pairs of all targets are compared by AUC points above their target's mean. "
        f"There are {shortened(', '.join(sources))}."
    ]


def partly_no_baseline(cells: Sequence[Cell], baseline: str) -> list[str]:
    """Say on which targets a candidate has no baseline, and what follows."""
    names = [cell.name for cell in cells if not np.isfinite(cell.transfer).all()]
    if not names:
        return []
    return [
        f"On {shortened(', '.join(names))} some or all candidates lack a baseline (a source called "
        f"{_called(baseline)}, in the same seed and fold). A measure that speaks of one of these "
        "compares pairs of all targets by AUC points above their target's mean, not in percent of "
        "the baseline. Add its runs, or name another with --baseline."
    ]


def unmatched(results: pd.DataFrame, measures: pd.DataFrame, baseline: str) -> list[str]:
    """Name the sources, targets and networks that stand in one table only.

    Args:
        results: In the tidy form, of the metric that is to be predicted.
        measures: In the tidy form; a row without a network speaks of all.
        baseline: A source that no measure need speak of.

    Returns:
        One sentence each for what measures and what results have alone; none where one is empty.
    """
    if results.empty or measures.empty:
        return []
    tried = results.dropna(subset="value")
    notes = []
    for column in ("source", "target", "network"):
        ours, theirs = set(tried[column]), set(measures[column])
        if column == "network" and "" in theirs:
            continue
        unmeasured = ours - theirs - ({baseline} if column == "source" else set())
        notes += _lone(f"Measures speak of {column}s without results", theirs - ours)
        notes += _lone(f"Results have {column}s without measures", unmeasured)
    return notes


def _lone(what: str, names: set[str]) -> list[str]:
    told = first_few([name or "(no name)" for name in sorted(names)], _NAMED)
    return [f"{what}: {told}."] if names else []


def partial_measures(cells: Sequence[Cell], said: Mapping[str, Sequence[Floats]]) -> list[str]:
    """Say which measures rank fewer pairs than there are, those of as many together."""
    every = sum(len(cell.candidates) for cell in cells)
    names: dict[int, list[str]] = {}
    for name, own in said.items():
        names.setdefault(sum(int((~np.isnan(v)).sum()) for v in own), []).append(name)
    return [
        f"Judged on {count} of {every} pairs, of which alone they speak: {', '.join(own)}."
        for count, own in sorted(names.items(), reverse=True)
        if count < every
    ]


def _called(baseline: str) -> str:
    return "like its target" if baseline == "paper" else repr(baseline)
