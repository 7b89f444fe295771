"""Whether probabilities mean what they say, a square per class."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from warmstart.analysis.assessment import Assessment
from warmstart.reports.look import Look
from warmstart.reports.squares import (
    CURVE,
    diagonal,
    in_squares,
    most_frequent,
    rounded,
    unit_axes,
)

if TYPE_CHECKING:
    import altair as alt

_X, _Y = "predicted_probability", "share_of_images"
COLUMNS: Mapping[str, str] = {
    "curve": "the class or label against the rest",
    "bin": "number of the bin, by rising probability",
    "images": "images in the bin",
    _X: "mean probability that the network gives the class",
    _Y: "share of these images that are of the class",
    "low": "low end of the share's 95 % interval (Wilson), groups counted as trials",
    "high": "high end",
}


def table(found: Assessment) -> pd.DataFrame:
    """Return the bins of the most frequent classes, at most `MOST_SQUARES`."""
    rows = most_frequent(found, found.reliability)
    return rows.rename(columns={"predicted": _X, "observed": _Y})[list(COLUMNS)].round(4)


def draw(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw one square per class; computes nothing."""
    del look
    return in_squares(table, _layers, empty="No predictions yet.")


def _layers(rows: pd.DataFrame) -> "list[alt.Chart]":
    import altair as alt

    axes = unit_axes(_X, _Y)
    bins = alt.Chart(rows.drop(columns="curve"))
    ends = {"x": axes["x"], "y": alt.Y("low:Q"), "y2": alt.Y2("high:Q")}
    return [
        diagonal(_X, _Y).encode(**axes),
        bins.mark_rule(color=CURVE, strokeWidth=1.2, opacity=0.55).encode(**ends),
        bins.mark_line(
            color=CURVE, strokeWidth=1.8, point={"filled": True, "size": 36, "color": CURVE}
        ).encode(**axes, tooltip=["images:Q", *rounded(_X, _Y, "low", "high")]),
    ]
