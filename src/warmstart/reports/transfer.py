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
    "gain": "gain over the baseline; over the mean of the target for all pairs of a measure of "
    "which one has no baseline",
    "unit": "what the gain is given in, the same for all pairs of a measure",
    "spread": "standard deviation of the gain over folds and seeds, each less its own baseline (or "
    "mean of the target)",
    "floor": "the distance of the target to itself: nothing nearer can be told from it",
}
CAPTION = (
    "Each point: a source (colour) on a target (shape; from the 17th on, shapes come again). Thin "
    "lines: least squares within a target; only within a target can a source be chosen. Thick "
    "line: no gain. Dashed: the distance of each target to itself; nothing left of it can be told "
    "from that target."
)
NOTHING = "There are no measures."
_SIZE = 220
_SHAPES = (
    *("circle", "square", "triangle-up", "cross", "diamond", "triangle-down"),
    *("triangle-right", "triangle-left"),
    "M0,-1 L.25,-.3 L1,-.3 L.4,.15 L.62,.9 L0,.42 L-.62,.9 L-.4,.15 L-1,-.3 L-.25,-.3Z",  # star
    "M-1,-.6 L-.6,-1 L0,-.4 L.6,-1 L1,-.6 L.4,0 L1,.6 L.6,1 L0,.4 L-.6,1 L-1,.6 L-.4,0Z",  # x
    "M-.8,-.9 L.8,-.9 L0,0 L.8,.9 L-.8,.9 L0,0Z",  # hourglass
    "M-.9,-.8 L-.9,.8 L0,0 L.9,.8 L.9,-.8 L0,0Z",  # bow tie
    "M-.4,-1 L.4,-1 L.4,1 L-.4,1Z",  # upright bar
    "M-1,-.4 L1,-.4 L1,.4 L-1,.4Z",  # level bar
    "M-1,.5 A1,1 0 0 1 1,.5Z",  # half a disc
    "M-.9,-.9 L-.2,-.9 L-.2,.2 L.9,.2 L.9,.9 L-.9,.9Z",  # L
)
"""Names of Vega's symbols, then outlines in a box from -1 to 1."""


def draw(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw one panel per measure: sources in their colours, targets as shapes, each with a line."""
    if table.empty:
        return nothing(NOTHING)
    shape = _shape(list(dict.fromkeys(table["target"])))
    panels = pairs(table, "measure")
    return side_by_side([_pooled(name, rows, look, shape) for name, rows in panels], 3)


def draw_by_target(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw one panel per measure and target, sources in their colours."""
    if table.empty:
        return nothing(NOTHING)
    panels = pairs(table, "measure", "target")
    columns = columns_for(table, ["target"], most=4)
    return side_by_side([_one_target(name, rows, look) for name, rows in panels], columns)


def _pooled(title: str, rows: pd.DataFrame, look: Look, shape: "alt.Shape") -> "alt.TopLevelMixin":
    import altair as alt

    base = _base(title, rows)
    lines = base.transform_regression("value", "gain", groupby=["target"])
    return alt.layer(
        _zero(),
        _floor(rows),
        lines.mark_line(strokeWidth=1, opacity=0.6, color=GREY).encode(detail="target:N"),
        base.mark_point(size=60, filled=True, opacity=0.9).encode(
            color=look.colour(alt.Legend(orient="right", symbolOpacity=1)), shape=shape
        ),
    )


def _one_target(title: str, rows: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    import altair as alt

    legend = alt.Legend(orient="bottom", columns=2, symbolOpacity=1)
    base = _base(title, rows)
    ends = base.transform_filter("isValid(datum.spread)").transform_calculate(
        low="datum.gain - datum.spread", high="datum.gain + datum.spread"
    )
    return alt.layer(
        _zero(),
        _floor(rows),
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


def _shape(targets: list[str]) -> "alt.Shape":
    """Encode the target as its shape, the same in every panel."""
    import altair as alt

    outlines = [_SHAPES[i % len(_SHAPES)] for i in range(len(targets))]
    scale = alt.Scale(domain=targets, range=outlines)
    return alt.Shape("target:N", scale=scale, legend=alt.Legend(orient="right", symbolOpacity=1))


def _floor(rows: pd.DataFrame) -> Any:
    """The noise floor of each target, from top to bottom."""
    import altair as alt

    known = rows.dropna(subset="floor").drop_duplicates("target")[["target", "floor"]]
    return (
        alt.Chart(known)
        .mark_rule(color=GREY, strokeDash=[2, 3])
        .encode(x=alt.X("floor:Q", title=""), tooltip=["target:N", "floor:Q"])
    )


def _zero() -> Any:
    """No gain."""
    import altair as alt

    return (
        alt.Chart(pd.DataFrame({"zero": [0.0]}))
        .mark_rule(color=GREY, strokeWidth=2)
        .encode(y="zero:Q")
    )
