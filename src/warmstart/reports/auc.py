"""Score per source and target with the dots of the folds (figure 3 of Cats, not CAT scans)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from warmstart.reports.contents import RANDOM, ReportContents, first_seen, with_panel
from warmstart.reports.look import (
    GREY,
    PAGE_WIDTH,
    Look,
    columns_for,
    heading,
    nothing,
    pairs,
    room_for,
    side_by_side,
)

if TYPE_CHECKING:
    import altair as alt

COLUMNS: Mapping[str, str] = {
    "panel": "network, arm and label, as far as they vary",
    "target": "what is fine-tuned on",
    "source": "what the network knows at the start",
    "what": "mean (over folds and seeds) or fold (a single one)",
    "seed": "seed of a single run",
    "fold": "fold of a single run",
    "value": "the score",
    "low": "lower end of the interval of the mean",
    "high": "upper end of the interval of the mean",
}


def table(contents: ReportContents) -> pd.DataFrame:
    """Return the means and the single folds, per target the highest mean first."""
    drawn = contents.results[contents.results["metric"] == contents.metric]
    means = with_panel(contents, contents.summary).to_dict("records")
    folds = with_panel(contents, drawn).to_dict("records")
    rows = [{**row, "what": "mean", "value": row["mean"]} for row in means]
    rows += [{**row, "what": "fold"} for row in folds]
    rows = [row for row in rows if not pd.isna(row["value"])]
    heights = {_place(row): row["value"] for row in rows if row["what"] == "mean"}
    panels = first_seen(row["panel"] for row in rows)
    targets = first_seen(row["target"] for row in rows)
    rows.sort(
        key=lambda row: (
            panels[row["panel"]],
            targets[row["target"]],
            -heights.get(_place(row), 0.0),
            row["source"],
            row["what"] == "fold",
        )
    )
    kinds = {"value": "Float64", "low": "Float64", "high": "Float64", "seed": "Int64"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({**kinds, "fold": "Int64"})


def _place(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return row["panel"], row["target"], row["source"]


def draw(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw one panel per target (and network, arm, label), sources from top to bottom."""
    if table.empty:
        return nothing("No results yet.")
    panels = pairs(table, "panel", "target")
    beside = room_for(table["source"]) + 70
    columns = columns_for(table, ["target"], most=min(3, PAGE_WIDTH // (beside + 150)))
    width = min(520, PAGE_WIDTH // columns - beside)
    return side_by_side([_panel(title, rows, width, look) for title, rows in panels], columns)


def _panel(title: str, rows: pd.DataFrame, width: int, look: Look) -> "alt.TopLevelMixin":
    import altair as alt

    order = list(dict.fromkeys(rows["source"]))
    base = alt.Chart(
        rows, title=heading(title, width + 120), width=width, height=34 * len(order) + 10
    ).encode(
        y=alt.Y("source:N", sort=order, title=None, axis=alt.Axis(grid=False, ticks=False)),
        x=alt.X("value:Q", title=look.score, scale=alt.Scale(zero=False, padding=12)),
    )
    means = base.transform_filter("datum.what == 'mean'")
    folds = base.transform_filter("datum.what == 'fold'")
    colour, told = look.colour(), ["source:N", alt.Tooltip("value:Q", format=".3f")]
    ends = [alt.Tooltip("low:Q", format=".3f"), alt.Tooltip("high:Q", format=".3f")]
    return alt.layer(
        alt.Chart(rows)
        .transform_filter(f"datum.what == 'mean' && datum.source == '{RANDOM}'")
        .mark_rule(color=GREY, strokeDash=[4, 3])
        .encode(x="value:Q"),
        means.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=4, opacity=0.45)
        .encode(x="low:Q", x2="high:Q", color=colour),
        folds.mark_point(size=28, filled=False, yOffset=10, strokeWidth=1.2).encode(
            color=colour, tooltip=[*told, "seed:O", "fold:O"]
        ),
        means.mark_circle(size=110, opacity=1).encode(color=colour, tooltip=[*told, *ends]),
        means.mark_text(align="left", fontSize=12).encode(
            x=alt.value(width + 8), text=alt.Text("value:Q", format=".3f")
        ),
    )
