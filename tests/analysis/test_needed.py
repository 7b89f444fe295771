"""What it takes to tell two candidates apart, against studies of that size."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from warmstart.analysis.needed import MOST, Needed, groups_needed, hours_needed
from warmstart.analysis.predictions import Predictions
from warmstart.errors import DataError
from warmstart.metrics import METRICS
from warmstart.metrics.bootstrap import resampled_auc_ovr, resampled_roc_auc

AUC = METRICS["auc_weighted_ovr"]


def pair(classes, groups, gap, *, several=False, seed=0):
    """Two candidates, one ahead by a gap, on patients of one to three images."""
    rng = np.random.default_rng(seed)
    names = np.repeat(np.arange(groups).astype(str), rng.integers(1, 4, size=groups))
    n = len(names)
    if several:
        labels = rng.integers(2, size=(n, classes)).astype(float)
        truth = labels - 0.5
        labels[rng.random((n, classes)) < 0.1] = np.nan
    else:
        labels = rng.integers(classes, size=n)
        truth = np.eye(classes)[labels]
    shared = rng.normal(size=(n, classes))

    def scores(skill):
        logits = shared + 0.7 * rng.normal(size=(n, classes)) + skill * truth
        shares = np.exp(logits)
        return 1 / (1 + 1 / shares) if several else shares / shares.sum(axis=1, keepdims=True)

    return tuple(Predictions(names, labels, scores(skill)) for skill in (1 + gap, 1.0))


def auc(part, weights):
    if not part.multilabel:
        return resampled_auc_ovr(part.labels, part.scores, weights, "weighted")
    known = ~np.isnan(part.labels)
    each = [
        resampled_roc_auc(part.labels[k, j], part.scores[k, j], weights[:, k])
        for j, k in enumerate(known.T)
    ]
    return np.mean(each, axis=0)


def share_told_apart(first, second, size, *, studies=250, resamples=200):
    """Draw studies of so many groups; each looks at its own percentile interval."""
    rng = np.random.default_rng(1)
    names, rows = np.unique(first.groups, return_inverse=True)
    apart = 0
    for _ in range(studies):
        study = rng.multinomial(size, np.full(len(names), 1 / len(names)))
        again = rng.multinomial(size, study / size, size=resamples)[:, rows]
        low, high = np.quantile(auc(first, again) - auc(second, again), [0.025, 0.975])
        apart += low > 0 or high < 0
    return apart / studies


CASES = {
    "two classes": pair(2, 60, 0.3, seed=1),
    "four classes": pair(4, 60, 0.2, seed=1),
    "three labels": pair(3, 60, 0.3, several=True, seed=2),
}


@pytest.mark.parametrize("case", CASES)
def test_four_of_five_studies_of_that_size_tell_them_apart(case):
    first, second = CASES[case]
    found = groups_needed([first], [second], AUC, rng=np.random.default_rng(0))
    assert found.groups == 60
    assert 60 < found.more < 10 * 60  # so that there is something to be told
    needed = found.groups + int(found.more)
    assert share_told_apart(first, second, needed) == pytest.approx(0.8, abs=0.09)
    half = stats.norm.cdf((1.96 + 0.8416) / np.sqrt(2) - 1.96)
    assert share_told_apart(first, second, needed // 2) == pytest.approx(half, abs=0.11)


def test_the_difference_is_the_mean_over_test_parts():
    """Two parts of half the images each say what one candidate pair says twice."""
    first, second = pair(2, 60, 0.3, seed=1)
    twin = [replace(part, groups=np.char.add(part.groups, "b")) for part in (first, second)]
    one = groups_needed([first], [second], AUC, resamples=4000, rng=np.random.default_rng(0))
    both = groups_needed(
        [first, twin[0]], [second, twin[1]], AUC, resamples=4000, rng=np.random.default_rng(0)
    )
    assert both.groups == 2 * one.groups
    total = both.groups + both.more
    assert total == pytest.approx(one.groups + one.more, rel=0.1)


def test_a_difference_that_may_be_none_has_no_highest_number():
    found = groups_needed(
        *([part] for part in CASES["two classes"]), AUC, rng=np.random.default_rng(0)
    )
    assert found.low <= found.more < found.high == float("inf")


def test_a_clear_difference_has_a_highest_number():
    first, second = pair(2, 150, 0.6, seed=2)
    found = groups_needed([first], [second], AUC, rng=np.random.default_rng(0))
    assert found.low <= found.more <= found.high < MOST * 150


def test_a_large_difference_needs_no_more():
    first, second = pair(2, 150, 3.0)
    found = groups_needed([first], [second], AUC, rng=np.random.default_rng(0))
    assert found == Needed(groups=150, more=0, low=0, high=0)


def test_a_difference_of_nothing_needs_more_than_anyone_has():
    """Who is ahead on one half of the patients is behind by as much on the other."""
    first, second = pair(2, 60, 0.5)
    names = np.concatenate([first.groups, np.char.add(first.groups, "b")])
    labels = np.concatenate([first.labels, first.labels])
    sides = [
        Predictions(names, labels, np.concatenate([a.scores, b.scores]))
        for a, b in ((first, second), (second, first))
    ]
    found = groups_needed([sides[0]], [sides[1]], AUC, rng=np.random.default_rng(0))
    assert (found.more, found.high) == (float("inf"), float("inf"))
    assert 0 < found.low < MOST * 120


@pytest.mark.parametrize("why", ["same predictions", "one patient"])
def test_nothing_is_said_where_nothing_varies(why):
    first, second = pair(2, 30, 0.5)
    if why == "one patient":
        first, second = (replace(p, groups=np.full(len(p.labels), "x")) for p in (first, second))
    else:
        second = first
    found = groups_needed([first], [second], AUC, rng=np.random.default_rng(0))
    assert np.isnan([found.more, found.low, found.high]).all()


def test_predictions_of_other_images_are_refused():
    first, second = pair(2, 30, 0.5)
    with pytest.raises(DataError) as error:
        groups_needed(
            [first], [replace(second, labels=1 - second.labels)], AUC, rng=np.random.default_rng(0)
        )
    assert str(error.value) == (
        "test part 0: the two candidates have other groups or labels; "
        "predictions of the same images in the same order were expected."
    )
    with pytest.raises(DataError) as error:
        groups_needed([first], [], AUC, rng=np.random.default_rng(0))
    assert str(error.value) == (
        "1 and 0 test parts were given; both candidates need predictions of the same parts, "
        "at least one."
    )


def half_width(values, test_share):
    error = np.sqrt((1 / len(values) + test_share) * values.var(ddof=1))
    return stats.t.ppf(0.975, len(values) - 1) * error


@pytest.mark.parametrize("test_share", [0.0, 0.05, 0.1])
def test_after_that_many_hours_the_interval_leaves_zero_out(test_share):
    """Further repeats that look like those before, up to the first that are enough."""
    d = np.array([1.0, 2.0, 0.5, -0.4, 0.8])
    mean, spread = d.mean(), d.std(ddof=1)
    repeats = 0
    while True:
        count = 5 * (1 + repeats)
        shape = np.linspace(-1, 1, count)
        alike = mean + spread * shape / shape.std(ddof=1)
        if half_width(alike, test_share) < mean:
            break
        repeats += 1
    assert repeats > 0
    found = hours_needed(d, test_share=test_share, per_repeat=5, minutes=12)
    assert found == pytest.approx(repeats * 5 * 12 / 60)


def test_repeats_do_not_get_below_the_noise_of_the_test_images():
    d = np.array([1.0, 2.0, 0.5, -0.4, 0.8])
    assert d.mean() < 1.96 * np.sqrt(0.25) * d.std(ddof=1)
    assert hours_needed(d, test_share=0.25, per_repeat=5, minutes=12) == float("inf")


def test_more_than_anyone_would_wait_is_never():
    d = np.array([1.0, -1.0, 0.01, 0.03])
    assert hours_needed(d, test_share=0.0, per_repeat=4, minutes=1) == float("inf")


def test_a_clear_difference_needs_no_further_training():
    d = np.array([3.0, 3.1, 2.9, np.nan, 3.0])
    assert hours_needed(d, test_share=0.25, per_repeat=5, minutes=12) == 0


@pytest.mark.parametrize("differences", [[], [1.0], [1.0, np.nan], [1.0, 1.0, 1.0]])
def test_too_little_to_say_how_long(differences):
    found = hours_needed(np.array(differences), test_share=0.25, per_repeat=5, minutes=12)
    assert np.isnan(found)
