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
    tidy = tidy_results(results(value=[62.5, 85.0]), "r.csv")
    assert tidy.table["value"].tolist() == pytest.approx([0.625, 0.85])
    assert tidy.notes == ("r.csv: auc reaches 85, so it is read as percent.",)
    assert tidy_results(results(value=[1.0, 0.5]), "r.csv").notes == ()


def test_a_perfect_target_and_one_without_values_are_in_the_unit_of_the_others():
    tidy = tidy_results(results(target=["t", "u"], value=[1.0, 0.5]), "r.csv")
    assert tidy.table["value"].tolist() == [1.0, 0.5]
    tidy = tidy_results(results(target=["t", "u"], value=[84.0, np.nan]), "r.csv")
    assert tidy.table["value"].tolist() == pytest.approx([0.84, np.nan], nan_ok=True)


def test_nothing_at_all_and_a_rare_label_are_in_percent_with_their_run():
    tidy = tidy_results(results(value=[0, 84.0]), "r.csv")
    assert tidy.table["value"].tolist() == [0, 0.84]
    rows = results(source=["a", "a"], label=["common", "rare"], value=[84.0, 0.5])
    assert tidy_results(rows, "r.csv").table["value"].tolist() == [0.84, 0.005]


@pytest.mark.parametrize("seed", range(5))
def test_two_units_are_refused_wherever_one_run_is_in_the_other(seed):
    rng = np.random.default_rng(seed)
    places = [(s, t, fold) for s in "abc" for t in "tuv" for fold in range(3)]
    table = pd.DataFrame(places, columns=["source", "target", "fold"])
    table["value"] = rng.uniform(50, 100, len(table))
    row = int(rng.integers(len(table)))
    top = int(table["value"].drop(row).idxmax())
    whole = tidy_results(table, "r.csv").table["value"]
    np.testing.assert_allclose(whole, table["value"] / 100)
    table.loc[row, "value"] /= 100
    told = [
        f"row {i + 1} is {table.at[i, 'value']:.4g} (source {table.at[i, 'source']}, target "
        f"{table.at[i, 'target']})"
        for i in (row, top)
    ]
    with pytest.raises(DataError) as error:
        tidy_results(table, "r.csv")
    assert str(error.value) == (
        f"r.csv: auc of {told[0]}, of {told[1]}; one unit was expected, 0 to 1 or percent. Convert "
        "one of them; if both are right, write all values from 0 to 1."
    )


def test_white_space_around_names_is_no_part_of_them():
    spaced = results(source=[" a", "b "], fold=[" one ", "two"], metric=[" auc", "auc"])
    tidy = tidy_results(spaced, "r.csv").table
    assert tidy[["source", "fold", "metric"]].to_numpy().tolist() == [
        ["a", "one", "auc"],
        ["b", "two", "auc"],
    ]
    told = tidy_measures(measures(measure=["m ", "m"], target=["t", "\tt"]), "m.csv", {"m": True})
    assert told.table[["target", "measure"]].to_numpy().tolist() == [["t", "m"], ["t", "m"]]


def test_folds_are_numbers_where_they_can_be_and_an_empty_column_is_none():
    assert tidy_results(results(fold=[2, 10]), "r.csv").table["fold"].tolist() == [2, 10]
    objects = pd.Series([2, 10], dtype=object)
    assert tidy_results(results(fold=objects), "r.csv").table["fold"].tolist() == [2, 10]
    assert tidy_results(results(seed=[None, None]), "r.csv").table["seed"].tolist() == [0, 0]


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
            "r.csv: auc of row 2 is 0.9 (source b, target retina), of row 1 is 84 (source a, "
            "target skin); one unit was expected, 0 to 1 or percent. Convert one of them; if both "
            "are right, write all values from 0 to 1.",
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
            {"source": ["a", " "]},
            "r.csv: source of row 2 is empty; name it, or remove the row.",
        ),
        (
            {"target": [None, "t"]},
            "r.csv: target of row 1 is empty; name it, or remove the row.",
        ),
        (
            {"metric": ["auc", ""]},
            "r.csv: metric of row 2 is empty; name it, or remove the row.",
        ),
        (
            {"fold": [0, np.nan]},
            "r.csv: fold of row 2 is empty; give every run one, or none.",
        ),
        (
            {"seed": ["", "first"]},
            "r.csv: seed of row 1 is empty; give every run one, or none.",
        ),
        (
            {"origin": ["scans", ""]},
            "r.csv: origin of t is 'scans' in row 1 and '' in row 2; give all rows of a target the "
            "same.",
        ),
        (
            {"source": ["a", "a "]},
            "r.csv: rows 1 and 2 are both source a, target t; remove one, or tell repeated runs "
            "apart in a column fold.",
        ),
        (
            {"source": ["a", "a"], "fold": [3, 3], "network": ["", ""]},
            "r.csv: rows 1 and 2 are both source a, target t, fold 3; remove one, or tell repeated "
            "runs apart in a column seed.",
        ),
        (
            {"source": ["a", "a"], "fold": [3, 3], "seed": [1, 1]},
            "r.csv: rows 1 and 2 are both source a, target t, seed 1, fold 3; remove one.",
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


def test_of_three_equal_rows_the_first_two_are_named():
    rows = pd.DataFrame({"source": [*"bacaa"], "target": "t", "value": 0.5}, index=[9, 8, 7, 6, 5])
    with pytest.raises(DataError) as error:
        tidy_results(rows, "r.csv")
    assert str(error.value).startswith("r.csv: rows 2 and 4 are both source a, target t; ")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            ["source", "fold"],
            "r.csv lacks the columns target and value; it has source, fold. A table of results "
            "needs source, target, value.",
        ),
        (
            ["source", "target", *"abcdefghijklm"],
            "r.csv lacks the column value; it has source, target, a, b, c, d, e, f, g, h, i, j and "
            "3 more. A table of results needs source, target, value.",
        ),
        (
            ["source|target|value"],
            "r.csv lacks the columns source, target and value; it has source|target|value. A table "
            "of results needs source, target, value. Separate cells with commas, semicolons or "
            "tabs.",
        ),
        (
            [],
            "r.csv lacks the columns source, target and value; it has none. A table of results "
            "needs source, target, value.",
        ),
        (
            ["source", " target", "value", "Fold"],
            "r.csv: columns are found by their exact names; rename ' target' to 'target' and "
            "'Fold' to 'fold'.",
        ),
    ],
)
def test_columns_that_are_missing_or_misspelt_are_named(columns, message):
    with pytest.raises(DataError) as error:
        tidy_results(pd.DataFrame(columns=columns), "r.csv")
    assert str(error.value) == message


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
            "m.csv: higher_is_better of m is true in row 1 and false in row 2; correct one, or "
            "give what are two measures two names.",
        ),
        (
            {"source": ["a", "a"]},
            "m.csv: rows 1 and 2 are both source a, target t, measure m; keep one value per pair.",
        ),
        (
            {"source": ["a", None]},
            "m.csv: source of row 2 is empty; name it, or remove the row.",
        ),
        (
            {"Higher_is_better": ["", ""]},
            "m.csv: columns are found by their exact names; rename 'Higher_is_better' to "
            "'higher_is_better'.",
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
