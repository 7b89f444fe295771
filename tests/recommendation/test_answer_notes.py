"""What limits an answer is said beside it."""

from types import SimpleNamespace

import numpy as np
import pytest

from warmstart.recommendation.answer_notes import answer_notes

LEFT_OUT = (
    "The atlas holds a target called spots too; it is taken to be these images, and what it says "
    "of them is left out of the prediction."
)
IDENTICAL = "All 4 images are identical: nothing tells their classes apart."
GUESSING = (
    "The AUC to expect is not told apart from 0.5, that of guessing: whether any start learns "
    "these classes is not known."
)


def notes(*, targets=(), digests="abcd", chosen=None):
    places = [SimpleNamespace(target=target) for target in targets]
    inputs = SimpleNamespace(digests={"spots": list(digests)})
    return list(answer_notes(SimpleNamespace(target="spots", chosen=chosen), places, inputs))


def expected(corrected, low):
    return SimpleNamespace(corrected=corrected, low=low)


def test_of_a_plain_answer_there_is_nothing_to_say():
    assert notes(targets=["moles"], chosen=expected(0.8, 0.6)) == []


@pytest.mark.parametrize("target", ["spots", "Spots"])
def test_a_target_of_the_atlas_that_bears_the_name_is_left_out_and_that_is_said(target):
    assert notes(targets=["moles", target, target]) == [LEFT_OUT]


def test_images_that_are_all_the_same():
    assert notes(digests="aaaa") == [IDENTICAL]


@pytest.mark.parametrize(
    ("corrected", "low", "said"),
    [
        (0.5, np.nan, True),
        (0.51, np.nan, False),
        (0.8, 0.5, True),
        (0.8, 0.51, False),
        (np.nan, np.nan, False),
    ],
)
def test_an_expectation_that_guessing_meets_too(corrected, low, said):
    assert notes(chosen=expected(corrected, low)) == ([GUESSING] if said else [])
