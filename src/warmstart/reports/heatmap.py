"""The source x target heat map: mean score and transferability."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from warmstart.reports.cell_texts import score_text, transferability_text
from warmstart.reports.contents import ReportContents, first_seen, with_panel
from warmstart.reports.look import PAGE_WIDTH, Look, heading, nothing, pairs, room_for, side_by_side
from warmstart.reports.matrix import source_rank

if TYPE_CHECKING:
    import altair as alt

COLUMNS: Mapping[str, str] = {
    "panel": "network, arm and label, as far as they vary",
    "source": "what the network knows at the start",
    "target": "what it is fine-tuned on",
    "mean": "mean score over folds and seeds",
    "score": "the mean, as printed",
    "transferability": "gain over the baseline in percent of it, as printed",
    "best": "whether this is the highest mean of its target",
}


def table(contents: ReportContents) -> pd.DataFrame:
    """Return one row per cell, the source that is best on average first."""
    frame = with_panel(contents, contents.summary)
    frame = frame[frame["mean"].notna()].copy()
    panels = first_seen(frame["panel"])
    rank = source_rank(frame)
    frame = frame.sort_values("source", key=lambda names: names.map(rank), kind="stable")
    frame = frame.sort_values("panel", key=lambda names: names.map(panels), kind="stable")
    frame["score"] = [score_text(value) for value in frame["mean"]]
    frame["transferability"] = [transferability_text(row) for row in frame.to_dict("records")]
    frame["best"] = frame["best"].fillna(False).astype(bool)
    return frame[list(COLUMNS)].reset_index(drop=True)


def draw(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw one heat map per panel; computes nothing."""
    import altair as alt

    if table.empty:
        return nothing("No results yet.")
    sources, targets = list(dict.fromkeys(table["source"])), list(dict.fromkeys(table["target"]))
    columns = 1 if table["panel"].nunique() == 1 else 2
    room = PAGE_WIDTH // columns - room_for(sources) - 60
    cell = max(70, min(170, room // len(targets)))
    colour = alt.Color(
        "mean:Q",
        scale=alt.Scale(range=["#f1f5f9", "#0f4c81"], interpolate="lab"),
        legend=alt.Legend(title=f"mean {look.score}", format=".2f", gradientLength=120),
    )
    apart = alt.Scale(paddingInner=0.05, paddingOuter=0.02)
    top = alt.Axis(orient="top", labelAngle=0, ticks=False, labelLimit=cell - 6)
    left = alt.Axis(ticks=False)
    dark = table["mean"].min() + 0.62 * (table["mean"].max() - table["mean"].min())
    text_colour = alt.condition(f"datum.mean > {dark}", alt.value("white"), alt.value("#111827"))

    def panel(title: str, rows: pd.DataFrame) -> "alt.TopLevelMixin":
        base = alt.Chart(
            rows, title=heading(title, 400), width=cell * len(targets), height=46 * len(sources)
        )
        base = base.encode(
            x=alt.X("target:N", sort=targets, title=None, scale=apart, axis=top),
            y=alt.Y("source:N", sort=sources, title=None, scale=apart, axis=left),
            tooltip=["source:N", "target:N", "score:N", "transferability:N"],
        )
        words = base.encode(color=text_colour)
        best = words.transform_filter("datum.best")
        rest = words.transform_filter("!datum.best")
        return alt.layer(
            base.mark_rect().encode(color=colour),
            best.mark_rect(filled=False, strokeWidth=2.5).encode(color=alt.value("#111827")),
            best.mark_text(dy=-7, fontSize=14, fontWeight="bold").encode(text="score:N"),
            rest.mark_text(dy=-7, fontSize=14).encode(text="score:N"),
            words.mark_text(dy=10, fontSize=11).encode(text="transferability:N"),
        )

    return side_by_side([panel(title, rows) for title, rows in pairs(table, "panel")], columns)
