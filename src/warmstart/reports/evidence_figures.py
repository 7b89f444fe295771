"""The figures of evidence. To add one: a file with `table` and `draw`, and a row here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from warmstart.analysis.evidence import Evidence, Question
from warmstart.core.store import write_file
from warmstart.metrics.classification import METRICS
from warmstart.reports import critical_difference, transfer
from warmstart.reports.look import Look, look_of, specification, svg
from warmstart.reports.tables import csv_text

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True, kw_only=True)
class EvidenceFigure:
    """A table, then a drawing of it.

    Attributes:
        name: The stem of its files.
        caption: How to read it.
        columns: What each column of the table means.
        table: From evidence to the figure's table; all computing happens here.
        draw: From the figure's table to a drawing; computes nothing.
    """

    name: str
    caption: str
    columns: Mapping[str, str]
    table: Callable[[Evidence], pd.DataFrame]
    draw: "Callable[[pd.DataFrame, Look], alt.TopLevelMixin]"


_ROWS = (
    EvidenceFigure(
        name="transfer",
        caption="Each dot: a source on a target. Lines: least squares within a target; only within "
        "a target can a source be chosen. Grey line: the baseline.",
        columns=transfer.COLUMNS,
        table=transfer.table,
        draw=transfer.draw,
    ),
    EvidenceFigure(
        name="transfer-by-target",
        caption="Bars: standard deviation over folds and seeds. Dashed: the target's distance to "
        "itself; what lies left of it cannot be told from the target.",
        columns=transfer.COLUMNS,
        table=transfer.table,
        draw=transfer.draw_by_target,
    ),
    EvidenceFigure(
        name="critical-difference",
        caption="Mean rank over targets, 1 is best. Bars join sources that Nemenyi's test does not "
        "tell apart at 5 %.",
        columns=critical_difference.COLUMNS,
        table=critical_difference.table,
        draw=critical_difference.draw,
    ),
)
EVIDENCE_FIGURES = {figure.name: figure for figure in _ROWS}


def save_evidence_figures(found: Evidence, question: Question, folder: Path) -> list[Path]:
    """Write ``<name>.csv`` and ``<name>.svg`` of every figure into a folder.

    Raises:
        StoreError: If the folder cannot be written.
    """
    known = METRICS.get(question.metric)
    style = look_of(sorted(set(found.points["source"])), known.title if known else question.metric)
    files = []
    for figure in EVIDENCE_FIGURES.values():
        table = figure.table(found)
        drawing = svg(specification(figure.draw(table, style)))
        for suffix, text in (("csv", csv_text(table)), ("svg", drawing)):
            files.append(folder / f"{figure.name}.{suffix}")
            write_file(files[-1], text)
    return files
