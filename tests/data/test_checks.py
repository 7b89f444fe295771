from dataclasses import replace

import numpy as np
import pytest
from data_problems import made

from warmstart.data.checks import NO_GROUPS, check_dataset, check_folds_possible
from warmstart.errors import DataError

NAN = np.nan


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (made([0, 0]), "made: one class only ('a'); a classification needs at least two."),
        (
            made([0, 0], classes=("a", "b")),
            "made: class 'b' has no image; add images or leave it out.",
        ),
        (made([0, 2], classes=("a", "b")), "made: 0001 has label 2; expected 0 to 1."),
        (made([0, 1], classes=("a", "a")), "made: two classes are named 'a'; rename one."),
        (made([0, 1], [1]), "made: 2 images, but 1 groups."),
        (made([0, 1], split=["train"]), "made: 2 images, but 1 split."),
        (
            made([0, 1], split=["train", "dev"]),
            "made: official part 'dev'; expected one of train, validation, test.",
        ),
        (
            made([0, 0, 1, 1], ["p1", "p2", "p3", "p3"]),
            "made: all 2 images of class 'b' are in one group, which cannot be both trained on "
            "and tested; add images of other groups or merge the class.",
        ),
        (
            made([0, 0, 1], ["p1", "p2", "p3"]),
            "made: the only image of class 'b' is in one group, which cannot be both trained on "
            "and tested; add images of other groups or merge the class.",
        ),
        (
            made(np.array([[0.0, 1.0], [2.0, 1.0]])),
            "made: 0001 has label [2.0, 1.0]; expected 0, 1 or missing.",
        ),
        (
            made(np.array([[0.0, NAN], [1.0, 0.0]])),
            "made: label 'b' has no image; add images or leave it out.",
        ),
        (
            made(np.array([[0.0, NAN], [1.0, 1.0]])),
            "made: label 'b' is never 0; leave it out, there is nothing to tell apart.",
        ),
        (
            made(np.array([[0.0, 1.0], [1.0, 0.0]]), classes=("a",)),
            "made: 2 labels per image, but 1 names of labels.",
        ),
    ],
)
def test_a_wrong_dataset_is_refused_in_one_line(dataset, message):
    with pytest.raises(DataError) as error:
        check_dataset(dataset)
    assert str(error.value) == message


def test_no_images_are_refused():
    empty = made([0, 1]).take(np.array([], np.int64))
    with pytest.raises(DataError, match=r"^made holds no images\.$"):
        check_dataset(empty)


def test_rows_ascend():
    with pytest.raises(DataError, match=r"^made: rows must ascend and lie within the images\.$"):
        check_dataset(replace(made([0, 1]), rows=np.array([1, 0])))


def test_unknown_groups_are_said_once():
    once = check_dataset(made([0, 1]))
    assert once.warnings == (NO_GROUPS,)
    assert check_dataset(once).warnings == (NO_GROUPS,)
    assert check_dataset(made([0, 0, 1, 1], [1, 2, 1, 2])).warnings == ()


def test_no_message_names_a_group():
    with pytest.raises(DataError) as error:
        check_dataset(made([0, 0, 1, 1], ["p1", "p2", "MRN-4711", "MRN-4711"]))
    assert "4711" not in str(error.value)


def test_a_class_needs_a_group_per_fold():
    dataset = made([0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 5], classes=("neg", "DAB"), name="histology")
    check_folds_possible(dataset, 2)
    with pytest.raises(DataError) as error:
        check_folds_possible(dataset, 3)
    assert str(error.value) == (
        "histology: class 'DAB' has 2 groups, fewer than the 3 folds; lower protocol.folds or "
        "merge the class."
    )


def test_without_groups_a_class_needs_an_image_per_fold():
    with pytest.raises(DataError) as error:
        check_folds_possible(made([0, 0, 0, 1]), 3)
    assert str(error.value) == (
        "made: class 'b' has 1 image, fewer than the 3 folds; lower protocol.folds or merge the "
        "class."
    )


def test_one_fold_is_refused():
    with pytest.raises(DataError, match=r"^made: protocol\.folds is 1; it must be at least 2\.$"):
        check_folds_possible(made([0, 1]), 1)
