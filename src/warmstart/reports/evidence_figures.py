"""The figures of evidence. To add one: a file with `table` and `draw`, and a row here."""

from operator import attrgetter
from pathlib import Path

from warmstart.analysis.evidence import Evidence, Question
from warmstart.reports import critical_difference, transfer
from warmstart.reports.contents import score_title
from warmstart.reports.figure import Figure
from warmstart.reports.look import look_of

_ROWS: tuple[Figure[Evidence], ...] = (
    Figure(
        name="transfer",
        caption=transfer.CAPTION,
        columns=transfer.COLUMNS,
        table=attrgetter("points"),
        draw=transfer.draw,
    ),
    Figure(
        name="transfer-by-target",
        caption="Bars: standard deviation of the gain over folds and seeds, each less its own "
        "baseline. Dashed: the target's distance to itself; what lies left of it cannot be told "
        "from the target.",
        columns=transfer.COLUMNS,
        table=attrgetter("points"),
        draw=transfer.draw_by_target,
    ),
    Figure(
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
    style = look_of(sorted(set(found.points["source"])), score_title(question.metric))
    return [
        file
        for figure in EVIDENCE_FIGURES.values()
        for file in figure.save(figure.table(found), style, folder)
    ]
