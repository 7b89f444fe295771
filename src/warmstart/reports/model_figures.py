"""The figures of one model. To add one: a file with `table` and `draw`, and a row here."""

from dataclasses import dataclass

from warmstart.analysis.assessment import Assessment
from warmstart.reports import class_roc, reliability
from warmstart.reports.figure import Figure
from warmstart.reports.look import look_of
from warmstart.reports.squares import MOST_SQUARES


@dataclass(frozen=True, kw_only=True)
class ModelFigure(Figure[Assessment]):
    """A figure of one model's predictions.

    Attributes:
        title: What a reader sees above it.
    """

    title: str

    def described(self, found: Assessment) -> str:
        """Return the caption for these predictions; it says which classes are left out."""
        classes = len(found.per_class)
        if classes <= MOST_SQUARES:
            return self.caption
        return f"{self.caption} The {MOST_SQUARES} most frequent of {classes} classes."


_ROWS = (
    ModelFigure(
        name="roc",
        title="ROC curves",
        caption="Out-of-fold predictions, all folds together. Thin diagonal: chance.",
        columns=class_roc.COLUMNS,
        table=class_roc.table,
        draw=class_roc.draw,
    ),
    ModelFigure(
        name="calibration",
        title="Do probabilities mean what they say?",
        caption="Out-of-fold predictions of all folds together, in bins of equally many images. On "
        "the thin diagonal the share of images that are of the class is as predicted; below it the "
        "network promises too much. Bars: 95 % intervals of the share (Wilson), which varies with "
        "the groups that happen to be in the bin, each counted as one trial.",
        columns=reliability.COLUMNS,
        table=reliability.table,
        draw=reliability.draw,
    ),
)
MODEL_FIGURES = {figure.name: figure for figure in _ROWS}


def model_drawings(found: Assessment, score: str) -> dict[str, str]:
    """Return every figure as a table and a drawing, by file name.

    Args:
        found: What is drawn.
        score: What the metric is called.
    """
    style = look_of([], score)
    return {
        name: text
        for figure in MODEL_FIGURES.values()
        for name, text in figure.texts(figure.table(found), style).items()
    }
