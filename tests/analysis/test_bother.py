"""What is gained, against integrals over the posterior and over draws."""

import numpy as np
import pytest
from scipy import stats

from warmstart.analysis.bother import gain_of_draws, gain_of_folds
from warmstart.analysis.chosen import choose

NAN = float("nan")


def test_predicted_gain_is_that_of_the_paired_draws():
    rng = np.random.default_rng(0)
    shared = rng.normal(scale=10, size=(100_000, 1))
    draws = shared + rng.normal(loc=[2.0, 1.0, 0.0], scale=[0.6, 0.8, 1.0], size=(100_000, 3))
    found = gain_of_draws(draws, 0, 1)
    truth = stats.norm(1.0, 1.0)  # 0.6 and 0.8 add up to 1; what they share cancels
    assert found.mean == pytest.approx(1.0, abs=0.02)
    assert (found.low, found.high) == pytest.approx(truth.interval(0.95), abs=0.03)
    assert found.counts == pytest.approx(truth.sf(0.5), abs=0.01)


def test_trained_gain_is_the_posterior_of_the_corrected_t():
    d = np.array([1.0, 2.0, 0.5, NAN, -0.4, 0.8])
    known = d[np.isfinite(d)]
    error = np.sqrt((1 / 5 + 0.25) * known.var(ddof=1))
    truth = stats.t(4, loc=known.mean(), scale=error)
    found = gain_of_folds(d, 0.25)
    assert found.mean == pytest.approx(known.mean())
    assert (found.low, found.high) == pytest.approx(truth.interval(0.95))
    assert found.counts == pytest.approx(truth.sf(0.5))


def test_a_candidate_gains_nothing_over_itself():
    draws = np.random.default_rng(0).normal(size=(50, 2))
    found = gain_of_draws(draws, 1, 1)
    assert (found.mean, found.low, found.high, found.counts) == (0, 0, 0, 0)


def test_the_gain_of_a_choice_among_equals_is_none_on_average():
    rng = np.random.default_rng(0)
    gains = []
    for _ in range(1500):
        table = rng.normal(size=(5, 6))
        per_fold = choose(table, test_share=0.25).per_fold
        gains.append(gain_of_folds(per_fold - table[:, 0], 0.25).mean)
    assert abs(np.mean(gains)) < 3 * np.std(gains) / np.sqrt(len(gains))


@pytest.mark.parametrize(
    ("differences", "mean"), [([], NAN), ([0.7], 0.7), ([0.7, 0.7, 0.7], 0.7), ([NAN], NAN)]
)
def test_too_few_folds_give_no_interval(differences, mean):
    found = gain_of_folds(np.array(differences), 0.25)
    assert found.mean == pytest.approx(mean, nan_ok=True)
    assert np.isnan([found.low, found.high, found.counts]).all()


def test_nothing_known_gives_nothing():
    found = gain_of_draws(np.full((10, 2), NAN), 0, 1)
    assert np.isnan([found.mean, found.low, found.high, found.counts]).all()
