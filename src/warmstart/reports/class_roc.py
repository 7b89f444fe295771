"""ROC curves of one network's out-of-fold predictions, a square per class."""

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

_X, _Y = "false_positive_rate", "true_positive_rate"
COLUMNS: Mapping[str, str] = {
    "curve": "the class or label against the rest",
    _X: "share of the negative images called positive",
    _Y: "share of the positive images called positive",
}


def table(found: Assessment) -> pd.DataFrame:
    """Return the curves of the most frequent classes, at most `MOST_SQUARES`."""
    return most_frequent(found, found.roc)[list(COLUMNS)].round(4)


def draw(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw one square per class; computes nothing."""
    del look
    return in_squares(table, _layers, empty="No predictions with both yes and no.")


def _layers(rows: pd.DataFrame) -> "list[alt.Chart]":
    import altair as alt

    axes = unit_axes(_X, _Y)
    curve = alt.Chart(rows[[_X, _Y]]).mark_line(color=CURVE, strokeWidth=1.8)
    return [
        diagonal(_X, _Y).encode(**axes),
        curve.encode(**axes, order=alt.Order("index:Q"), tooltip=rounded(_X, _Y)).transform_window(
            index="row_number()"
        ),
    ]
