import numpy as np
import pytest

from warmstart.errors import DataError
from warmstart.measures.checks import (
    check_features,
    check_groups,
    check_labels,
    check_probabilities,
    check_same_length,
    check_same_width,
    check_targets,
    check_vector,
    float64_blocks,
)

GOOD = np.ones((3, 2))


def said(check, *arguments):
    with pytest.raises(DataError) as error:
        check(*arguments)
    return str(error.value)


def test_what_is_wrong_with_features_is_said():
    assert said(check_features, np.ones(3)) == (
        "features have shape (3,); expected (n, d) with at least 2 images and one feature."
    )
    assert said(check_features, np.empty((0, 4))) == (
        "features have shape (0, 4); expected (n, d) with at least 2 images and one feature."
    )
    assert said(check_features, [[1.0], [2.0], [np.nan]]) == (
        "features row 2 holds NaN or inf; leave out or redo that image."
    )
    assert said(check_features, [[1.0], [np.inf]], "activations") == (
        "activations row 1 holds NaN or inf; leave out or redo that image."
    )


@pytest.mark.parametrize("values", [[["a"], ["b"]], [[1.0], [2.0, 3.0]], [[1j], [2.0]]])
def test_what_is_no_table_of_numbers_is_refused(values):
    assert said(check_features, values) == (
        "features cannot be read as an array of real numbers; expected a table of them."
    )


def test_the_row_is_named_also_in_a_later_block():
    x = np.zeros((5000, 2048), np.float16)
    x[4321, 7] = np.nan
    assert said(check_features, x).startswith("features row 4321 holds NaN")


def test_floats_are_neither_copied_nor_converted():
    x = np.ones((3, 2), np.float32)
    assert check_features(x) is x
    assert [block.dtype for block in float64_blocks(x)] == [np.float64]
    assert check_features([[1, 2], [3, 4]]).dtype == np.float64


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


def test_labels_of_several_types_are_refused():
    assert said(check_labels, np.array(["a", None, "b"], object), 3) == (
        "labels are of several types, or missing; expected all numbers or all texts."
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


def test_what_is_wrong_with_probabilities_is_said():
    assert said(check_probabilities, [[0.5, 0.5], [0.5, 0.6]]) == (
        "source_probabilities row 1 sums to 1.1; expected 1: apply softmax to the logits."
    )
    assert said(check_probabilities, [[1.5, -0.5]]) == (
        "source_probabilities row 0 holds a negative number; expected probabilities: apply "
        "softmax to the logits."
    )
    assert said(check_probabilities, [[0.5, 0.5]], 2) == (
        "source_probabilities are of 1 images and features of 2; expected as many."
    )


def test_probabilities_of_half_precision_pass(rng):
    logits = rng.normal(size=(50, 1000))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert check_probabilities(p.astype(np.float16)).dtype == np.float64


def test_groups_are_numbered_and_each_image_is_its_own_without():
    assert check_groups(["x", "y", "x"], 3).tolist() == [0, 1, 0]
    assert check_groups(None, 3).tolist() == [0, 1, 2]
    assert said(check_groups, ["x"], 3) == (
        "groups are of 1 images and features of 3; expected as many."
    )
    assert said(check_groups, [["x"]], 1) == (
        "groups have shape (1, 1); expected one group per image, (1,)."
    )


def test_what_is_wrong_with_vectors_and_pairs_is_said():
    assert said(check_vector, GOOD) == (
        "embedding has shape (3, 2); expected (d,) with at least one number."
    )
    assert said(check_vector, [1.0, np.nan]) == "embedding entry 1 is NaN or inf; redo it."
    assert said(check_same_width, GOOD, GOOD[:, :1]) == (
        "features have 2 and 1 columns; expected as many in both: take them from the same layer "
        "of the same network."
    )
    assert said(check_same_length, GOOD, GOOD[:2]) == (
        "activations have 3 and 2 rows; expected as many in both: the same images in the same "
        "order."
    )
