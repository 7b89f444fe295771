"""Claims about correlations: how much a measure of sources or networks says about the metric."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from warmstart.analysis.cells import Cell, Compare, cells_of, scores_of
from warmstart.analysis.claims import AXES, COLUMNS, Claim, Over, chances, decided, together
from warmstart.analysis.comparison import ALPHA
from warmstart.analysis.rank_correlations import spearman
from warmstart.analysis.transferability import BaselinePer
from warmstart.metrics.arrays import Floats

MIN_UNITS = 6
"""With fewer sources or networks the approximation below errs too often."""
_NUMBERS = COLUMNS.index("n")
"""Columns before this one say where a comparison lies."""
HAND_MADE = "`warmstart measures run` measures what it can, other rows of measures.csv are yours"
_HELD: Mapping[Over, tuple[Compare, tuple[str, ...]]] = MappingProxyType(
    {"sources": ("sources", ("network", "arm")), "networks": ("both", ("arm",))}
)
"""What candidates differ in, and what they have in common."""


def relate_claims(
    claims: Sequence[Claim],
    results: pd.DataFrame,
    measures: pd.DataFrame,
    planned: pd.DataFrame,
    metric: str,
    *,
    baseline: str,
    baseline_per: BaselinePer,
) -> pd.DataFrame:
    """Make every comparison that claims about correlations are about.

    Spearman's correlation between the measure, turned so that higher should be better, and the mean
    of the metric over seeds and folds. What varies are the sources, or networks; `rank_interval`
    says how sure that is. Sources that are the target itself, or have seen images of it, are left
    out, as in `warmstart.analysis.evidence.evidence`.

    Args:
        claims: What is claimed; those that do not relate are left out.
        results: In the tidy form (`warmstart.analysis.tidy`).
        measures: In the tidy form.
        planned: Places that are planned: columns network, source, arm, target.
        metric: Row of `METRICS`.
        baseline: See `warmstart.analysis.cells.cells_of`.
        baseline_per: See there.

    Returns:
        One row per claim and target (and arm, and network where sources are ranked), columns as of
        `warmstart.analysis.claim_differences.compare_claims`: ``n`` counts sources or networks and
        ``difference`` is the correlation.
    """
    tables = []
    for claim in (one for one in claims if one.relate):
        own = measures[measures["measure"] == claim.relate]
        cells, _ = cells_of(
            _of_label(results, claim.label),
            metric,
            compare=_HELD[claim.over][0],
            baseline=baseline,
            baseline_per=baseline_per,
        )
        known = {(cell.target, *cell.held): cell for cell in cells}
        rows = [
            place | _tested(claim, known.get(key), own)
            for key, place in _places(claim, planned).items()
        ]
        tables.append(decided(rows))
    return together(tables)


def rank_interval(correlation: float, units: int) -> tuple[float, float]:
    """95 % interval of Spearman's correlation over units that were drawn.

    Args:
        correlation: Spearman's, from -1 to 1.
        units: How many it is over, at least `MIN_UNITS`.

    Returns:
        Low and high, by Fisher's z with the standard error of Bonett and Wright.

    Example:
        >>> [round(end, 2) for end in rank_interval(0.2, 8)]
        [-0.59, 0.8]

    References:
        Bonett & Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman
        correlations", Psychometrika 2000.
    """
    from scipy.special import ndtri  # scipy.stats takes a second to import

    z, error = _fisher(correlation, units)
    reach = float(ndtri(1 - ALPHA / 2)) * error
    return float(np.tanh(z - reach)), float(np.tanh(z + reach))


def _fisher(correlation: float, units: int) -> tuple[float, float]:
    """Fisher's z and its standard error; perfect agreement counts as half a swap of neighbours."""
    most = 1 - 6 / (units**3 - units)
    r = min(max(correlation, -most), most)
    return float(np.arctanh(r)), float(np.sqrt((1 + r**2 / 2) / (units - 3)))


def _of_label(results: pd.DataFrame, label: str) -> pd.DataFrame:
    """Results of one output, as if there were no other; all of them for ``""``."""
    if not label:
        return results
    return results[results["label"] == label].assign(label="")


def _places(claim: Claim, planned: pd.DataFrame) -> Mapping[tuple[str, ...], dict[str, object]]:
    """Where a claim asks for a correlation: rows to be, by target and what is held."""
    held = _HELD[claim.over][1]
    found = {}
    for row in planned[[*AXES, "target"]].drop_duplicates().to_dict("records"):
        named = all(row[axis] in claim.compare.get(axis, (row[axis],)) for axis in AXES)
        if named and (not claim.targets or row["target"] in claim.targets):
            place: dict[str, object] = dict.fromkeys(COLUMNS[:_NUMBERS], "")
            place |= {"claim": claim.name, "number": claim.relate, "label": claim.label}
            place |= {axis: row[axis] for axis in (*held, "target")}
            found[(row["target"], *(row[axis] for axis in held))] = place
    return found


def _tested(claim: Claim, cell: Cell | None, measure: pd.DataFrame) -> dict[str, object]:
    """The correlation in one place, and how it lies to what the claim allows."""
    if cell is None:
        return {"n": 0, "reason": "no results"}
    scores, gains = _spoken(claim, cell, measure)
    n = len(scores)
    if n < MIN_UNITS:
        what = f"{claim.relate} is known of {n} {claim.over}, at least {MIN_UNITS} are needed"
        return {"n": n, "reason": f"{what}; {HAND_MADE}"}
    correlation = float(spearman(scores, gains))
    low, high = rank_interval(correlation, n)
    row = {"n": n, "difference": correlation, "low": low, "high": high, "reason": ""}
    return row | chances(correlation, claim.bounds, lambda bound: _p_value(correlation, n, bound))


def _spoken(claim: Claim, cell: Cell, measure: pd.DataFrame) -> tuple[Floats, Floats]:
    """What the measure says, and the metric in points, of candidates that it speaks of."""
    scores = scores_of(cell.target, cell.candidates, measure)
    named = [
        network in claim.compare.get("network", (network,))
        and source in claim.compare.get("source", (source,))
        for network, source in cell.candidates
    ]
    kept = ~np.isnan(scores) & ~np.isnan(cell.gains) & np.array(named)
    return scores[kept], cell.gains[kept]


def _p_value(correlation: float, units: int, bound: float) -> float:
    """Two-sided p-value against a bound, of the test that belongs to `rank_interval`."""
    from scipy.special import ndtr

    z, error = _fisher(correlation, units)
    return float(2 * ndtr(-abs(z - np.arctanh(bound)) / error))
