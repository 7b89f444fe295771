from dataclasses import replace

import numpy as np
import pytest
from synthetic_atlas import CANDIDATES, synthetic_places

from warmstart.analysis.comparison import corrected_resampled_interval
from warmstart.recommendation.choice import Trained, pick, standings
from warmstart.recommendation.conclusion import ASIDE, CLOSE, START, UNTRIED, WORSE, conclude
from warmstart.recommendation.prediction import predict
from warmstart.recommendation.verification import Plan, state, verify

NAN = np.nan
NAMES = ("a", "b", "c")


def plan(*, expected=(0.0, 0.0, 0.0), doubt=np.inf, noise=1.0, names=NAMES):
    return Plan(
        candidates=names,
        expected=np.array(expected, float),
        doubt=np.full(len(names), doubt),
        noise=noise,
        bias=(1.5, 0.0),
        folds=3,
        epochs=(1, 2),
        test_share=0.5,
    )


def trained(short, full=None, ruled_out=()):
    short = np.array(short, float)
    full = np.full_like(short, NAN) if full is None else np.array(full, float)
    return Trained(short=short, full=full, ruled_out=ruled_out)


def prediction(count=3):
    """Of an atlas that knows none of the candidates."""
    place = synthetic_places()[0].only([i < count for i in range(len(CANDIDATES))])
    return predict(
        [], replace(place, candidates=tuple(("net", name) for name in "abcdefg"[:count]))
    )


def picked(one, table, costs, whole=True):
    """What is taken from a table; all of it is of whole trainings or of short ones."""
    whole = np.full(len(one.candidates), whole)
    return pick(standings(one, table, whole), np.asarray(costs, float), np.full(len(whole), True))


def test_of_those_within_half_a_point_the_cheapest_is_taken():
    table = np.array([[90.0, 90.4, 70.0]] * 3)
    assert picked(plan(), table, [1.0, 5.0, 0.1]) == 0
    assert picked(plan(), table, [5.0, 1.0, 0.1]) == 1
    assert picked(plan(), table + np.array([0, 0.2, 0]), [1.0, 5.0, 0.1]) == 1


def test_without_trainings_the_prediction_decides_and_then_the_cost():
    nothing = np.full((1, 3), NAN)
    assert picked(plan(expected=(0, 2, 1), doubt=1.0), nothing, np.ones(3), whole=False) == 1
    assert picked(plan(), nothing, [3.0, 1.0, 2.0], whole=False) == 1


def test_who_may_not_be_taken_is_not():
    able = np.array([False, True, True])
    assert pick(np.array([9.0, 0.0, 0.2]), np.array([1.0, 2.0, 3.0]), able) == 1


def test_prediction_and_trainings_are_weighed_by_their_precision():
    """b is 4 points ahead on one fold, with a variance of 2; a was predicted ahead by 3."""
    table = np.array([[80.0, 84.0]])
    for whole, bias in ((True, 0.0), (False, 1.5)):
        for doubt in (0.1, 3.0, 10.0):
            one = plan(expected=(3, 0), doubt=doubt, names=("a", "b"))
            prior, seen = 1 / (2 * doubt**2), 1 / (2 * (1 + bias**2))
            ahead = (-3 * prior + 4 * seen) / (prior + seen)  # of b
            assert picked(one, table, np.ones(2), whole) == int(ahead > 0.5)


def test_what_was_not_trained_whole_differs_as_it_did_in_short():
    found = trained(
        [[80, 78, 60], [82, 81, 61], [84, 80, 65]], [[90, 91, NAN], [92, 90, NAN], [91, 95, NAN]]
    )
    assert found.filled == pytest.approx(
        np.array([[90, 91, 70], [92, 90, 71], [91, 95, 72]], float)
    )


