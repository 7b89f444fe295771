import numpy as np
import pytest

from warmstart.training.convergence import converged


def line(n, fall):
    """Losses whose last third falls by ``fall`` of its mean, along a straight line."""
    window = max(3, -(-n // 3))
    return 1.0 + fall * (0.5 - (np.arange(n) - (n - window)) / (window - 1))


@pytest.mark.parametrize("n", [4, 9, 10, 30])
def test_the_limit_is_five_percent_over_the_last_third(n):
    assert converged(line(n, 0.049)) is True
    assert converged(line(n, 0.051)) is False


def test_what_came_before_the_last_third_does_not_count():
    assert converged([9.0, 7.0, 5.0, 3.0, 2.0, 1.0, 1.0, 1.0, 1.0]) is True
    assert converged([1.0] * 6 + [0.9, 0.8, 0.7]) is False


def test_a_rising_or_zero_loss_has_converged():
    assert converged([1.0, 0.5, 0.6, 0.7, 0.8]) is True
    assert converged([0.0] * 5) is True


def test_fewer_than_four_epochs_say_nothing():
    assert converged([]) is None
    assert converged([3.0, 2.0, 1.0]) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_has_not_converged(bad):
    assert converged([1.0, 0.5, 0.5, bad]) is False


def test_the_unit_of_the_loss_is_irrelevant():
    losses = np.array([2.0, 1.4, 1.2, 1.1, 1.06, 1.0])
    assert converged(losses) == converged(1000 * losses)


def test_the_slope_is_that_of_polyfit():
    for seed in range(20):
        losses = 1 + np.random.default_rng(seed).normal(0, 0.03, 12)
        slope = np.polyfit(np.arange(4), losses[-4:], 1)[0]
        assert converged(losses) == (-slope * 3 < 0.05 * losses[-4:].mean())
