"""The table of figures. To add one: a file with `table` and `draw`, and a row here."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

import pandas as pd

from warmstart.reports import auc, curves, heatmap, histories, plan, roc, transfer
from warmstart.reports.contents import ReportContents
from warmstart.reports.figure import Figure


@dataclass(frozen=True, kw_only=True)
class StudyFigure(Figure[ReportContents]):
    """A figure of a study's page.

    Attributes:
        section: Where the page shows it.
        title: What a reader sees above it.
        optional: Whether it is left out where its table is empty.

    Its caption may hold ``{score}`` and ``{interval}``, which are filled in.
    """

    section: Literal["answer", "measures", "asked", "runs"]
    title: str
    optional: bool = False

    def described(self, contents: ReportContents) -> str:
        """Return the caption for this study."""
        filled = self.caption.format(score=contents.score, interval=contents.interval_note)
        return filled.strip()


_ROWS = (
    StudyFigure(
        name="heatmap",
        section="answer",
        title="Every source on every target",
        caption="Mean {score} over folds; below it the transferability, the gain over the "
        "baseline in percent of it, in round brackets where the baseline cannot be "
        "trusted. Framed: the highest mean of a target. Darker is higher.",
        columns=heatmap.COLUMNS,
        table=heatmap.table,
        draw=heatmap.draw,
    ),
    StudyFigure(
        name="auc",
        section="answer",
        title="How sure is that?",
        caption="Large dot and number: mean {score}. Small circles: the single folds. Dashed line: "
        "random initialisation. Bar: {interval} Axes differ between targets and do not start at "
        "zero.",
        columns=auc.COLUMNS,
        table=auc.table,
        draw=auc.draw,
    ),
    StudyFigure(
        name="roc",
        section="answer",
        title="ROC curves",
        caption="Out-of-fold predictions, all folds together. Thin diagonal: chance.",
        columns=roc.COLUMNS,
        table=roc.table,
        draw=roc.draw,
    ),
    StudyFigure(
        name="transfer",
        section="measures",
        title="Transferability against every measure",
        caption=transfer.CAPTION,
        columns=transfer.COLUMNS,
        table=attrgetter("transfer"),
        draw=transfer.draw,
        optional=True,
    ),
    StudyFigure(
        name="plan",
        section="asked",
        title="The plan",
        caption="Where the weights come from, and which target each source was tried on. On the "
        "lines: fine-tunings done / planned. Dashed: not all of them are done.",
        columns=plan.COLUMNS,
        table=plan.table,
        draw=plan.draw,
    ),
    StudyFigure(
        name="histories",
        section="runs",
        title="Training loss",
        caption="One line per run: mean training loss of each epoch, in nats per image. A line "
        "that still falls at its end marks a run that would have profited from more epochs.",
        columns=histories.COLUMNS,
        table=histories.table,
        draw=histories.draw,
    ),
    StudyFigure(
        name="curves",
        section="runs",
        title="AUC against steps",
        caption="AUC of the test part, measured while training. Thick: mean over seeds and folds, "
        "as far as all of them were measured. Faint: the single runs. Axes differ between panels "
        "and do not start at zero.",
        columns=curves.COLUMNS,
        table=curves.table,
        draw=curves.draw,
        optional=True,
    ),
)
FIGURES = {figure.name: figure for figure in _ROWS}


def figures_of(contents: ReportContents) -> Iterator[tuple[StudyFigure, pd.DataFrame]]:
    """Yield the figures of a study, each with its table."""
    for figure in FIGURES.values():
        table = figure.table(contents)
        if len(table) or not figure.optional:
            yield figure, table
