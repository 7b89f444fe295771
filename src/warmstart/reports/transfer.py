"""Transferability against each measure (figure 4 of *Cats, not CAT scans*)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from warmstart.reports.look import GREY, Look, columns_for, heading, nothing, pairs, side_by_side

if TYPE_CHECKING:
    import altair as alt

COLUMNS: Mapping[str, str] = {
    "measure": "what was computed of each pair",
    "higher_is_better": "whether a higher value promises more (a score) or less (a distance)",
    "target": "what is fine-tuned on",
    "source": "what the network knows at the start",
    "value": "the measure's value",
    "gain": "gain over the baseline, or over the mean of the target where there is no baseline",
    "unit": "what the gain is given in",
    "spread": "standard deviation of the gain over folds and seeds",
    "floor": "the distance of the target to itself: nothing nearer can be told from it",
}
CAPTION = (
    "Each point: a source on a target. Thin lines: least squares within a target; only within a "
    "target can a source be chosen. Thick line: the baseline."
)
NOTHING = "There are no measures."
_SIZE = 220


def draw(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw one panel per measure: sources in their colours, targets as shapes, each with a line."""
    if table.empty:
        return nothing(NOTHING)
    return side_by_side([_pooled(name, rows, look) for name, rows in pairs(table, "measure")], 3)


def draw_by_target(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw one panel per measure and target, sources in their colours."""
    if table.empty:
        return nothing(NOTHING)
    panels = pairs(table, "measure", "target")
    columns = columns_for(table, ["target"], most=4)
    return side_by_side([_one_target(name, rows, look) for name, rows in panels], columns)


def _pooled(title: str, rows: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    import altair as alt

    legend = alt.Legend(orient="right", symbolOpacity=1)
    base = _base(title, rows)
    lines = base.transform_regression("value", "gain", groupby=["target"])
    return alt.layer(
        _zero(),
        lines.mark_line(strokeWidth=1, opacity=0.6, color=GREY).encode(detail="target:N"),
        base.mark_point(size=60, filled=True, opacity=0.9).encode(
            color=look.colour(legend), shape=alt.Shape("target:N", legend=legend)
        ),
    )


def _one_target(title: str, rows: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    import altair as alt

    legend = alt.Legend(orient="bottom", columns=2, symbolOpacity=1)
    base = _base(title, rows)
    ends = base.transform_filter("isValid(datum.spread)").transform_calculate(
        low="datum.gain - datum.spread", high="datum.gain + datum.spread"
    )
    floor = alt.Chart(rows).transform_filter("isValid(datum.floor)")
    return alt.layer(
        _zero(),
        floor.mark_rule(color=GREY, strokeDash=[2, 3]).encode(x="mean(floor):Q"),
        ends.mark_rule(strokeWidth=1.5, opacity=0.5).encode(
            y=alt.Y("low:Q", title=""), y2="high:Q", color=look.colour(legend)
        ),
        base.mark_circle(size=70, opacity=1).encode(color=look.colour(legend)),
    )


def _base(title: str, rows: pd.DataFrame) -> Any:
    import altair as alt

    better = "higher" if rows["higher_is_better"].all() else "lower"
    scale = alt.Scale(zero=False, padding=10)
    return alt.Chart(rows, title=heading(title, _SIZE + 40), width=_SIZE, height=_SIZE).encode(
        x=alt.X("value:Q", title=f"value ({better} promises more)", scale=scale),
        y=alt.Y("gain:Q", title=f"gain, {rows['unit'].iloc[0]}", scale=scale),
        tooltip=["source:N", "target:N", "value:Q", "gain:Q"],
    )


def _zero() -> Any:
    """No gain."""
    import altair as alt

    return (
        alt.Chart(pd.DataFrame({"zero": [0.0]}))
        .mark_rule(color=GREY, strokeWidth=2)
        .encode(y="zero:Q")
    )