def test_by_how_much_short_trainings_missed_is_known_from_a_whole_one():
    """b is 16 ahead in short and 2 behind in whole: a learns more in the epochs that follow."""
    found = trained(
        [[68.7, 84.7, NAN], [65.8, 82.6, NAN], [65.7, 81.0, NAN]],
        [[88.5, 86.5, NAN], [83.8, NAN, NAN], [77.1, NAN, NAN]],
    )
    expected = [83.8 - 2 + (82.6 - 65.8) - 16, 77.1 - 2 + (81.0 - 65.7) - 16]
    assert found.filled[:, 1] == pytest.approx([86.5, *expected])
    told = conclude(plan(), found, prediction(), np.ones(3))
    assert told.start == 0
    assert [told.verdict(i) for i in (1, 2)] == [CLOSE, UNTRIED]
    assert told.value(1) == pytest.approx((0.865, NAN, NAN), nan_ok=True)
    assert told.gain(1).mean == pytest.approx(2.0)
    assert np.isnan(told.gain(1).low)


def test_what_is_filled_in_stays_between_0_and_1():
    found = trained([[60, 85, NAN]] * 2, [[84, 82, NAN], [99.5, NAN, NAN]])
    assert found.filled.min(where=np.isfinite(found.filled), initial=50) >= 0
    assert trained([[60, 85]] * 2, [[90, NAN], [80, NAN]]).filled[0, 1] == 100.0


def test_only_whole_trainings_are_started_from_once_there_are_any():
    short = [[70, 80, 60]] * 3
    found = conclude(
        plan(), trained(short, [[80, NAN, NAN]] * 3), prediction(), np.array([3.0, 1.0, 1.0])
    )
    assert found.standing[1] > 5
    assert found.start == 0
    assert found.verdict(1) == CLOSE
    assert found.chosen.uncorrected == pytest.approx(0.8)
    assert conclude(plan(), trained(short), prediction(), np.ones(3)).start == 1


def test_a_fold_that_the_budget_broke_off_is_left_out():
    found = trained([[80, 78, 60], [82, NAN, NAN], [NAN, NAN, NAN]])
    assert found.filled[found.told] == pytest.approx(np.array([[80, 78, 60]], float))
    assert trained([[80, NAN, NAN]]).filled[0, 0] == 80


def test_the_value_is_corrected_and_the_verdicts_follow_the_folds():
    full = np.array([[90, 89, 70], [92, 93, 71], [91, 90.5, 72]], float)
    found = conclude(plan(), trained(full - 10, full), prediction(), np.array([1.0, 2, 3]))
    assert found.basis == "trained"
    assert found.start == 0
    assert [found.verdict(i) for i in range(3)] == [START, CLOSE, WORSE]
    assert corrected_resampled_interval(full[:, 0] - full[:, 2], 0.5)[0] > 0
    assert found.value(1)[0] == pytest.approx(full[:, 1].mean() / 100)
    assert found.gain(2).mean == pytest.approx((100 * found.chosen.per_fold - full[:, 2]).mean())


def test_no_interval_of_a_gain_is_wider_than_auc_can_be():
    full = np.array([[100.0, 0.0], [100.0, 60.0], [100.0, 90.0]])
    low, high = corrected_resampled_interval(full[:, 0] - full[:, 1], 0.5)
    assert low < -100 or high > 100
    two = plan(expected=(0, 0), names=("a", "b"))
    gain = conclude(two, trained(full, full), prediction(2), np.ones(2)).gain(1)
    assert (gain.low, gain.high) == pytest.approx((max(low, -100), min(high, 100)))


def test_what_was_ruled_out_is_worse_and_what_was_left_behind_is_set_aside():
    full = [[90, NAN, NAN], [92, NAN, NAN], [91, NAN, NAN]]
    short = [[80, 60, 79], [81, 61, 79], [82, 62, 79]]
    found = conclude(
        plan(), trained(short, full, ruled_out=("b",)), prediction(), np.array([1.0, 2, 3])
    )
    assert [found.verdict(i) for i in range(3)] == [START, WORSE, ASIDE]


def test_what_could_not_be_trained_is_not_said_to_be_as_good(recwarn):
    full = [[90, 89, NAN], [92, 91, NAN], [91, 90, NAN]]
    short = [[80, 79, NAN], [81, 80, NAN], [82, 81, NAN]]
    found = conclude(plan(expected=(0, 0, 9)), trained(short, full), prediction(), np.ones(3))
    assert found.verdict(2) == UNTRIED
    assert not [s for s in found.expectations(always=2, random=None, minutes=1.0) if "nan" in s]
    assert not recwarn


