"""What a reader of evidence must know beside its numbers."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from warmstart.analysis.cells import Cell, Compare
from warmstart.analysis.transferability import baseline_source
from warmstart.core.text import shortened
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
    called = "like its target" if baseline == "paper" else repr(baseline)
    return [
        f"No source is called {called}: without a baseline every source is a candidate, and pairs "
        "of all targets are compared by AUC points above their target's mean. There are "
        f"{shortened(', '.join(sources))}."
    ]


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
