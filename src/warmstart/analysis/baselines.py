"""What a measure must beat: rankings that cost nothing."""

from collections.abc import Mapping, Sequence

import numpy as np

from warmstart.analysis.cells import Candidate, Cell
from warmstart.analysis.experience import mean_standings, standardised, standings_of
from warmstart.metrics.arrays import Floats

Scores = list[Floats]
"""One array per cell, one number per candidate, higher is better; NaN: says nothing."""

RANDOM = "random choice"
PRIOR = "prior"


def random_choice(cells: Sequence[Cell]) -> Scores:
    """The same score for all: ties are decided by lot."""
    return [np.zeros(len(cell.candidates)) for cell in cells]


def always(candidates: Sequence[Sequence[Candidate]], source: str) -> Scores:
    """One source, in any spelling, before all others; by lot on targets where it was not tried.

    Args:
        candidates: Of each target.
        source: The source taken every time.
    """
    return [np.array([float(_same(s, source)) for _, s in own]) for own in candidates]


def held(candidates: Sequence[Sequence[Candidate]], source: str) -> bool:
    """Whether a source, in any spelling, is a candidate on any target."""
    return any(_same(s, source) for own in candidates for _, s in own)


def by_size(cells: Sequence[Cell], sizes: Mapping[Candidate, float]) -> Scores:
    """The larger, the better; NaN where a size is not known."""
    return [
        np.array([sizes.get(candidate, np.nan) for candidate in cell.candidates]) for cell in cells
    ]


def prior(cells: Sequence[Cell]) -> Scores:
    """Mean standardised gain of each candidate on the *other* targets: experience, no measure.

    Within a target, gains are centred on their mean and divided by their standard deviation. The
    target itself and its relatives (targets of the same origin) do not enter. A candidate that was
    tried on no other target counts as average, 0.
    """
    standard = [standardised(cell.gains) for cell in cells]
    found = []
    for cell in cells:
        others = [
            (other.candidates, standing)
            for other, standing in zip(cells, standard, strict=True)
            if other.held == cell.held
            and other.target != cell.target
            and other.origin != cell.origin
        ]
        found.append(mean_standings(standings_of(cell.candidates, others)))
    return found


def _same(a: str, b: str) -> bool:
    return a.casefold() == b.casefold()
