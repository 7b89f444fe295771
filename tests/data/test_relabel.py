import numpy as np
import pytest
from data_problems import made

from warmstart.data.relabel import relabel
from warmstart.errors import DataError

LESIONS = made(np.array([0, 1, 2, 3, 0, 1, 2, 3]), classes=("mel", "nv", "bkl", "df"))


def named(dataset):
    return [dataset.classes[label] for label in dataset.labels]


def test_images_of_a_class_that_is_not_kept_are_left_out():
    kept = relabel(LESIONS, keep=["df", "mel"])
    assert kept.classes == ("mel", "df")
    assert kept.names == ["0000", "0003", "0004", "0007"]
    assert named(kept) == ["mel", "df", "mel", "df"]


def test_merged_classes_are_one_and_others_stay():
    merged = relabel(LESIONS, merge={"benign": ["nv", "df"]})
    assert merged.classes == ("mel", "benign", "bkl")
    assert named(merged) == ["mel", "benign", "bkl", "benign"] * 2


def test_keeping_and_merging_go_together():
    both = relabel(LESIONS, keep=["mel", "nv", "df"], merge={"benign": ["nv", "df"]})
    assert named(both) == ["mel", "benign", "benign"] * 2


def test_a_merged_class_may_keep_the_name_of_one_of_its_own():
    assert relabel(LESIONS, merge={"nv": ["nv", "df"]}).classes == ("mel", "nv", "bkl")


def test_a_merged_label_is_yes_where_any_is_no_where_all_are_and_else_missing():
    x = np.nan
    several = made(
        np.array([[1, 0, 0], [0, x, 1], [0, 0, 1], [x, x, 0], [1, x, 0]]), classes=("a", "b", "c")
    )
    merged = relabel(several, merge={"ab": ["a", "b"]})
    assert merged.classes == ("ab", "c")
    assert np.array_equal(merged.labels[:, 0], [1, x, 0, x, 1], equal_nan=True)
    assert len(relabel(several, keep=["c"])) == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keep": ["mell"]}, "made has no class 'mell'. Did you mean 'mel'? Classes: mel, nv, "),
        ({"merge": {"": ["mel"]}}, "made: a merged class has no name; give it one."),
        ({"merge": {"x": ["mel"], "y": ["mel"]}}, "made: class 'mel' is merged twice."),
        ({"keep": ["nv"], "merge": {"x": ["mel"]}}, "made: class 'mel' is merged, but not kept."),
        (
            {"merge": {"nv": ["mel", "df"]}},
            "made: a merged class cannot be named 'nv', the name of another class; choose another "
            "name, or merge that class too.",
        ),
    ],
)
def test_what_cannot_be_is_said(options, message):
    with pytest.raises(DataError) as caught:
        relabel(LESIONS, **options)
    assert str(caught.value).startswith(message)
