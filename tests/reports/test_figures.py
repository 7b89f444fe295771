"""Every figure, over the table of figures."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from warmstart.reports import auc, heatmap, plan, roc
from warmstart.reports.contents import COLUMNS, ReportContents
from warmstart.reports.figures import FIGURES, Figure
from warmstart.reports.look import GREY, look, specification, svg

every = pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.name)


def first_rows(contents: ReportContents, count: int) -> ReportContents:
    cut = {name: getattr(contents, name).iloc[:count] for name in COLUMNS}
    return replace(contents, **cut)


@every
def test_table_has_exactly_the_documented_columns(figure: Figure, contents, unfinished):
    for study in (contents, unfinished, first_rows(contents, 1)):
        assert list(figure.table(study).columns) == list(figure.columns)


@every
@pytest.mark.parametrize("count", [0, 1])
def test_draws_from_none_and_from_one_row(figure: Figure, contents, count):
    few = first_rows(contents, count)
    table = figure.table(few)
    assert len(table) <= 2 * count
    assert svg(specification(figure.draw(table, look(few)))).startswith("<svg")


@every
def test_drawing_names_every_source_and_no_address(figure: Figure, contents):
    spec = specification(figure.draw(figure.table(contents), look(contents)))
    drawn = svg(spec)
    assert "$schema" not in spec
    assert all(source in drawn for source in ("imagenet", "photos", "textures", "random"))


@every
def test_a_source_has_one_colour_and_random_is_grey(figure: Figure, contents):
    style = look(contents)
    assert style.colours["random"] == GREY
    assert len(set(style.colours.values())) == len(style.colours)
    if figure.name != "heatmap":
        drawn = svg(specification(figure.draw(figure.table(contents), style)))
        assert all(colour in drawn for colour in style.colours.values())


@every
def test_hostile_names_stay_text(figure: Figure, contents):
    hostile = "</script><script>alert(1)</script>'\"\\"
    renamed = {
        name: getattr(contents, name).replace({"photos": hostile, "lesions": hostile})
        for name in COLUMNS
    }
    study = replace(contents, **renamed)
    drawn = svg(specification(figure.draw(figure.table(study), look(study))))
    assert "<script" not in drawn


@every
def test_several_networks_get_a_panel_each(figure: Figure, contents):
    twice = {}
    for name in ("runs", "results", "summary", "roc", "histories"):
        frame = getattr(contents, name)
        twice[name] = pd.concat([frame, frame.assign(network="cbr_small")], ignore_index=True)
    study = replace(contents, **twice)
    table = figure.table(study)
    if "panel" in table:
        assert set(table["panel"]) == {"tf_efficientnet_lite0", "cbr_small"}
    assert svg(specification(figure.draw(table, look(study)))).startswith("<svg")


def test_auc_lists_means_from_high_to_low_and_every_fold(contents):
    table = auc.table(contents)
    for _, rows in table.groupby("target"):
        means = rows.loc[rows["what"] == "mean", "value"].to_list()
        assert means == sorted(means, reverse=True)
    folds = table[table["what"] == "fold"]
    mean = table[table["what"] == "mean"].set_index(["target", "source"])["value"]
    again = folds.groupby(["target", "source"])["value"].mean()
    assert len(folds) == 23  # 2 targets x 4 sources x 3 folds, one failed
    np.testing.assert_allclose(again.sort_index().astype(float), mean.sort_index().astype(float))


def test_heat_map_prints_the_transferability_in_brackets_where_the_baseline_has_not_converged(
    contents,
):
    table = heatmap.table(contents).set_index(["target", "source"])["transferability"]
    assert table["histology", "random"] == "baseline"
    assert table["lesions", "random"] == "(baseline)"
    assert table["histology", "imagenet"].startswith("+")
    assert table["lesions", "imagenet"].startswith("(+")


def test_plan_counts_the_runs_of_each_pair(contents):
    table = plan.table(contents).set_index(["source", "target"])
    assert table.loc[("imagenet", "lesions"), "count"] == "3/3"
    assert table.loc[("textures", "lesions"), "count"] == "2/3, 1 failed"
    assert table.loc[("photos", "histology"), "origin"] == "pretrained here on photos"


def test_plan_says_where_weights_come_from_and_how_large_a_renamed_target_is(contents):
    starts = ["file:old.pt", "timm:ns_jft", "dataset:textures", "random"]
    study = replace(
        contents,
        sources=contents.sources.assign(start=starts),
        runs=contents.runs.replace({"lesions": "skin"}),
        targets={"skin": "lesions", "histology": "histology"},
    )
    table = plan.table(study).set_index(["source", "target"])
    assert table.loc[("imagenet", "skin"), "origin"] == "weights from a file"
    assert table.loc[("photos", "skin"), "origin"] == "published weights (timm:ns_jft)"
    assert table.loc[("photos", "skin"), "about"] == "1,400 images, 7 classes"
    assert table.loc[("photos", "histology"), "about"] == "640 images, 2 classes"


def test_thinning_keeps_both_ends_and_the_area():
    x = np.linspace(0, 1, 5001)
    curve = np.column_stack([x, x**0.2])
    kept = curve[roc.kept_points(curve)]
    assert len(kept) <= roc.MOST_POINTS + 2
    assert kept[0].tolist() == [0, 0]
    assert kept[-1].tolist() == [1, 1]
    assert np.trapezoid(kept[:, 1], kept[:, 0]) == pytest.approx(1 / 1.2, abs=2e-3)
