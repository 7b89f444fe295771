"""What evidence says, in the terminal."""

import textwrap
from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from warmstart.analysis.evidence import Evidence, Question
from warmstart.core.columns import columns
from warmstart.core.text import printable

_HEAD = ("", "weighted tau [targets]", "[folds]", "of ceiling", "p", "regret", "of 3", "best found")
_POOLED = ("pearson", "spearman", "kendall", "weighted_tau")
WIDTH = 100


def evidence_lines(found: Evidence, question: Question) -> Iterator[str]:
    """Return the table of measures, baselines and ceiling, the pooled figures, and the notes."""
    within = found.agreement[found.agreement["scope"] == "within"]
    targets = found.per_target["target"].nunique()
    yield f"Agreement with {question.metric} within each of {targets} targets, then averaged"
    yield ""
    rows = [
        _row(one)
        for kind in ("measure", "baseline", "ceiling")
        for one in sorted(_measures(within, kind), key=lambda one: -one.tau["value"])
    ]
    yield from columns([_HEAD, *rows], right=[3, 4, 5, 6, 7])
    yield ""
    yield from _explained(question)
    yield ""
    yield from _pooled(found.agreement[found.agreement["scope"] == "pooled"])
    yield from _across(found)
    for note in found.notes:
        yield from _wrapped(f"Note: {printable(note)}")


class _Measure(NamedTuple):
    """What the table says of one measure: its statistics by name, all of weighted tau."""

    name: str
    values: dict[str, float]
    tau: dict[Any, Any]


def _measures(within: pd.DataFrame, kind: str) -> Iterator[_Measure]:
    own = within[within["kind"] == kind]
    for name, rows in own.groupby("measure", sort=False):
        values = dict(zip(rows["statistic"], rows["value"].astype(float), strict=True))
        tau = rows[rows["statistic"] == "weighted_tau"].to_dict("records")[0]
        yield _Measure(str(name), values, tau)


def _row(one: _Measure) -> list[str]:
    tau = one.tau
    value = f"{tau['value']:.3f} {_ends(tau, 'targets')}".rstrip()
    p = tau["p"] if pd.isna(tau["p_holm"]) else tau["p_holm"]
    share = "" if pd.isna(tau["ceiling_share"]) else f"{tau['ceiling_share']:.0%}"
    regrets = [f"{one.values[f'regret_{k}']:.2f}" for k in (1, 3)]
    hit = f"{one.values['hit_1']:.0%}"
    return [printable(one.name), value, _ends(tau, "folds"), share, _p(p), *regrets, hit]


def _ends(row: dict[Any, Any], what: str) -> str:
    low, high = row[f"{what}_low"], row[f"{what}_high"]
    return "" if pd.isna(low) else f"[{low:.3f}, {high:.3f}]"


def _p(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.3f}"


def _explained(question: Question) -> Iterator[str]:
    yield from _wrapped(
        "95 % intervals by bootstrap over targets (of one origin together) and over folds. p: "
        f"candidates permuted, the same way on every target, {question.resamples:,} times; Holm "
        "over measures. Regret: AUC points lost by taking the first, or the best of the first 3. "
        "Ceiling: repeats of the same runs that predict the others."
    )


def _pooled(pooled: pd.DataFrame) -> Iterator[str]:
    if pooled.empty:
        return
    yield "Over the pairs of all targets at once, as the first paper did"
    yield ""
    rows = []
    for name, own in pooled.groupby("measure"):
        values = own.set_index("statistic")[["value", "p_holm"]].astype(float).T.to_dict()
        cells = [f"{values[s]['value']:.3f}" for s in _POOLED]
        rows.append([printable(name), *cells, _p(values["pearson"]["p_holm"])])
    head = ["", *(s.replace("_", " ") for s in _POOLED), "p of pearson"]
    yield from columns([head, *rows], right=[1, 2, 3, 4, 5])
    yield ""


def _across(found: Evidence) -> Iterator[str]:
    ranks = found.ranks
    if pd.isna(ranks.p):
        return
    best = ranks.table.iloc[0]
    yield from _wrapped(
        f"Across {ranks.targets} targets {printable(best['candidate'])} has the best mean rank "
        f"({best['rank']:.2f} of {len(ranks.table)}); Friedman p = {ranks.p:.3f}, mean ranks "
        f"differ at 5 % when {ranks.critical_difference:.2f} apart (Nemenyi)."
        + (f" {len(ranks.left_out)} were not tried on every target." if ranks.left_out else "")
    )


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)
