"""Every figure, over the table of figures."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from warmstart.reports import auc, curves, heatmap, plan, roc
from warmstart.reports.contents import COLUMNS, ReportContents
from warmstart.reports.figures import FIGURES, StudyFigure, figures_of
from warmstart.reports.look import GREY, look, specification, svg

every = pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.name)


def first_rows(contents: ReportContents, count: int) -> ReportContents:
    cut = {name: getattr(contents, name).iloc[:count] for name in COLUMNS}
    return replace(contents, **cut)


@every
def test_table_has_exactly_the_documented_columns(figure: StudyFigure, contents, unfinished):
    for study in (contents, unfinished, first_rows(contents, 1)):
        assert list(figure.table(study).columns) == list(figure.columns)


@every
@pytest.mark.parametrize("count", [0, 1])
def test_draws_from_none_and_from_one_row(figure: StudyFigure, contents, count):
    few = first_rows(contents, count)
    table = figure.table(few)
    assert len(table) <= 2 * count
    assert svg(specification(figure.draw(table, look(few)))).startswith("<svg")


@every
def test_drawing_names_every_source_and_no_address(figure: StudyFigure, contents):
    spec = specification(figure.draw(figure.table(contents), look(contents)))
    drawn = svg(spec)
    assert "$schema" not in spec
    assert all(source in drawn for source in ("imagenet", "photos", "textures", "random"))


@every
def test_a_source_has_one_colour_and_random_is_grey(figure: StudyFigure, contents):
    style = look(contents)
    assert style.colours["random"] == GREY
    assert len(set(style.colours.values())) == len(style.colours)
    if figure.name != "heatmap":
        drawn = svg(specification(figure.draw(figure.table(contents), style)))
        assert all(colour in drawn for colour in style.colours.values())


@every
def test_hostile_names_stay_text(figure: StudyFigure, contents):
    hostile = "</script><script>alert(1)</script>'\"\\"
    renamed = {
        name: getattr(contents, name).replace({"photos": hostile, "lesions": hostile})
        for name in COLUMNS
    }
    study = replace(contents, **renamed)
    drawn = svg(specification(figure.draw(figure.table(study), look(study))))
    assert "<script" not in drawn


@every
def test_several_networks_get_a_panel_each(figure: StudyFigure, contents):
    twice = {}
    for name in ("runs", "results", "summary", "roc", "histories", "curves"):
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


def made_curves(**aucs):
    """Measurements after 10, 20, ... steps of one run per fold."""
    place = {"network": "n", "arm": "full", "target": "lesions", "source": "photos", "seed": 0}
    return pd.DataFrame(
        [
            place | {"key": key, "fold": fold, "step": 10 * i, "auc": auc}
            for fold, (key, measured) in enumerate(aucs.items())
            for i, auc in enumerate(measured, start=1)
        ]
    )


def test_the_mean_curve_ends_where_the_first_of_its_runs_ends(contents):
    made = made_curves(a=[0.5, 0.6, 0.7], b=[0.7, 0.9])
    table = curves.table(replace(contents, curves=made))
    mean = table[table["what"] == "mean"]
    assert mean["step"].tolist() == [10, 20]
    np.testing.assert_allclose(mean["auc"], [0.6, 0.75])
    assert mean[["seed", "fold"]].isna().all(axis=None)
    runs = table[table["what"] == "run"]
    assert runs["key"].tolist() == ["a", "a", "a", "b", "b"]
    assert runs["auc"].tolist() == [0.5, 0.6, 0.7, 0.7, 0.9]


def test_a_mean_curve_leaves_steps_out_where_an_auc_is_unknown(contents):
    made = made_curves(a=[0.5, np.nan, 0.7], b=[0.7, 0.9, 0.9])
    table = curves.table(replace(contents, curves=made))
    assert table.loc[table["what"] == "mean", "step"].tolist() == [10, 30]


def test_lines_are_drawn_over_all_targets_and_arms(contents):
    made = made_curves(a=[0.5, 0.6], b=[0.7, 0.9])
    other = made.assign(target="histology", key=made["key"] + "2", auc=made["auc"] / 2)
    study = replace(contents, curves=pd.concat([made, other], ignore_index=True))
    table = curves.table(study)
    means = table[table["what"] == "mean"].groupby("target", sort=False)["auc"].apply(list)
    np.testing.assert_allclose(means["lesions"], [0.6, 0.75])
    np.testing.assert_allclose(means["histology"], [0.3, 0.375])
    spec = specification(curves.draw(table, look(study)))
    assert [panel["title"]["text"] for panel in spec["concat"]] == [["lesions"], ["histology"]]


@pytest.mark.parametrize("table", ["curves", "transfer"])
def test_an_optional_figure_is_left_out_where_its_table_is_empty(contents, table):
    without = replace(contents, **{table: getattr(contents, table).iloc[:0]})
    assert [figure.name for figure, _ in figures_of(contents)] == list(FIGURES)
    others = [name for name in FIGURES if name != table]
    assert [figure.name for figure, _ in figures_of(without)] == others
