"""Squares whose sides go from 0 to 1: ROC curves and reliability diagrams."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from warmstart.analysis.assessment import Assessment
from warmstart.reports.look import PAGE_WIDTH, columns_for, heading, nothing, pairs, side_by_side

if TYPE_CHECKING:
    import altair as alt

CURVE = "#0072b2"
MOST_SQUARES = 12
"""Of more classes, the most frequent are drawn."""


def square_size(columns: int) -> int:
    """Return the pixels of a side where so many squares stand in a row."""
    return min(290, PAGE_WIDTH // columns - 80)


def in_squares(
    table: pd.DataFrame, layers: "Callable[[pd.DataFrame], list[alt.Chart]]", *, empty: str
) -> "alt.TopLevelMixin":
    """Draw a square per curve, as many in a row as fit.

    Args:
        table: A column ``curve`` and what the layers draw.
        layers: What is drawn in the square of some rows, one upon the other.
        empty: What is said where there are no rows.
    """
    import altair as alt

    if table.empty:
        return nothing(empty)
    columns = columns_for(table, ["curve"], most=4)
    side = square_size(columns)
    squares = [
        alt.layer(*layers(rows), title=heading(title, side + 40), width=side, height=side)
        for title, rows in pairs(table, "curve")
    ]
    return side_by_side(squares, columns)


def unit_axes(x: str, y: str) -> dict[str, Any]:
    """Encode two columns as axes from 0 to 1, called as they are."""
    import altair as alt

    ticks = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2~f")
    unit = alt.Scale(domain=[0, 1], nice=False)
    return {
        "x": alt.X(f"{x}:Q", scale=unit, axis=ticks, title=x.replace("_", " ")),
        "y": alt.Y(f"{y}:Q", scale=unit, axis=ticks, title=y.replace("_", " ")),
    }


def diagonal(x: str, y: str) -> "alt.Chart":
    """Draw the line from corner to corner."""
    import altair as alt

    corners = pd.DataFrame({x: [0, 1], y: [0, 1]})
    chart: alt.Chart = alt.Chart(corners).mark_line(color="#d1d5db", strokeWidth=1)
    return chart


def rounded(*names: str) -> "list[alt.Tooltip]":
    """Show columns with three decimals where the pointer is."""
    import altair as alt

    return [alt.Tooltip(f"{name}:Q", format=".3f") for name in names]


def most_frequent(found: Assessment, rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the curves of the classes with most images, at most `MOST_SQUARES`, in their order."""
    ordered = found.per_class.sort_values("positive", ascending=False, kind="stable")
    return rows[rows["curve"].isin(ordered["class"].head(MOST_SQUARES))].reset_index(drop=True)
