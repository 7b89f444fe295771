"""Training loss per epoch, one line per run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from warmstart.reports.contents import ReportContents, with_panel
from warmstart.reports.look import (
    PAGE_WIDTH,
    Look,
    columns_for,
    heading,
    nothing,
    pairs,
    side_by_side,
)

if TYPE_CHECKING:
    import altair as alt

PRETRAINING = "pretraining"

COLUMNS: Mapping[str, str] = {
    "panel": "network and arm, as far as they vary",
    "task": "the target, or pretraining",
    "source": "what the network knows at the start, or learns",
    "seed": "seed of the run",
    "fold": "fold of the run; empty for pretraining",
    "key": "the run",
    "epoch": "epoch, counted from 1",
    "train_loss": "mean training loss of the epoch, in nats per image",
    "validation_loss": "loss on the validation part; empty if the split has none",
}


def table(contents: ReportContents) -> pd.DataFrame:
    """Return one row per run and epoch, pretraining first."""
    frame = with_panel(contents, contents.histories)
    task = frame["target"].replace("", pd.NA).fillna(PRETRAINING)
    frame = frame.assign(task=task, first=task != PRETRAINING)
    frame = frame.sort_values(["first"], kind="stable")
    return frame[list(COLUMNS)].reset_index(drop=True)


def draw(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw one panel per target, and one for pretraining; computes nothing."""
    if table.empty:
        return nothing("No training history yet.")
    panels = pairs(table, "panel", "task")
    columns = columns_for(table, ["task"], most=3)
    width = PAGE_WIDTH // columns - 75
    return side_by_side([_panel(title, rows, width, look) for title, rows in panels], columns)


def _panel(title: str, rows: pd.DataFrame, width: int, look: Look) -> "alt.TopLevelMixin":
    import altair as alt

    legend = alt.Legend(orient="top", symbolType="stroke", symbolStrokeWidth=2.5, symbolSize=300)
    whole = alt.Axis(format="d", tickMinStep=1, grid=False)
    needed = rows.drop(columns=["panel", "task"])
    lines = alt.Chart(needed, title=heading(title, width + 40), width=width, height=190).mark_line(
        strokeWidth=1.4, opacity=0.85, point=bool(rows["epoch"].nunique() == 1)
    )
    chart: alt.TopLevelMixin = lines.encode(
        x=alt.X("epoch:Q", title="epoch", axis=whole, scale=alt.Scale(zero=False, nice=False)),
        y=alt.Y("train_loss:Q", title="training loss (nats)"),
        color=look.colour(legend),
        strokeDash=look.dash(legend),
        detail="key:N",
        tooltip=["source:N", "seed:O", "fold:O", "epoch:O", "train_loss:Q", "validation_loss:Q"],
    )
    return chart
