"""Claims about the results of a study: which hold, which fail, and which stay undecided."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from warmstart.analysis.comparison import ALPHA, holm
from warmstart.core.text import counted

Expect = Literal["higher", "lower", "not_lower", "same", "little"]
Number = Literal["metric", "steps", "kept"]
Over = Literal["sources", "networks"]
Names = Mapping[str, Sequence[str]]
"""Names on some of the axes network, source and arm; all names on the others."""
Pair = tuple[Names, Names]
"""A place, and the one it is compared to."""

AXES = ("network", "source", "arm")
STAGE = "stage"
SIDES = [f"{side}{axis}" for side in ("", "other_") for axis in (*AXES, STAGE)]
COLUMNS = [
    *("claim", "number", "target", "label", *SIDES, "than"),
    *("n", "difference", "low", "high", "p_holds", "p_fails", "outcome", "reason"),
]
HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"
VERDICT_COLUMNS = ["claim", "says", "cite", "verdict", "why"]
MINUS = "\N{MINUS SIGN}"
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
        than: Pairs of places; the difference of each is taken from that of ``compare`` and ``to``.
            An axis that a pair does not name is as in ``compare``.
        number: What is compared: the study's ``"metric"``; the ``"steps"`` to its AUC threshold;
            or how much of the start was ``"kept"``.
        relate: The measure whose rank correlation with the metric is judged, instead of a
            difference; empty for none.
        over: What the correlation is over: the ``"sources"`` of each network, arm and target, or
            the ``"networks"`` of each arm and target.
        expect: ``"higher"``: the difference or correlation is above 0; ``"lower"``: below 0;
            ``"not_lower"``: above ``-within``; ``"same"`` and, of a correlation, ``"little"``:
            between ``-within`` and ``within``.
        within: What does not count, in the units of the number.
        targets: The targets it is about; empty for all.
        label: The output it is about, for several yes/no labels; empty for the mean over them.
    """

    name: str
    says: str
    cite: str = ""
    compare: Names = field(default_factory=dict)
    to: Names = field(default_factory=dict)
    than: tuple[Pair, ...] = ()
    number: Number = "metric"
    relate: str = ""
    over: Over = "sources"
    expect: Expect = "higher"
    within: float = 0.0
    targets: tuple[str, ...] = ()
    label: str = ""

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which differences, or correlations, the claim is true."""
        infinity = float("inf")
        if self.expect == "lower":
            return -infinity, 0.0
        low = 0.0 if self.expect == "higher" else -self.within
        return low, self.within if self.expect in ("same", "little") else infinity


def chances(
    center: float, bounds: tuple[float, float], test: Callable[[float], float]
) -> dict[str, float]:
    """Two-sided p-values: of a number lying inside bounds, and of its lying outside.

    Args:
        center: The estimate.
        bounds: What the claim allows.
        test: The two-sided p-value against a finite bound; NaN where nothing could be tested.

    Returns:
        ``p_holds`` and ``p_fails``; 1 for the one of the two that the estimate speaks against.
    """
    tests = [test(bound) for bound in bounds if np.isfinite(bound)]
    if np.isnan(tests).any():
        return {"p_holds": float("nan"), "p_fails": float("nan")}
    nearest = max(tests)  # inside, both bounds must be ruled out; outside, the nearer one
    if bounds[0] < center < bounds[1]:
        return {"p_holds": nearest, "p_fails": 1.0}
    return {"p_holds": 1.0, "p_fails": nearest}


def decided(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Decide the comparisons of one claim.

    A comparison holds at 5 %, two-sided; it fails at 5 % after Holm over the claim's comparisons.

    Args:
        rows: Comparisons, with what was tested of ``p_holds`` and ``p_fails``.

    Returns:
        The table of `COLUMNS`.
    """
    table = pd.DataFrame(rows, columns=COLUMNS)
    tested = table["p_fails"].notna().to_numpy()
    adjusted = holm(table.loc[tested, "p_fails"].to_numpy(dtype=np.float64))
    table.loc[tested, "p_fails"] = adjusted
    fails, holds = table["p_fails"] < ALPHA, table["p_holds"] < ALPHA
    table["outcome"] = np.where(fails, FAILS, np.where(holds, HOLDS, UNDECIDED))
    return table


def together(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the comparisons of several claims as one table, also of none."""
    rows = [row for table in tables for row in table.to_dict("records")]
    return pd.DataFrame(rows, columns=COLUMNS)


def verdicts(claims: Sequence[Claim], compared: pd.DataFrame) -> pd.DataFrame:
    """Judge claims by their comparisons.

    A claim holds when every comparison does: all would have to err together, so that nothing needs
    correcting. It fails when one does. Else it is undecided.

    Args:
        claims: What is claimed.
        compared: Of `warmstart.analysis.claim_differences.compare_claims` and
            `warmstart.analysis.claim_relations.relate_claims`.

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
    count = counted(len(own), "comparison")
    failing = own[own["outcome"] == FAILS]
    vary = [axis for axis in (*AXES, STAGE) if own[axis].nunique() > 1]
    if len(failing):
        return FAILS, f"{len(failing)} of {count}: {_shown(failing, vary)}"
    open_ones = own[own["outcome"] == UNDECIDED]
    if open_ones.empty:
        return HOLDS, f"{'in' if len(own) == 1 else 'in all'} {count}: {_shown(own, vary)}"
    return UNDECIDED, f"{len(open_ones)} of {count}: {_shown(open_ones, vary)}"


def _shown(rows: pd.DataFrame, vary: Sequence[str]) -> str:
    """The first few comparisons, in words."""
    texts = [_comparison(row, vary) for row in rows.head(_SHOWN).to_dict("records")]
    more = len(rows) - len(texts)
    return "; ".join(texts) + (f"; and {more} more" if more else "")


def _comparison(row: Mapping[Hashable, Any], vary: Sequence[str]) -> str:
    """One comparison: ``imagenet to dtd on chest +0.012 [0.004, 0.020]``."""
    where = f"{_what(row)} on {row['target']}"
    shared = [row[axis] for axis in vary if row[axis] and row[axis] == row[f"other_{axis}"]]
    where += f" ({', '.join(shared)})" if shared else ""
    if pd.isna(row["difference"]) or pd.isna(row["low"]):
        return f"{where} ({row['reason']})"
    steps = row["number"] == "steps"
    shown = "{:+,.0f} steps [{:,.0f}, {:,.0f}]" if steps else "{:+.3f} [{:.3f}, {:.3f}]"
    numbers = shown.format(row["difference"], row["low"], row["high"])
    return f"{where} {numbers.replace('-', MINUS)}"


def _what(row: Mapping[Hashable, Any]) -> str:
    """What is compared, in words."""
    if not row["other_arm"]:  # a correlation has one place
        held = ", ".join(filter(None, (row["network"], row["arm"])))
        return f"rank correlation with {row['number']} ({held})"
    differ = [axis for axis in (*AXES, STAGE) if row[axis] != row[f"other_{axis}"]]
    sides = [" ".join(row[f"{side}{axis}"] for axis in differ) for side in ("", "other_")]
    than = f" against {row['than']}" if row["than"] else ""
    return f"{sides[0]} to {sides[1]}{than}"
