import numpy as np
import pytest

from warmstart.errors import DataError
from warmstart.measures import (
    PUBLISHED_EXPERT_DISTANCES,
    expert_hamming,
    fleiss_kappa,
    majority,
)

SKIN = [
    ["medical", "colour", "few"],
    ["medical", "colour", "many"],
    ["natural", "colour", "few"],
    ["medical", "grey", "many"],
]
CHEST = [["medical", "grey", "few"]] * 3


def test_the_majority_decides_and_ties_are_told():
    vote = majority(SKIN)
    assert vote.answers == ({"medical"}, {"colour"}, {"few", "many"})
    assert vote.ties == (2,)


def test_a_tie_counts_by_how_often_drawn_answers_differ():
    assert expert_hamming(SKIN, CHEST) == 1.5
    assert expert_hamming(SKIN, SKIN[::-1]) == 0.5
    assert expert_hamming(CHEST, CHEST[:1]) == 0.0


def test_kappa_of_fleiss_own_example():
    """Ten subjects, fourteen raters, five categories: the worked example of the method."""
    counts = [
        *([0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1]),
        *([7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]),
    ]
    answers = [np.repeat(range(5), row) for row in counts]
    assert fleiss_kappa(answers) == pytest.approx(0.210, abs=5e-4)


def test_kappa_of_chance_is_about_zero_and_of_one_answer_nothing(rng):
    assert abs(fleiss_kappa(rng.integers(3, size=(2000, 4)))) < 0.03
    assert np.isnan(fleiss_kappa([["yes", "yes"], ["yes", "yes"]]))


def test_the_published_table(shared):
    path = shared / "reference" / "published" / "cats-scans" / "experts_clean.csv"
    names = {"isic": "isic2018", "chest": "kermany", "textures": "dtd", "kimia": "kimia960"}
    lines = path.read_text("utf-8-sig").splitlines()[1:]
    told = {}
    for target, source, distance in (line.split(";") for line in lines):
        told[names.get(source, source), names.get(target, target)] = int(distance)
    assert told == PUBLISHED_EXPERT_DISTANCES


def test_answers_that_are_no_table_are_told():
    with pytest.raises(DataError) as error:
        majority([])
    assert str(error.value) == "answers have shape (0,); expected two dimensions, neither empty."
    with pytest.raises(DataError) as error:
        expert_hamming(SKIN, [["medical", "grey"]])
    assert str(error.value) == (
        "answers are to 3 and 2 questions; expected the same questions in both."
    )
    with pytest.raises(DataError, match=r"^answers are of one rater only; agreement needs at"):
        fleiss_kappa([["a"], ["b"]])


def test_an_answer_that_is_missing_is_told():
    with pytest.raises(DataError) as error:
        expert_hamming([["grey", "few"], ["grey", None]], CHEST)
    assert str(error.value) == "answers_a row 1, column 1 is missing; leave out that rater."
