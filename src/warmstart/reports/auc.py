"""Score per source and target with the dots of the folds (figure 3 of Cats, not CAT scans)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from warmstart.reports.contents import RANDOM, ReportContents, with_panel
from warmstart.reports.look import GREY, PAGE_WIDTH, Look, nothing, pairs, room_for, side_by_side

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
    means = with_panel(contents, contents.summary).rename(columns={"mean": "value"})
    drawn = contents.results[contents.results["metric"] == contents.metric]
    folds = with_panel(contents, drawn)
    frames = [means.assign(what="mean", seed=pd.NA, fold=pd.NA)]
    frames.append(folds.assign(what="fold", low=pd.NA, high=pd.NA))
    parts = [frame[list(COLUMNS)].astype(object) for frame in frames if not frame.empty]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[frame["value"].notna()]
    height = {(r.panel, r.target, r.source): -r.value for r in frame.itertuples() if r.what == "mean"}
    ranks = [height.get((r.panel, r.target, r.source), 0.0) for r in frame.itertuples()]
    frame = frame.assign(
        rank=ranks,
        order=frame["target"].map({name: i for i, name in enumerate(frame["target"].unique())}),
        **{name: frame[name].astype("Float64") for name in ("value", "low", "high")},
        **{name: frame[name].astype("Int64") for name in ("seed", "fold")},
    )
    ordered = frame.sort_values(["panel", "order", "rank", "source"], kind="stable")
    return ordered[list(COLUMNS)].reset_index(drop=True)


def draw(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw one panel per target (and network, arm, label), sources from top to bottom."""
    if table.empty:
        return nothing("No results yet.")
    panels = pairs(table, "target", "panel") if table["panel"].nunique() < 2 else pairs(
        table, "panel", "target"
    )
    columns = min(table["target"].nunique(), 3)
    width = PAGE_WIDTH // columns - room_for(table["source"]) - 70
    return side_by_side([_panel(title, rows, width, look) for title, rows in panels], columns)


def _panel(title: str, rows: pd.DataFrame, width: int, look: Look) -> "alt.LayerChart":
    import altair as alt

    order = list(dict.fromkeys(rows["source"]))
    base = alt.Chart(rows, title=title, width=width, height=34 * len(order) + 10).encode(
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
