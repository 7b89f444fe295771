"""Claims about the results of a study: which hold, which fail, and which stay undecided."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal

import numpy as np
import pandas as pd

from warmstart.analysis.comparison import (
    ALL_EQUAL,
    ALPHA,
    MIN_FOLDS,
    corrected_resampled_interval,
    corrected_resampled_t,
    holm,
)
from warmstart.analysis.transferability import metric_rows, with_label_means
from warmstart.metrics.arrays import Floats

Expect = Literal["higher", "not_lower", "same"]
Place = Mapping[str, Sequence[str]]
"""Names on some of the axes network, source and arm; all names on the others."""

AXES = ("network", "source", "arm")
_SIDES = [f"{side}{axis}" for side in ("", "other_") for axis in AXES]
COLUMNS = [
    *("claim", "target", "label", *_SIDES),
    *("folds", "difference", "low", "high", "p_holds", "p_fails", "outcome", "reason"),
]
HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"
VERDICT_COLUMNS = ["claim", "says", "cite", "verdict", "why"]
_Cell = tuple[str, str, str, str]
"""Network, source, arm and target."""
_PAIR = ["seed", "fold"]
_SHOWN = 3
"""Comparisons that a verdict names."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Something said about the results.

    Attributes:
        name: What tables call it.
        says: The claim, as a sentence without a full stop.
        cite: Where it is made.
        compare: The results it is about.
        to: The results they are compared to, on the same target and seed and fold. An axis that it
            does not name is as in ``compare``; without any it is every other source.
        expect: ``"higher"``: the difference is above 0; ``"not_lower"``: above ``-within``;
            ``"same"``: between ``-within`` and ``within``.
        within: Difference of the metric, from 0 to 1, that does not count.
        targets: The targets it is about; empty for all.
        label: The output it is about, for several yes/no labels; empty for the mean over them.
    """

    name: str
    says: str
    cite: str = ""
    compare: Place
    to: Place = field(default_factory=dict)
    expect: Expect = "higher"
    within: float = 0.0
    targets: tuple[str, ...] = ()
    label: str = ""

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which differences the claim is true."""
        low = 0.0 if self.expect == "higher" else -self.within
        return low, self.within if self.expect == "same" else float("inf")


def compare_claims(
    claims: Sequence[Claim], results: pd.DataFrame, planned: pd.DataFrame, metric: str
) -> pd.DataFrame:
    """Make every comparison that claims are about.

    Differences are paired on seed and fold and tested by the corrected resampled t test, against
    the nearest bound of what the claim allows. A comparison holds when the difference lies inside
    at 5 %, two-sided; it fails when it lies outside at 5 % after Holm over the claim's comparisons.

    Args:
        claims: What is claimed.
        results: Results of the study (columns of the design), of chosen runs only.
        planned: Places that are planned: columns network, source, arm, target.
        metric: Row of `METRICS`.

    Returns:
        One row per claim and pair of planned places: where both lie; folds in common; the mean
        difference, with a 95 % interval over splits; ``p_holds`` and ``p_fails`` (of Holm);
        outcome (``"holds"``, ``"fails"``, ``"undecided"``) and, where nothing was tested, reason.
    """
    table = with_label_means(metric_rows(results, metric)).dropna(subset="value")
    cells = {
        tuple(map(str, key)): rows.set_index(_PAIR).sort_index()
        for key, rows in table.groupby([*AXES, "target", "label"])
    }
    every: Any = planned[[*AXES, "target"]].drop_duplicates().itertuples(index=False, name=None)
    places: list[_Cell] = list(every)
    rows = [row for claim in claims for row in _judged(claim, places, cells).to_dict("records")]
    return pd.DataFrame(rows, columns=COLUMNS)


def verdicts(claims: Sequence[Claim], compared: pd.DataFrame) -> pd.DataFrame:
    """Judge claims by their comparisons.

    A claim holds when every comparison does: all would have to err together, so that nothing needs
    correcting. It fails when one does. Else it is undecided.

    Args:
        claims: What is claimed.
        compared: Of `compare_claims`.

    Returns:
        One row per claim, in their order: claim, says, cite, verdict, why.
    """
    rows = []
    for claim in claims:
        own = compared[compared["claim"] == claim.name]
        verdict, why = _verdict(own)
        rows.append((claim.name, claim.says, claim.cite, verdict, why))
    return pd.DataFrame(rows, columns=VERDICT_COLUMNS)


