"""The page of a recommendation: one self-contained HTML file that loads nothing from outside."""

import pandas as pd
from markupsafe import Markup

from warmstart.analysis.practical import COUNTS
from warmstart.core.text import shortened
from warmstart.reports.answer_contents import AnswerContents
from warmstart.reports.answer_tables import (
    judged_table,
    number_table,
    ranking_table,
    training_table,
)
from warmstart.reports.html import Drawn, drawn, fill, png_addresses
from warmstart.reports.html_table import html_table
from warmstart.reports.look import look_of
from warmstart.reports.model_figures import MODEL_FIGURES


def render_answer(contents: AnswerContents) -> str:
    """Return the recommendation as one HTML page."""
    found = contents.assessment
    return fill(
        "answer.html",
        kind="Warmstart recommendation",
        title=f"{contents.target}: what to start from",
        created=contents.created,
        contents=contents,
        notes=[shortened(note) for note in contents.notes],
        ranking=html_table(ranking_table(contents)),
        counts=f"{COUNTS:g}",
        missing=_unless_empty(contents.missing),
        leaks=png_addresses(contents.leak_pictures),
        trainings=_unless_empty(training_table(contents)),
        numbers=None if found is None else html_table(number_table(found.numbers)),
        classes=0 if found is None else len(found.per_class),
        figures=_figures(contents),
        judged=_unless_empty(judged_table(contents.judged)),
        weights=html_table(contents.weights),
    )


def _unless_empty(frame: pd.DataFrame) -> Markup | None:
    return None if frame.empty else html_table(frame)


def _figures(contents: AnswerContents) -> list[Drawn]:
    found = contents.assessment
    if found is None:
        return []
    style = look_of([], contents.score)
    return [
        drawn(figure, figure.title, figure.described(found), figure.table(found), style)
        for figure in MODEL_FIGURES.values()
    ]
