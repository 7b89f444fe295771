"""Intervals from halves against the bootstrap, closed forms and coverage."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import bootstrap

from warmstart.errors import DataError
from warmstart.measures import frechet, knn, linear_probe, logme, noise, origin
from warmstart.measures.halving import half_sample_interval, halves


def width(interval):
    return interval[1] - interval[0]


def resampled(arrays, statistic):
    """The interval of the ordinary bootstrap, with replacement."""
    found = bootstrap(
        arrays, statistic, n_resamples=4000, method="basic", rng=np.random.default_rng(1)
    )
    return tuple(found.confidence_interval)


def mean_of(x):
    return float(x.mean())


def mean_difference(a, b):
    return float(a.mean() - b.mean())


@pytest.mark.parametrize("n", [8, 9])
def test_over_all_halves_the_squared_error_of_a_mean_is_that_of_its_theory(rng, n):
    x = rng.exponential(size=n)
    pairs = []
    for chosen in itertools.combinations(range(n), n // 2):
        first = np.isin(np.arange(n), chosen)
        pairs.append((x[first].mean(), x[~first].mean()))
    low, high = half_sample_interval(x.mean(), pairs)
    squared_error = np.square(np.diff(pairs) / 2).mean()
    assert squared_error == pytest.approx(
        x.var(ddof=1) / n * (n**2 / (4 * (n // 2) * (n - n // 2)))
    )
    assert (low + high) / 2 == pytest.approx(x.mean())
    assert width((low, high)) == pytest.approx(2 * 1.98 * math.sqrt(squared_error), rel=0.01)


def test_the_interval_of_a_mean_is_that_of_the_bootstrap(rng):
    x = rng.exponential(size=200)
    ours = noise(mean_of, (x[:, None],), repeats=1000, halvings=1)
    theirs = resampled((x,), np.mean)
    assert width((ours.low, ours.high)) == pytest.approx(width(theirs), rel=0.06)
    assert (ours.low, ours.high) == pytest.approx(theirs, abs=0.1 * width(theirs))


def test_the_interval_of_a_difference_of_two_sets_is_that_of_the_bootstrap(rng):
    a, b = rng.normal(size=150), 3 * rng.normal(size=90) + 1
    ours = noise(mean_difference, (a[:, None],), (b[:, None],), repeats=1000, halvings=1)
    theirs = resampled((a, b), lambda x, y, axis: x.mean(axis) - y.mean(axis))
    assert (ours.low, ours.high) == pytest.approx(theirs, abs=0.06 * width(theirs))


def test_the_interval_by_groups_is_that_of_the_bootstrap_over_groups(rng):
    patients = np.repeat(np.arange(60), 5)
    x = rng.normal(size=60)[patients] + 0.3 * rng.normal(size=300)
    ours = noise(mean_of, (x[:, None],), groups=(patients, None), repeats=1000, halvings=1)
    theirs = resampled((x.reshape(60, 5).mean(axis=1),), np.mean)
    assert (ours.low, ours.high) == pytest.approx(theirs, abs=0.06 * width(theirs))


def target(rng):
    y = np.arange(40) % 2
    return (rng.normal(size=(40, 4)) + y[:, None], y)


def shifted(rng):
    return (rng.normal(size=(40, 4)) + 0.7,)


@pytest.mark.parametrize(
    ("measure", "draws"),
    [(knn, (target,)), (frechet, (lambda rng: (rng.normal(size=(40, 4)),), shifted))],
    ids=["knn", "frechet"],
)
def test_the_interval_holds_the_truth_as_often_as_it_says(rng, measure, draws):
    """The truth is the mean over many datasets of this size."""

    def value(*sets):
        return measure(*(array for one in sets for array in one))

    truth = np.mean([value(*(draw(rng) for draw in draws)) for _ in range(300)])
    held = 0
    for number in range(100):
        sets = [draw(rng) for draw in draws]
        parts = [halves(one, repeats=4, seed=2 * number + i) for i, one in enumerate(sets)]
        low, high = half_sample_interval(
            value(*sets), [value(*both) for both in zip(*parts, strict=True)]
        )
        held += low <= truth <= high
    assert held >= 88  # fewer happen once in 250 if 95 % hold it


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (0.4, 0.95)])
def test_ends_are_cut_where_the_measure_ends(bounds):
    pairs = [[0.2, 1.0], [1.0, 0.4]]
    open_ends = half_sample_interval(0.8, pairs)
    assert open_ends[0] < bounds[0] < bounds[1] < open_ends[1]
    assert half_sample_interval(0.8, pairs, bounds) == bounds


def test_halves_that_agree_leave_no_width_and_no_halves_no_interval():
    assert half_sample_interval(1.0, [[1.0, 1.0]] * 3, (0.5, 1.0)) == (1.0, 1.0)
    assert half_sample_interval(1.0, [[1.0, 1.0]] * 3) == (1.0, 1.0)
    assert np.isnan(half_sample_interval(1.0, [])).all()


def test_intervals_of_measures_of_the_table_stay_in_their_range(rng):
    a, b = rng.normal(size=(2, 16, 3))
    apart = noise(origin, (a,), (b + 1.5,), repeats=4, halvings=1)
    assert 0.5 <= apart.low < apart.value <= apart.high <= 1.0
    separable = noise(origin, (a,), (b + 100,), repeats=2, halvings=1)
    assert (separable.low, separable.value, separable.high) == (1, 1, 1)
    near = noise(frechet, (a,), (b,), repeats=4, halvings=1)
    assert near.low == 0.0 < near.value
    y = np.arange(16) % 2
    probe = noise(linear_probe, (a + 0.6 * y[:, None], y), repeats=4, halvings=1)
    assert 0.0 <= probe.low < probe.value < probe.high == 1.0


def test_halves_are_disjoint_hold_all_and_keep_the_shares_of_classes(rng):
    y = np.repeat([0, 1, 2, 3], [20, 7, 3, 1])
    order = np.arange(len(y))
    drawn = list(halves((y, order), repeats=20))
    for first, second in zip(drawn[::2], drawn[1::2], strict=True):
        assert sorted([*first[1], *second[1]]) == order.tolist()
        counts = [np.bincount(labels, minlength=4) for labels, _ in (first, second)]
        assert np.abs(counts[0] - counts[1]).max() <= 1
        assert abs(len(first[0]) - len(second[0])) <= 1


def test_classes_of_one_image_each_are_shared_out():
    for drawn, _ in halves((np.arange(9), np.arange(9)), repeats=20):
        assert len(drawn) in (4, 5)


def test_a_part_that_lacks_a_class_is_told(rng):
    x, y = rng.normal(size=(12, 2)), np.array([1] + 11 * [0])
    with pytest.raises(DataError) as error:
        noise(logme, (x, y))
    assert str(error.value) == (
        "A random part of 6 images cannot be measured, so nothing says how sure the value is: "
        "labels hold one class only, 0; expected at least two. Take more images, or leave out "
        "classes of one image."
    )
