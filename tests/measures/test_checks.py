import numpy as np
import pytest
import torch

from warmstart.errors import DataError
from warmstart.measures.checks import (
    check_features,
    check_same_length,
    check_same_width,
    check_vector,
    float64_blocks,
)
from warmstart.measures.probabilities import check_probabilities

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


def test_what_overflows_or_vanishes_when_it_is_squared_is_refused():
    assert said(check_features, [[1.0], [-1e200]]) == (
        "features row 1 holds a number of size 1e+200; expected at most 1e+30: divide all by a "
        "common factor."
    )
    assert said(check_features, [[0.0], [-1e-200]]) == (
        "features are nowhere larger than 1e-200; expected 1e-30 somewhere: multiply all by a "
        "common factor."
    )
    assert check_features([[0.0], [0.0]]).shape == (2, 1)


def test_masked_values_are_not_read_as_if_they_were_there():
    masked = np.ma.masked_greater([[1.0], [2.0], [9.0]], 5)
    assert said(check_features, masked) == (
        "Some of features is masked; leave out or fill in what is."
    )
    assert check_features(np.ma.masked_greater([[1.0], [2.0]], 5)).shape == (2, 1)


def test_a_tensor_that_numpy_does_not_take_is_told_how():
    tensor = torch.ones((3, 2), requires_grad=True)
    assert said(check_features, tensor) == (
        "features cannot be read as an array of real numbers; expected a table of them. Of a "
        "tensor pass tensor.detach().cpu()."
    )
    assert check_features(tensor.detach()).shape == (3, 2)


def test_the_row_is_named_also_in_a_later_block():
    x = np.zeros((5000, 2048), np.float16)
    x[4321, 7] = np.nan
    assert said(check_features, x).startswith("features row 4321 holds NaN")


def test_floats_are_neither_copied_nor_converted():
    x = np.ones((3, 2), np.float32)
    assert check_features(x) is x
    assert [block.dtype for block in float64_blocks(x)] == [np.float64]
    assert check_features([[1, 2], [3, 4]]).dtype == np.float64


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
