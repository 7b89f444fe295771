import numpy as np
import pandas as pd
import pytest

from warmstart.errors import DataError
from warmstart.measures.labels import check_groups, check_labels, check_targets


def said(check, *arguments):
    with pytest.raises(DataError) as error:
        check(*arguments)
    return str(error.value)


def test_what_is_wrong_with_labels_is_said():
    assert said(check_labels, [0, 1], 3) == (
        "labels are of 2 images and features of 3; expected as many."
    )
    assert said(check_labels, [4, 4, 4], 3) == (
        "labels hold one class only, 4; expected at least two."
    )
    assert said(check_labels, [0, 1, np.nan], 3) == (
        "labels row 2 holds NaN; leave out images whose label is not known."
    )
    assert said(check_labels, [[0, 1], [1, 0]], 2) == (
        "labels have shape (2, 2); expected one class per image, (2,)."
    )


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (["a", None, "b"], "None"),
        (["a", float("nan"), "b"], "NaN"),  # NumPy alone would make it the text "nan"
        (np.array([1.0, np.nan, 2.0], object), "NaN"),
        (np.array(["2020-01-01", "NaT", "2020-01-02"], "datetime64[D]"), "NaT"),
        (pd.Series(["a", None, "b"], dtype="string"), "<NA>"),
        (pd.Series([1, None, 2], dtype="Int64"), "NaN"),
        (pd.Series(["a", None, "b"]).astype("category"), "NaN"),
    ],
)
def test_labels_that_are_missing_are_no_class_of_their_own(labels, told):
    said_of_it = f"labels row 1 holds {told}; leave out images whose label is not known."
    assert said(check_labels, labels, 3) == said_of_it


def test_labels_of_several_types_are_refused():
    assert said(check_labels, np.array(["a", 1, "b"], object), 3) == (
        "labels are of several types; expected all numbers or all texts."
    )


@pytest.mark.parametrize("labels", [[5, 9, 5], ["a", "b", "a"], [[0], [3], [0]], [-1.5, 2.0, -1.5]])
def test_classes_are_numbered_without_gaps(labels):
    assert check_labels(labels, 3).tolist() == [0, 1, 0]


def test_several_labels_are_questions_of_their_own():
    first, second = check_targets([[0, 1], [1, 1], [0, 0]], 3)
    assert (first.tolist(), second.tolist()) == ([0, 1, 0], [1, 1, 0])
    assert said(check_targets, [[0, 1], [2, 1]], 2) == (
        "labels row 1, column 0 is 2; several labels per image must be 0 or 1."
    )
    assert said(check_targets, [[0, 1], [1, 1]], 2) == (
        "labels of column 1 hold one class only, 1; expected at least two."
    )
    assert said(check_targets, np.empty((2, 0)), 2) == (
        "labels have shape (2, 0); expected (2,) or (2, L), L >= 1."
    )


def test_groups_are_numbered_and_each_image_is_its_own_without():
    assert check_groups(["x", "y", "x"], 3).tolist() == [0, 1, 0]
    assert check_groups(None, 3).tolist() == [0, 1, 2]
    assert said(check_groups, ["x"], 3) == (
        "groups are of 1 images and features of 3; expected as many."
    )
    assert said(check_groups, [["x"]], 1) == (
        "groups have shape (1, 1); expected one group per image, (1,)."
    )
