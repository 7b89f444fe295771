"""Targets as the rule sees them: candidates, what scores say of each, what each gave."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from warmstart.analysis.cells import Candidate, Cell, scores_of
from warmstart.analysis.experience import standardised
from warmstart.metrics.arrays import Floats


def spelled(candidate: Candidate) -> Candidate:
    """Network and source in the spelling they are compared in."""
    network, source = candidate
    return network.casefold(), source.casefold()


def same_start(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates are one, in any spelling; no network is any network."""
    (network, source), (other_network, other_source) = spelled(one), spelled(other)
    return source == other_source and (network == other_network or not (network and other_network))


@dataclass(frozen=True, kw_only=True, eq=False)
class Place:
    """One target: who may start there, and what is known of that.

    Names count in any spelling.

    Attributes:
        target: The target.
        origin: What it shares with its relatives; its own name where none is known.
        candidates: Network and source of each; a network that is not known is empty.
        scores: Per measure one number per candidate, higher is better; NaN: says nothing.
        gains: What each gave, in AUC points; ``None`` for a target nobody has tried.
    """

    target: str
    origin: str
    candidates: tuple[Candidate, ...]
    scores: Mapping[str, Floats]
    gains: Floats | None = None

    @property
    def untried(self) -> "Place":
        """The same target before anything was fine-tuned on it."""
        return replace(self, gains=None)

    @cached_property
    def keys(self) -> tuple[Candidate, ...]:
        """Candidates in the spelling they are compared in."""
        return tuple(map(spelled, self.candidates))

    @cached_property
    def standing(self) -> Floats:
        """Gains in standard deviations from their mean; 0 for all where they are equal.

        Raises:
            ValueError: If nobody has tried the target.
        """
        if self.gains is None:
            raise ValueError(f"{self.target} has no gains")
        return standardised(self.gains)

    @cached_property
    def known_scores(self) -> Mapping[str, Floats]:
        """`standard_scores` with NaN where a score is unknown."""
        known = {name: np.isfinite(values) for name, values in self.scores.items()}
        return {n: np.where(known[n], own, np.nan) for n, own in self.standard_scores.items()}

    @cached_property
    def standard_scores(self) -> Mapping[str, Floats]:
        """Scores in standard deviations from their mean at this target; 0 where unknown."""
        return {name: standardised(values) for name, values in self.scores.items()}

    @property
    def spread(self) -> float:
        """Standard deviation of gains over candidates, in AUC points; 0 if nobody has tried."""
        return 0.0 if self.gains is None else float(self.gains.std())

    def among(self, candidates: Collection[Candidate]) -> "Place":
        """The same target with those of its candidates that are among these, network and all."""
        wanted = set(map(spelled, candidates))
        return self.only([key in wanted for key in self.keys])

    def tried(self, candidates: Collection[Candidate]) -> bool:
        """Whether one of these is a candidate here, as far as networks are known."""
        return any(same_start(own, one) for own in self.keys for one in candidates)

    def only(self, kept: Sequence[bool]) -> "Place":
        """The same target with fewer candidates."""
        left = np.flatnonzero(kept)
        return replace(
            self,
            candidates=tuple(self.candidates[i] for i in left),
            scores={name: values[left] for name, values in self.scores.items()},
            gains=None if self.gains is None else self.gains[left],
        )


def places_of(cells: Sequence[Cell], measures: pd.DataFrame) -> list[Place]:
    """Turn cells into places, with all measures that speak of any of their candidates.

    Args:
        cells: Targets with results.
        measures: In the tidy form.
    """
    return [
        Place(
            target=cell.target,
            origin=cell.origin,
            candidates=cell.candidates,
            scores=scores_at(cell.target, cell.candidates, measures),
            gains=cell.gains,
        )
        for cell in cells
    ]


def scores_at(
    target: str, candidates: Sequence[Candidate], measures: pd.DataFrame
) -> dict[str, Floats]:
    """All measures that speak of a target's candidates, one number per candidate and measure.

    Args:
        target: The target.
        candidates: Network and source of each.
        measures: In the tidy form.
    """
    told = measures.groupby("measure", sort=True)
    scores = {str(name): scores_of(target, candidates, rows) for name, rows in told}
    return {name: own for name, own in scores.items() if np.isfinite(own).any()}
