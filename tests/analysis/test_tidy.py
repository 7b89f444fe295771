import numpy as np
import pandas as pd
import pytest

from warmstart.analysis.tidy import one_metric, tidy_measures, tidy_results
from warmstart.errors import DataError


def results(**columns):
    rows = {"source": ["a", "b"], "target": ["t", "t"], "value": [0.9, 0.8]}
    return pd.DataFrame(rows | columns)


def measures(**columns):
    rows = {"source": ["a", "b"], "target": ["t", "t"], "measure": ["m", "m"], "value": [1.0, 2.0]}
    return pd.DataFrame(rows | columns)


def test_three_columns_are_enough():
    tidy = tidy_results(results(), "r.csv")
    assert tidy.notes == ()
    assert tidy.table["metric"].tolist() == ["auc", "auc"]
    assert tidy.table["seed"].tolist() == [0, 0]
    assert not tidy.table["shares_images"].any()


def test_percent_is_recognised_by_the_largest_value_and_said():
    tidy = tidy_results(results(value=[0.9, 85.0]), "r.csv")
    assert tidy.table["value"].tolist() == pytest.approx([0.009, 0.85])
    assert tidy.notes == ("r.csv: auc reaches 85, so it is read as percent.",)
    assert tidy_results(results(value=[1.0, 0.5]), "r.csv").notes == ()


def test_a_perfect_target_and_one_without_values_are_in_the_unit_of_the_others():
    tidy = tidy_results(results(target=["t", "u"], value=[1.0, 0.5]), "r.csv")
    assert tidy.table["value"].tolist() == [1.0, 0.5]
    tidy = tidy_results(results(target=["t", "u"], value=[84.0, np.nan]), "r.csv")
    assert tidy.table["value"].tolist() == pytest.approx([0.84, np.nan], nan_ok=True)


def test_each_metric_has_its_own_unit():
    tidy = tidy_results(results(metric=["auc", "accuracy"], value=[0.9, 85.0]), "r.csv")
    assert tidy.table["value"].tolist() == [0.9, 0.85]
    assert len(tidy.notes) == 1


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"value": [0.9, -1]},
            "r.csv: auc goes from -1 to 0.9; expected 0 to 1, or percent from 0 to 100. Leave the "
            "value empty where it is not known.",
        ),
        (
            {"value": ["0.9", "good"]},
            "r.csv: value of row 2 is 'good'; a finite number was expected, or nothing where there "
            "is none.",
        ),
        (
            {"value": [0.9, np.inf]},
            "r.csv: value of row 2 is 'inf'; a finite number was expected, or nothing where there "
            "is none.",
        ),
        (
            {"target": ["skin", "retina"], "value": [84, 0.9]},
            "r.csv: auc reaches 0.9 on retina and 84 on skin; one unit was expected, 0 to 1 or "
            "percent. Convert one of them.",
        ),
        (
            {"n_train": [8, 8], "n_test": [None, 0]},
            "r.csv: n_test of row 2 is 0; 1 image or more was expected, or nothing where it is not "
            "known.",
        ),
        (
            {"n_train": [0, 8]},
            "r.csv: n_train of row 1 is 0; 1 image or more was expected, or nothing where it is "
            "not known.",
        ),
        (
            {"source": ["a", "a"]},
            "r.csv: source a, target t, metric auc, seed 0, fold 0 stands there twice; give "
            "repeated runs a column seed or fold.",
        ),
        (
            {"shares_images": ["true", "maybe"]},
            "r.csv: shares_images of row 2 is 'maybe'; expected true or false.",
        ),
    ],
)
def test_wrong_results_are_named(columns, message):
    with pytest.raises(DataError) as error:
        tidy_results(results(**columns), "r.csv")
    assert str(error.value) == message


def test_a_missing_column_is_named():
    with pytest.raises(DataError) as error:
        tidy_results(pd.DataFrame({"source": ["a"]}), "r.csv")
    assert str(error.value) == (
        "r.csv lacks the column(s) target, value; a table of results needs source, target, value."
    )


def test_directions_come_from_the_table_of_measures_or_a_column():
    known = {"m": False, "size": None}
    assert not tidy_measures(measures(), "m.csv", known).table["higher_is_better"].any()
    own = tidy_measures(measures(measure=["x", "x"], higher_is_better=["True", ""]), "m.csv", known)
    assert own.table["higher_is_better"].all()


def test_properties_and_empty_rows_are_left_out_and_named():
    table = measures(measure=["m", "size"], value=[1.0, 2.0])
    tidy = tidy_measures(table, "m.csv", {"m": True, "size": None})
    assert tidy.table["measure"].tolist() == ["m"]
    assert tidy.notes == ("m.csv: size are properties, not scores.",)
    tidy = tidy_measures(measures(value=[1.0, np.nan]), "m.csv", {"m": True})
    assert tidy.notes == ("m.csv: rows without a value, left out: 1.",)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"measure": ["x", "x"]},
            "m.csv: x is not in the table of measures; add a column higher_is_better (true for "
            "scores, false for distances).",
        ),
        (
            {"higher_is_better": [True, True]},
            "m.csv: higher_is_better of m is true, but lower is better; correct it or rename the "
            "measure.",
        ),
        (
            {"higher_is_better": [True, False]},
            "m.csv: higher_is_better of m is both true and false.",
        ),
        (
            {"source": ["a", "a"]},
            "m.csv: source a, target t, measure m stands there twice; keep one value per pair.",
        ),
    ],
)
def test_wrong_measures_are_named(columns, message):
    with pytest.raises(DataError) as error:
        tidy_measures(measures(**columns), "m.csv", {"m": False})
    assert str(error.value) == message


def test_which_metric_is_meant():
    two = tidy_results(results(metric=["auc", "accuracy"]), "r").table
    assert one_metric(two.iloc[:1], None, "r.csv") == "auc"
    assert one_metric(two, "accuracy", "r.csv") == "accuracy"
    with pytest.raises(DataError) as error:
        one_metric(two, None, "r.csv")
    assert str(error.value) == (
        "r.csv holds several metrics; name one of accuracy, auc with --metric."
    )
    with pytest.raises(DataError) as error:
        one_metric(two, "f1", "r.csv")
    assert str(error.value) == (
        "r.csv holds no metric 'f1'; name one of accuracy, auc with --metric."
    )


def test_a_table_without_rows_has_no_metric():
    empty = tidy_results(results().iloc[:0], "r.csv").table
    with pytest.raises(DataError) as error:
        one_metric(empty, None, "r.csv")
    assert str(error.value) == "r.csv holds no results; a row for each run was expected."
