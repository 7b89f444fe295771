"""Critical-difference diagram: mean ranks over targets, and which of them Nemenyi's test joins."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from warmstart.analysis.across_targets import Ranks
from warmstart.analysis.evidence import Evidence
from warmstart.reports.look import INK, Look, nothing

if TYPE_CHECKING:
    import altair as alt

COLUMNS: Mapping[str, str] = {
    "what": "candidate, or group: candidates whose mean ranks do not differ at 5 %",
    "name": "the candidate; of a group all of them",
    "low": "mean rank (1 is best); of a group the best",
    "high": "mean rank; of a group the worst",
    "row": "where it is drawn, from the top",
}
_STEP, _WIDTH = 22, 640


def table(found: Evidence) -> pd.DataFrame:
    """Return groups, then candidates from best to worst."""
    ranks = found.ranks
    rows = [("group", name, low, high) for name, low, high in groups(ranks)]
    rows += [("candidate", n, r, r) for n, r in ranks.table.itertuples(index=False, name=None)]
    frame = pd.DataFrame(rows, columns=["what", "name", "low", "high"])
    return frame.assign(row=range(1, len(frame) + 1))


def groups(ranks: Ranks) -> list[tuple[str, float, float]]:
    """The largest sets of neighbours whose mean ranks lie within the critical difference.

    Returns:
        Names, best and worst mean rank of each; sets of one are left out.
    """
    if pd.isna(ranks.critical_difference):
        return []
    names, values = list(ranks.table["candidate"]), list(ranks.table["rank"])
    found, reached = [], 0
    for first, rank in enumerate(values):
        near = [
            i for i, v in enumerate(values) if first <= i and v - rank <= ranks.critical_difference
        ]
        if len(near) > 1 and near[-1] > reached:
            found.append((", ".join(names[first : near[-1] + 1]), rank, values[near[-1]]))
        reached = max(reached, near[-1])
    return found


def draw(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw candidates hanging from the axis of ranks, and a bar over those that are joined."""
    import altair as alt

    if table.empty:
        return nothing("No candidate was tried on every target.")
    base = alt.Chart(table, width=_WIDTH, height=_STEP * (len(table) + 1))
    last = max(2, math.ceil(table["high"].max()))
    axis = alt.Axis(orient="top", values=list(range(1, last + 1)), format="d", grid=False)
    x = alt.X("low:Q", title="mean rank", scale=alt.Scale(domain=[1, last]), axis=axis)
    y = alt.Y("row:Q", axis=None, scale=alt.Scale(domain=[len(table) + 0.5, 0]))
    members = base.transform_filter("datum.what == 'candidate'").encode(x=x, y=y)
    joined = base.transform_filter("datum.what == 'group'").encode(x=x, x2="high:Q", y=y)
    hanging = members.transform_calculate(top="0").mark_rule(color=INK, opacity=0.35)
    chart: alt.TopLevelMixin = alt.layer(
        hanging.encode(y2="top:Q"),
        joined.mark_rule(strokeWidth=5, color=INK, tooltip=True),
        members.mark_circle(size=60, opacity=1, color=INK),
        members.mark_text(align="left", dx=8, fontSize=12).encode(text="name:N"),
    )
    return chart