def test_what_was_left_behind_by_less_than_counts_may_be_as_good():
    full = [[90, NAN, NAN], [92, NAN, NAN], [91, NAN, NAN]]
    short = [[80, 79.6, 78.9]] * 3
    found = conclude(plan(), trained(short, full), prediction(), np.array([1.0, 2, 3]))
    assert [found.verdict(i) for i in range(3)] == [START, CLOSE, ASIDE]


@pytest.mark.parametrize(("candidates", "shared"), [(2, 0.7), (7, 0.7)])
def test_what_is_expected_after_verification_is_hardly_biased(candidates, shared):
    """All are equal; of the noise of whole trainings a share is that of the short ones."""
    names = tuple(f"c{i}" for i in range(candidates))
    rng = np.random.default_rng(candidates)
    told = prediction(candidates)
    corrected, uncorrected = [], []
    for _ in range(200):
        folds = rng.normal(0, 2, (3, 1))
        noise = rng.normal(0, 2, (2, 3, candidates))
        noise[1] = shared * noise[0] + np.sqrt(1 - shared**2) * noise[1]
        truth = np.array([[70.0], [80.0]])[:, None] + folds + noise
        one = replace(plan(names=names, expected=np.zeros(candidates)), noise=2.0)
        done = np.full((2, 3, candidates), NAN)

        def train(name, fold, epochs, truth=truth, done=done):
            at = epochs - 1, fold, names.index(name)
            done[at] = truth[at]
            return truth[at]

        end = state(one, list(verify(one, train)))
        leader = names.index(end.leader)
        done[1, :, leader] = truth[1, :, leader]
        found = conclude(
            one, trained(done[0], done[1], end.ruled_out), told, np.ones(candidates)
        ).chosen
        corrected.append(100 * found.corrected - 80)
        uncorrected.append(100 * found.uncorrected - 80)
    error = np.std(corrected) / np.sqrt(len(corrected))
    assert abs(np.mean(corrected)) < 3 * error
    assert np.mean(uncorrected) > error * candidates / 2


def test_no_gain_is_claimed_over_what_was_only_trained_in_short():
    full = [[90, NAN, 89], [92, NAN, 90], [91, NAN, 91]]
    short = [[80, 60, 79], [81, 61, 79], [82, 62, 79]]
    found = conclude(plan(), trained(short, full), prediction(), np.array([1.0, 2, 3]))
    assert np.isnan(found.value(1)).all()
    told = found.expectations(always=1, random=2, minutes=3.0)
    expected, behind, gain = (sentence for sentence in told if sentence)
    assert expected.startswith("Expected AUC 0.9")
    assert behind == (
        "b was 20.00 AUC points behind after short trainings, and was not trained whole: what "
        "would be gained is not known."
    )
    assert gain.startswith("Expected gain over c: 1.00 AUC points")


def test_with_nothing_known_all_may_be_as_good():
    found = conclude(plan(), trained(np.full((3, 3), NAN)), prediction(), np.array([3.0, 1, 2]))
    assert (found.basis, found.start, found.chosen) == ("nothing", 1, None)
    assert [found.verdict(i) for i in range(3)] == [CLOSE, START, CLOSE]
    assert np.isnan(found.value(0)).all()


def test_a_prediction_says_who_may_be_as_good():
    places = synthetic_places(noise=0.1, spread=5.0)
    place = places[0].only([i < 3 for i in range(len(CANDIDATES))])
    told = predict(places, place.untried)
    one = plan(expected=tuple(told.gains), doubt=1.0)
    found = conclude(one, trained(np.full((3, 3), NAN)), told, np.ones(3))
    assert found.basis == "predicted"
    better = [(told.draws[:, i] > told.draws[:, found.start]).mean() for i in range(3)]
    for i in range(3):
        expected = START if i == found.start else CLOSE if better[i] >= 0.2 else WORSE
        assert found.verdict(i) == expected
