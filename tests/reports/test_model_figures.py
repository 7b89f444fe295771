"""The figures of one model, over their table."""

import numpy as np
import pandas as pd
import pytest

from page_elements import HOSTILE
from warmstart.analysis.assessment import Assessment, assess
from warmstart.analysis.predictions import Predictions
from warmstart.reports.look import look_of, specification, svg
from warmstart.reports.model_figures import MODEL_FIGURES, ModelFigure, model_drawings

every = pytest.mark.parametrize("figure", MODEL_FIGURES.values(), ids=lambda figure: figure.name)


def assessed(names=("no", "yes"), count=200):
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.ones(len(names)), count)
    labels = np.arange(count) % len(names)
    return assess([Predictions(np.arange(count).astype(str), labels, scores)], names)


def first_rows(found, count):
    tables = {name: getattr(found, name).iloc[:count] for name in ("numbers", "roc", "reliability")}
    return Assessment(**tables)


def drawn(figure, found):
    return svg(specification(figure.draw(figure.table(found), look_of([], "AUC"))))


@every
def test_table_has_the_documented_columns_and_the_drawing_no_address(figure: ModelFigure):
    found = assessed()
    assert list(figure.table(found).columns) == list(figure.columns)
    spec = specification(figure.draw(figure.table(found), look_of([], "AUC")))
    assert "$schema" not in spec


@every
@pytest.mark.parametrize("count", [0, 1])
def test_draws_from_none_and_from_one_row(figure: ModelFigure, count):
    assert drawn(figure, first_rows(assessed(), count)).startswith("<svg")


@every
def test_of_many_classes_the_most_frequent_are_drawn_and_the_caption_says_so(figure: ModelFigure):
    names = tuple(f"c{number:02d}" for number in range(100))
    found = assessed(names, count=1010)  # c00 to c09 have one image more
    curves = set(figure.table(found)["curve"])
    assert len(curves) == 12
    assert set(names[:10]) <= curves
    assert figure.described(found).endswith(" The 12 most frequent of 100 classes.")
    assert len(found.numbers) == 101
    assert figure.described(assessed()) == figure.caption


@every
def test_hostile_names_stay_text(figure: ModelFigure):
    assert "<script" not in drawn(figure, assessed(("no", HOSTILE)))


def test_every_drawing_has_its_table():
    files = model_drawings(assessed(), "AUC")
    assert set(files) == {"roc.csv", "roc.svg", "calibration.csv", "calibration.svg"}
    assert all(files[name].startswith("<svg") for name in files if name.endswith("svg"))


def test_the_table_of_the_roc_is_the_curve():
    found = assessed()
    table = MODEL_FIGURES["roc"].table(found)
    pd.testing.assert_frame_equal(table, found.roc.round(4))
