"""AUC against steps of training, one line per source: how *Transfusion* shows convergence."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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

COLUMNS: Mapping[str, str] = {
    "panel": "network and arm, as far as they vary",
    "target": "what is fine-tuned on",
    "source": "what the network knows at the start",
    "what": "mean over seeds and folds, or one run",
    "seed": "seed of the run; empty for a mean",
    "fold": "fold of the run; empty for a mean",
    "key": "the run; empty for a mean",
    "step": "batches trained on",
    "auc": "AUC of the test part, the mean over labels where there are several",
}
_LINE = ["panel", "target", "source"]


def table(contents: ReportContents) -> pd.DataFrame:
    """Return one row per line and measurement: the means, then the runs.

    A mean stands only where every run of its source was measured: where one of them has ended, a
    mean of the rest would jump.
    """
    runs = with_panel(contents, contents.curves)
    runs[["step", "auc"]] = runs[["step", "auc"]].astype(float)
    grouped = runs.groupby([*_LINE, "step"], sort=False)["auc"].agg(["mean", "count"])
    planned = runs.groupby(_LINE, sort=False)["key"].nunique().rename("runs")
    means = grouped.reset_index().merge(planned.reset_index(), on=_LINE)
    means = means[means["count"] == means["runs"]].rename(columns={"mean": "auc"})
    means = means.assign(what="mean", seed=None, fold=None, key="")
    joined = pd.concat([means[list(COLUMNS)], runs.assign(what="run")[list(COLUMNS)]])
    whole = dict.fromkeys(["step", "seed", "fold"], "Int64")
    return joined.astype(whole).reset_index(drop=True)


def draw(table: pd.DataFrame, look: Look) -> "alt.TopLevelMixin":
    """Draw one panel per target, network and arm; computes nothing."""
    if table.empty:
        return nothing("No AUC was recorded on the way.")
    columns = columns_for(table, ["target"], most=3)
    width = PAGE_WIDTH // columns - 75
    panels = pairs(table, "panel", "target")
    return side_by_side([_panel(title, rows, width, look) for title, rows in panels], columns)


def _panel(title: str, rows: pd.DataFrame, width: int, look: Look) -> "alt.TopLevelMixin":
    import altair as alt

    runs = _lines(rows[rows["what"] == "run"], look, thickness=1.2, opacity=0.4)
    layers = [runs.encode(detail="key:N")]
    means = rows[rows["what"] == "mean"]
    if len(means):
        layers.append(_lines(means, look, thickness=2.2, opacity=1.0))
    chart: alt.TopLevelMixin = alt.layer(*layers).properties(
        title=heading(title, width + 40), width=width, height=220
    )
    return chart


def _lines(rows: pd.DataFrame, look: Look, *, thickness: float, opacity: float) -> Any:
    import altair as alt

    legend = alt.Legend(
        orient="top", symbolType="stroke", symbolStrokeWidth=2.5, symbolSize=300, symbolOpacity=1
    )
    single = bool(rows["step"].nunique() == 1)
    lines = alt.Chart(rows.drop(columns=["panel", "target"])).mark_line(
        strokeWidth=thickness, opacity=opacity, point=single
    )
    return lines.encode(
        x=alt.X("step:Q", title="steps", scale=alt.Scale(zero=False, nice=False)),
        y=alt.Y("auc:Q", title="AUC", scale=alt.Scale(zero=False)),
        color=look.colour(legend),
        strokeDash=look.dash(legend),
        tooltip=["what:N", "source:N", "seed:O", "fold:O", "step:Q", "auc:Q"],
    )