def _verdict(own: pd.DataFrame) -> tuple[str, str]:
    """The verdict on one claim, and the comparisons it rests on."""
    if own.empty:
        return UNDECIDED, "the study plans nothing that it is about"
    count = f"{len(own)} comparison" if len(own) == 1 else f"{len(own)} comparisons"
    failing = own[own["outcome"] == FAILS]
    if len(failing):
        return FAILS, f"{len(failing)} of {count}: {_shown(failing)}"
    open_ones = own[own["outcome"] == UNDECIDED]
    if open_ones.empty:
        return HOLDS, f"{'in' if len(own) == 1 else 'in all'} {count}: {_shown(own)}"
    return UNDECIDED, f"{len(open_ones)} of {count}: {_shown(open_ones)}"


def _shown(rows: pd.DataFrame) -> str:
    """The first few comparisons, in words."""
    texts = [_comparison(row) for row in rows.head(_SHOWN).to_dict("records")]
    more = len(rows) - len(texts)
    return "; ".join(texts) + (f"; and {more} more" if more else "")


def _comparison(row: Mapping[Hashable, Any]) -> str:
    """One comparison: ``imagenet to dtd on chest +0.012 [0.004, 0.020]``."""
    differ = [axis for axis in AXES if row[axis] != row[f"other_{axis}"]]
    sides = [" ".join(row[f"{side}{axis}"] for axis in differ) for side in ("", "other_")]
    where = f"{sides[0]} to {sides[1]} on {row['target']}"
    if pd.isna(row["difference"]) or pd.isna(row["low"]):
        return f"{where} ({row['reason']})"
    return f"{where} {row['difference']:+.3f} [{row['low']:.3f}, {row['high']:.3f}]".replace(
        "-", "\N{MINUS SIGN}"
    )


def _judged(
    claim: Claim, places: Sequence[_Cell], cells: Mapping[tuple[str, ...], pd.DataFrame]
) -> pd.DataFrame:
    """The comparisons of one claim."""
    rows = []
    for here, there in product(places, places):
        if _compared(claim, here, there):
            own, other = (cells.get((*place, claim.label)) for place in (here, there))
            sides = zip(_SIDES, (*here[:3], *there[:3]), strict=True)
            place = {"claim": claim.name, "target": here[3], "label": claim.label, **dict(sides)}
            rows.append(place | _tested(claim, own, other))
    table = pd.DataFrame(rows, columns=COLUMNS)
    tested = table["p_fails"].notna().to_numpy()
    adjusted = holm(table.loc[tested, "p_fails"].to_numpy(dtype=np.float64))
    table.loc[tested, "p_fails"] = adjusted
    fails, holds = table["p_fails"] < ALPHA, table["p_holds"] < ALPHA
    table["outcome"] = np.where(fails, FAILS, np.where(holds, HOLDS, UNDECIDED))
    return table


def _compared(claim: Claim, here: _Cell, there: _Cell) -> bool:
    """Whether a claim compares one place to another."""
    (*own, target), (*other, other_target) = here, there
    if target != other_target or own == other or (claim.targets and target not in claim.targets):
        return False
    any_source = not claim.to
    return all(
        ours in claim.compare.get(axis, (ours,))
        and ((any_source and axis == "source") or theirs in claim.to.get(axis, (ours,)))
        for axis, ours, theirs in zip(AXES, own, other, strict=True)
    )


def _tested(
    claim: Claim, own: pd.DataFrame | None, other: pd.DataFrame | None
) -> dict[str, object]:
    """The difference of two places, and how it lies to what the claim allows."""
    if own is None or other is None:
        return {"folds": 0, "reason": "no results"}
    common = own.index.intersection(other.index)
    d = (own.loc[common, "value"] - other.loc[common, "value"]).to_numpy(dtype=np.float64)
    folds = common.get_level_values("fold").nunique()
    row: dict[str, object] = {"folds": len(d), "difference": d.mean() if len(d) else float("nan")}
    if folds < MIN_FOLDS:
        return row | {"reason": f"too few folds ({folds})"}
    share = float((own.loc[common, "n_test"] / own.loc[common, "n_train"]).mean())
    low, high = corrected_resampled_interval(d, share)
    holds, fails = _p_values(d, share, claim.bounds)
    reason = ALL_EQUAL if np.isnan(holds) else ""
    ends = {"low": low, "high": high, "p_holds": holds, "p_fails": fails}
    return row | ends | {"reason": reason}


def _p_values(d: Floats, share: float, bounds: tuple[float, float]) -> tuple[float, float]:
    """Two-sided p-values: of the difference lying inside the bounds, and of its lying outside.

    1 for the one of the two that the mean difference speaks against.
    """
    inside = bounds[0] < d.mean() < bounds[1]
    tests = [corrected_resampled_t(d - bound, share) for bound in bounds if np.isfinite(bound)]
    if np.isnan(tests).any():
        return float("nan"), float("nan")
    nearest = max(tests)  # inside, both bounds must be ruled out; outside, the nearer one
    return (nearest, 1.0) if inside else (1.0, nearest)
