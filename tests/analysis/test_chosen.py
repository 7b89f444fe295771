"""What is expected of the chosen one: right on average where all are equal."""

import numpy as np
import pytest
from scipy import stats

from warmstart.analysis.chosen import NO_SECOND, choose, highest_mean
from warmstart.errors import DataError

NAN = float("nan")
DRAWS = 600
TRUTH = 0.5
"""Of all candidates."""


def noise(rng, folds, candidates):
    return TRUTH + rng.normal(size=(folds, candidates)) / 100


def folds_differ(rng, folds, candidates):
    return noise(rng, folds, candidates) + 2 * rng.normal(size=(folds, 1)) / 100


def half_given_up(rng, folds, candidates):
    """After every fold but the first and the last two, the better half goes on."""
    table = folds_differ(rng, folds, candidates)
    left = np.arange(candidates)
    for fold in range(1, folds - 1):
        order = left[np.argsort(-table[: fold + 1, left].mean(axis=0))]
        left = order[: max(1, (len(left) + 1) // 2)]
        table[fold + 1 :, np.setdiff1d(np.arange(candidates), left)] = np.nan
    return table


@pytest.mark.parametrize("folds", [3, 5])
@pytest.mark.parametrize("candidates", [2, 5, 20])
@pytest.mark.parametrize("make", [noise, folds_differ, half_given_up])
def test_equal_candidates_are_expected_to_be_equal(make, candidates, folds):
    rng = np.random.default_rng([candidates, folds])
    tables = [make(rng, folds, candidates) for _ in range(DRAWS)]
    found = [choose(table, test_share=1 / (folds - 1)) for table in tables]
    corrected = np.array([chosen.corrected for chosen in found]) - TRUTH
    uncorrected = np.array([chosen.uncorrected for chosen in found]) - TRUTH
    error = corrected.std(ddof=1) / np.sqrt(DRAWS)
    assert abs(corrected.mean()) < 3 * error
    assert uncorrected.mean() > 3 * error


@pytest.mark.parametrize("make", [noise, folds_differ, half_given_up])
def test_the_interval_holds_the_truth_as_often_as_it_says(make):
    rng = np.random.default_rng(0)
    found = [choose(make(rng, 5, 5), test_share=1 / 4) for _ in range(DRAWS)]
    held = np.mean([chosen.low < TRUTH < chosen.high for chosen in found])
    assert held > 0.95 - 3 * np.sqrt(0.95 * 0.05 / DRAWS)


def test_where_one_is_far_better_nothing_is_corrected():
    rng = np.random.default_rng(0)
    table = noise(rng, 5, 4) + np.array([0, 0.3, 0, 0])
    found = choose(table, test_share=1 / 4)
    assert found.index == 1
    assert found.corrected == pytest.approx(table[:, 1].mean())
    assert found.uncorrected == pytest.approx(table[:, 1].mean())
    assert found.candidates == 4


def test_each_fold_is_chosen_for_by_the_others():
    table = np.array([[3.0, 1.0, 2.0], [0.0, 2.0, 1.0], [5.0, 0.0, 4.0]])
    # means without each fold: 2.5, 1, 2.5; then 4, 0.5, 3; then 1.5, 1.5, 1.5; the first of equals
    found = choose(table / 8, test_share=1 / 2)
    assert (8 * found.per_fold).tolist() == [3.0, 0.0, 5.0]
    table[0, 2] = 2.5
    table[2, 2] = 4.5
    # now 2.5, 1, 2.75; then 4, 0.5, 3.5; then 1.5, 1.5, 1.75
    found = choose(table / 8, test_share=1 / 2)
    assert (8 * found.per_fold).tolist() == [2.5, 0.0, 4.5]
    assert 8 * found.corrected == pytest.approx(7 / 3)
    assert 8 * found.uncorrected == pytest.approx(8 / 3)


def test_the_interval_is_that_of_the_corrected_resampled_t():
    values = np.array([0.5, 0.7, 0.4, 0.6])
    found = choose(values[:, None], test_share=0.3)
    reach = stats.t.ppf(0.975, 3) * np.sqrt((1 / 4 + 0.3) * values.var(ddof=1))
    assert found.low == pytest.approx(values.mean() - reach)
    assert found.high == pytest.approx(values.mean() + reach)


def test_no_interval_goes_beyond_what_the_metric_can_be():
    values = np.array([0.1, 0.6, 0.65])
    reach = stats.t.ppf(0.975, 2) * np.sqrt((1 / 3 + 1 / 2) * values.var(ddof=1))
    assert values.mean() - reach < 0
    assert values.mean() + reach > 1
    found = choose(values[:, None], test_share=1 / 2)
    assert (found.low, found.corrected, found.high) == (0.0, pytest.approx(values.mean()), 1.0)


def test_later_folds_are_not_looked_at_where_someone_was_given_up():
    table = np.array([[1.0, 2.0, 0.0], [9.0, 8.0, NAN], [9.0, 5.0, NAN]])
    shown = []

    def first(seen):
        shown.append(seen)
        return highest_mean(seen)

    found = choose(table, first, test_share=1 / 2)
    np.testing.assert_array_equal(shown[0], table)
    # nothing comes before the first fold, so it says nothing
    np.testing.assert_array_equal(found.per_fold, [NAN, 9.0, 9.0])
    np.testing.assert_array_equal(shown[1], [[1, 2, NAN], [NAN] * 3, [9, 5, NAN]])
    np.testing.assert_array_equal(shown[2], [[1, 2, NAN], [9, 8, NAN], [NAN] * 3])


def test_one_fold_cannot_be_corrected():
    found = choose(np.array([[0.7, 0.8]]), test_share=1 / 2)
    assert (found.index, found.uncorrected, found.reason) == (1, 0.8, NO_SECOND)
    assert np.isnan([found.corrected, found.low, found.high]).all()


def test_folds_with_other_candidates_cannot_be_corrected():
    table = np.array([[0.7, 0.8, NAN, NAN], [NAN, NAN, 0.7, 0.9]])
    found = choose(table, test_share=1)
    assert (found.index, found.candidates, found.reason) == (3, 4, NO_SECOND)
    assert np.isnan([found.corrected, found.low, found.high]).all()


def test_one_candidate_needs_no_other_fold():
    found = choose(np.array([[0.7, NAN]]), test_share=1 / 2)
    assert (found.corrected, found.candidates, found.reason) == (0.7, 1, "")
    assert np.isnan([found.low, found.high]).all()


def test_those_given_up_are_not_chosen():
    table = np.array([[9.0, 1.0, 2.0], [NAN, 1.0, 2.0], [NAN, NAN, NAN]])
    assert highest_mean(table) == 2
    assert choose(table, test_share=1 / 2).index == 2


def test_another_rule_chooses_everywhere():
    table = np.array([[1.0, 5.0], [2.0, 5.0], [6.0, 5.0]]) / 8
    found = choose(table, lambda seen: 0, test_share=1 / 2)
    assert (found.index, found.corrected, found.uncorrected) == (0, 3 / 8, 3 / 8)


def test_a_table_without_values_is_refused():
    with pytest.raises(DataError) as error:
        choose(np.full((3, 2), NAN), test_share=1 / 2)
    assert str(error.value) == (
        "the table of 3 folds and 2 candidates holds no value; "
        "train at least one candidate on one fold."
    )


def test_a_rule_that_takes_what_was_not_trained_is_refused():
    with pytest.raises(DataError) as error:
        choose(np.array([[1.0, NAN], [1.0, NAN]]), lambda seen: 1, test_share=1)
    assert str(error.value) == (
        "the rule of choice took candidate 1, which has no value in the folds it was shown; "
        "it must take one that has."
    )
