"""ROC curves per target, coloured by source."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from warmstart.reports.contents import ReportContents, with_panel
from warmstart.reports.look import (
    Look,
    columns_for,
    heading,
    nothing,
    pairs,
    side_by_side,
)
from warmstart.reports.squares import diagonal, rounded, square_size, unit_axes

if TYPE_CHECKING:
    import altair as alt

MOST_POINTS = 80
"""Points kept per curve: more cannot be seen and would fill the page."""

COLUMNS: Mapping[str, str] = {
    "panel": "network and arm, as far as they vary",
    "target": "what is fine-tuned on",
    "curve": "the class or label against the rest; empty if there is one",
    "source": "what the network knows at the start",
    "false_positive_rate": "share of the negative images called positive",
    "true_positive_rate": "share of the positive images called positive",
}


def table(contents: ReportContents) -> pd.DataFrame:
    """Return the curves, each thinned to at most `MOST_POINTS` points with both ends kept."""
    frame = with_panel(contents, contents.roc)[list(COLUMNS)]
    frame["curve"] = frame["curve"].fillna("")
    parts = [
        rows.iloc[kept_points(rows.iloc[:, -2:].to_numpy(float))]
        for _, rows in frame.groupby(list(COLUMNS)[:4], sort=False, dropna=False)
    ]
    return pd.concat(parts, ignore_index=True).round(4) if parts else frame


def kept_points(points: np.ndarray) -> np.ndarray:
    """Return the rows of at most `MOST_POINTS` points spread evenly along a curve's length."""
    if len(points) <= MOST_POINTS:
        return np.arange(len(points))
    steps = np.abs(np.diff(points, axis=0)).sum(axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.linspace(0.0, along[-1], MOST_POINTS)
    last = len(points) - 1
    return np.unique([0, *np.minimum(np.searchsorted(along, wanted), last), last])


def draw(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw one square per target and curve; computes nothing."""
    if table.empty:
        return nothing("No predictions yet.")
    panels = pairs(table, "panel", "target", "curve")
    columns = columns_for(table, ["target", "curve"], most=4)
    size = square_size(columns)
    return side_by_side([_square(title, rows, size, look) for title, rows in panels], columns)


def _square(title: str, rows: pd.DataFrame, size: int, look: Look) -> "alt.TopLevelMixin":
    import altair as alt

    x, y = "false_positive_rate", "true_positive_rate"
    axes = unit_axes(x, y)
    legend = alt.Legend(orient="top", symbolType="stroke", symbolStrokeWidth=2.5, symbolSize=300)
    curves = alt.Chart(rows[["source", x, y]]).mark_line(strokeWidth=1.8, interpolate="linear")
    return alt.layer(
        diagonal(x, y).encode(**axes),
        curves.encode(
            **axes,
            color=look.colour(legend),
            strokeDash=look.dash(legend),
            order=alt.Order("index:Q"),
            tooltip=["source:N", *rounded(x, y)],
        ).transform_window(index="row_number()"),
        title=heading(title, size + 40),
        width=size,
        height=size,
    )
