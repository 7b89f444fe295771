import math

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import brier_score_loss

from warmstart.analysis.calibration import Estimate, calibration, equal_bins, wilson
from warmstart.analysis.intervals import draw_groups
from warmstart.analysis.predictions import OneVsRest


def question(count, *, seed=0, per_group=2, truth=lambda scores: scores):
    """Images whose true probability is a function of the predicted one."""
    rng = np.random.default_rng(seed)
    scores = rng.random(count)
    groups = np.array([f"g{i // per_group}" for i in range(count)])
    return OneVsRest("yes", groups, rng.random(count) < truth(scores), scores)


def told(one, resamples=200, seed=1):
    rng = np.random.default_rng(seed)
    return calibration(one, draw_groups([one.groups], resamples=resamples, rng=rng))


def calibration_error(positive, scores, bins):
    """As the papers define it, one bin after the other."""
    error = 0.0
    for number in set(bins):
        own = [i for i in range(len(scores)) if bins[i] == number]
        distance = np.mean([scores[i] for i in own]) - np.mean([positive[i] for i in own])
        error += len(own) / len(scores) * abs(distance)
    return error


@pytest.mark.parametrize("count", [1, 9, 20, 57, 101, 253])
def test_bins_are_as_many_images_each_as_whole_numbers_allow(count):
    scores = np.random.default_rng(count).random(count)
    bins = min(10, max(1, count // 10))
    rank = np.empty(count, dtype=int)
    rank[np.argsort(scores)] = np.arange(count)
    expected = [next(k for k in range(bins) if r < math.ceil(count * (k + 1) / bins)) for r in rank]
    assert equal_bins(scores).tolist() == expected


def test_ties_share_a_bin_and_no_number_is_left_out():
    scores = np.repeat([0.1, 0.5, 0.9], [60, 5, 35])
    bins = equal_bins(scores)
    assert [len(set(bins[scores == value])) for value in (0.1, 0.5, 0.9)] == [1, 1, 1]
    assert set(bins) == set(range(bins.max() + 1))
    assert equal_bins(np.full(50, 0.3)).tolist() == [0] * 50


def test_error_and_brier_score_are_those_of_their_definitions():
    one = question(253)
    found = told(one)
    expected = calibration_error(one.positive, one.scores, equal_bins(one.scores))
    assert found.error.value == pytest.approx(expected)
    assert found.brier.value == pytest.approx(brier_score_loss(one.positive, one.scores))
    assert found.images.sum() == 253
    for number in range(10):
        own = equal_bins(one.scores) == number
        assert found.predicted[number] == pytest.approx(one.scores[own].mean())
        assert found.observed[number] == pytest.approx(one.positive[own].mean())


def test_a_resample_is_the_images_of_its_groups_repeated():
    one = question(60, per_group=3)
    draw = draw_groups([one.groups], resamples=5, rng=np.random.default_rng(2))
    found = calibration(one, draw)
    bins = equal_bins(one.scores)
    for b, times in enumerate(draw.weights(one.groups)):
        positive, scores, own = (np.repeat(a, times) for a in (one.positive, one.scores, bins))
        assert found.brier.draws[b] == pytest.approx(brier_score_loss(positive, scores))
        assert found.error.draws[b] == pytest.approx(calibration_error(positive, scores, own))


def test_the_order_of_images_does_not_matter():
    one = question(200)
    order = np.random.default_rng(3).permutation(200)
    moved = OneVsRest("yes", one.groups[order], one.positive[order], one.scores[order])
    first, second = told(one), told(moved)
    assert first.error.interval() == pytest.approx(second.error.interval())
    assert first.observed == pytest.approx(second.observed)


def test_intervals_of_shares_are_wilsons_with_groups_as_trials():
    for hits, trials in ((0, 7), (3, 10), (20, 20)):
        low, high = wilson(np.array([hits / trials]), np.array([float(trials)]))
        expected = binomtest(hits, trials).proportion_ci(0.95, method="wilson")
        assert (low[0], high[0]) == pytest.approx((expected.low, expected.high))
    one = question(40, per_group=4)
    found = told(one)
    own = equal_bins(one.scores) == 0
    low, high = wilson(found.observed[:1], np.array([float(len(set(one.groups[own])))]))
    assert (found.low[0], found.high[0]) == (low[0], high[0])


def test_one_group_has_no_interval():
    one = question(30, per_group=30)
    assert np.isnan(told(one).error.reflected_interval()).all()
    assert np.isnan(told(one).brier.interval()).all()


@pytest.mark.parametrize("shift", [0.05, 0.15])
def test_the_reflected_interval_covers_a_small_error_where_the_percentile_one_is_too_high(shift):
    def truth(scores):
        return np.clip(scores * (1 - shift) + shift * (scores - 0.5), 0, 1)

    grid = (np.arange(100_000) + 0.5) / 100_000
    right = np.abs(grid - truth(grid)).mean()
    found = [told(question(200, seed=s, per_group=1, truth=truth), 200).error for s in range(150)]

    def coverage(intervals):
        return np.mean([low <= right <= high for low, high in intervals])

    assert coverage([error.reflected_interval() for error in found]) > 0.8
    assert coverage([error.interval() for error in found]) < 0.5


def test_an_interval_is_never_below_zero():
    low, high = Estimate(0.01, np.linspace(0.01, 0.05, 41)).reflected_interval()
    assert (low, high) == pytest.approx((0.0, 0.009))
