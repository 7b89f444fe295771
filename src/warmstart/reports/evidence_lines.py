"""What evidence says, in the terminal."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from warmstart.analysis.evidence import Evidence, Question
from warmstart.analysis.over_targets import FEW
from warmstart.core.columns import WIDTH, columns
from warmstart.core.text import counted, first_few, listed, printable

_HEAD = (
    *("", "weighted tau [targets]", "prior", "[folds]", "ceiling", "p", "regret", "prior", "of 3"),
    "best found",
)
_POOLED = ("pearson", "spearman", "kendall", "weighted_tau")
_SHOWN = 5
"""Names of candidates that a sentence lists."""
P_SHOWN = 0.0005
"""A smaller p would be printed as zero."""


def evidence_lines(found: Evidence, question: Question) -> Iterator[str]:
    """Return the table of measures, baselines and ceiling, the pooled figures, and the notes."""
    within = found.agreement[found.agreement["scope"] == "within"]
    each = f"each of {found.targets} targets, then averaged" if found.targets > 1 else "1 target"
    more = f" ({found.places} rankings)" if found.places > found.targets else ""
    yield f"Agreement with {question.metric} within {each}{more}"
    yield ""
    rows = [
        _row(one)
        for kind in ("measure", "baseline", "ceiling")
        for one in sorted(_measures(within, kind), key=lambda one: -one.tau["value"])
    ]
    yield from columns([_HEAD, *rows], right=[2, 4, 5, 6, 7, 8, 9])
    yield ""
    yield from _wrapped(" ".join(_explained(found, within, question)))
    yield ""
    yield from _pooled(found.agreement[found.agreement["scope"] == "pooled"])
    yield from _across(found)
    for note in found.notes:
        yield from _wrapped(f"Note: {printable(note)}")


class _Measure(NamedTuple):
    """What the table says of one measure: its statistics, those of the prior, all of tau."""

    name: str
    values: dict[str, float]
    prior: dict[str, float]
    tau: dict[Any, Any]


def _measures(within: pd.DataFrame, kind: str) -> Iterator[_Measure]:
    own = within[within["kind"] == kind]
    for name, rows in own.groupby("measure", sort=False):
        values, prior = (
            dict(zip(rows["statistic"], rows[column].astype(float), strict=True))
            for column in ("value", "prior")
        )
        tau = rows[rows["statistic"] == "weighted_tau"].to_dict("records")[0]
        yield _Measure(str(name), values, prior, tau)


def _row(one: _Measure) -> list[str]:
    tau = one.tau
    value = f"{tau['value']:.3f} {_ends(tau, 'targets')}".rstrip()
    p = f"({_p(tau['p'])})" if pd.isna(tau["p_holm"]) and pd.notna(tau["p"]) else _p(tau["p_holm"])
    return [
        printable(one.name),
        value,
        _number(one.prior["weighted_tau"], ".3f"),
        _ends(tau, "folds"),
        _number(tau["ceiling_share"], ".0%"),
        p,
        _number(one.values["regret_1"], ".2f"),
        _number(one.prior["regret_1"], ".2f"),
        _number(one.values["regret_3"], ".2f"),
        _number(one.values["hit_1"], ".0%"),
    ]


def _ends(row: dict[Any, Any], what: str) -> str:
    low, high = row[f"{what}_low"], row[f"{what}_high"]
    return "" if pd.isna(low) else f"[{low:.3f}, {high:.3f}]"


def _number(value: float, how: str) -> str:
    return "" if pd.isna(value) else format(value, how)


def _p(value: float) -> str:
    return "<0.001" if value < P_SHOWN else _number(value, ".3f")


def _explained(found: Evidence, within: pd.DataFrame, question: Question) -> Iterator[str]:
    """Say what the columns are; of intervals what varies, or why there are none."""
    if within["targets_low"].notna().any():
        how = "Student's t" if found.origins < FEW else "bootstrap"
        yield (
            f"[targets]: 95 % interval, {how} over {_origins(found)}, scores and baselines held "
            "fixed."
        )
    else:
        yield "[targets]: none, since all targets are of one origin."
    yield "prior: the same of the prior, choosing among what the measure speaks of."
    if within["folds_low"].notna().any():
        yield (
            "[folds]: 95 % interval, bootstrap over folds and seeds; noise added to noise moves it "
            "down. ceiling: in percent of what repeats of the same runs say of the others."
        )
    else:
        yield "[folds], ceiling: none, since some target has one repeat (fold or seed) only."
    many = f"{found.permutations:,}"
    ways = f"in all {many} ways" if found.exact else f"up to {many} times"
    unit = "AUC points" if question.metric.startswith("auc") else f"points of {question.metric}"
    yield (
        f"p: candidates permuted, the same way on every target, {ways}; corrected for the number "
        f"of measures (Holm), or in brackets not. regret: {unit} lost, against the best of all "
        "candidates, by taking the first, or the best of the first 3; agreement.csv (--out) has "
        "the intervals of the other columns."
    )


def _origins(found: Evidence) -> str:
    if found.origins == found.targets:
        return counted(found.targets, "target")
    return f"{counted(found.origins, 'origin')} of {counted(found.targets, 'target')}"


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
    yield from _wrapped(
        f"Across {_origins(found)} {_best(ranks.table)}; Friedman p {_equals(ranks.p)}, mean "
        f"ranks differ at 5 % when {ranks.critical_difference:.2f} apart (Nemenyi)."
        + (
            f" Without a result on every target, left out here: {_some(ranks.left_out)}."
            if ranks.left_out
            else ""
        )
    )


def _best(table: pd.DataFrame) -> str:
    rank = table["rank"].iloc[0]
    first = [printable(name) for name in table.loc[np.isclose(table["rank"], rank), "candidate"]]
    if len(first) == len(table):
        return f"all {len(table)} candidates have the same mean rank ({rank:.2f})"
    have = "has" if len(first) == 1 else "share"
    return f"{listed(first)} {have} the best mean rank ({rank:.2f} of {len(table)})"


def _equals(p: float) -> str:
    return _p(p) if p < P_SHOWN else f"= {_p(p)}"


def _some(names: Sequence[str]) -> str:
    return first_few([printable(name) for name in names], _SHOWN)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)
