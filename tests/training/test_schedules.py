"""Learning rates, beside PyTorch's own schedulers."""

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from warmstart.training.schedules import learning_rates

RATE = 0.2


@pytest.fixture
def rates(recipe):
    """Call with steps per epoch and what differs in the recipe; returns all rates in order."""

    def call(steps, **changes):
        chosen = recipe(**({"epochs": 6, "learning_rate": RATE, "schedule": "constant"} | changes))
        found = list(learning_rates(chosen, steps))
        assert [len(epoch) for epoch in found] == [steps] * chosen.epochs
        return np.concatenate(found)

    return call


def of_torch(scheduler, steps):
    """Rates at which so many steps are taken."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
    going, found = scheduler(optimizer), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        going.step()
    return np.array(found)


@pytest.mark.parametrize("steps", [1, 5])
def test_cosine_is_that_of_pytorch_over_all_steps(rates, steps):
    expected = of_torch(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=6 * steps), 6 * steps)
    assert rates(steps, schedule="cosine") == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("after", [1, 2, 5, 6, 9])
def test_halving_halves_at_every_epoch_from_epoch_index_n_on(rates, after):
    """As the paper's code: `if epoch >= N: lr = lr * 0.5`, with epochs counted from 0."""
    expected, rate = [], RATE
    for epoch in range(6):
        if epoch >= after:
            rate = rate * 0.5
        expected += [rate] * 3
    assert rates(3, schedule="halving", halve_after=after).tolist() == expected


def test_halving_is_the_exponential_decay_of_pytorch_from_then_on(rates):
    def scheduler(optimizer):
        still = lr_scheduler.ConstantLR(optimizer, factor=1.0, total_iters=1)
        falling = lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        return lr_scheduler.SequentialLR(optimizer, [still, falling], milestones=[1])

    expected = of_torch(scheduler, 6)
    assert rates(1, schedule="halving", halve_after=2) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("after", [1, 4, 6])
def test_halve_once_is_a_single_step_of_pytorch(rates, after):
    expected = of_torch(lambda o: lr_scheduler.MultiStepLR(o, [after], gamma=0.5), 6)
    assert rates(1, schedule="halve_once", halve_after=after).tolist() == expected.tolist()
    repeated = rates(4, schedule="halve_once", halve_after=after)
    assert repeated.tolist() == np.repeat(expected, 4).tolist()


@pytest.mark.parametrize("warmup", [1, 1.5, 2, 6])
def test_a_warm_up_rises_on_a_line_through_zero(rates, warmup):
    found = rates(4, warmup_epochs=warmup)
    line = RATE * np.arange(1, 25) / (warmup * 4)
    assert found == pytest.approx(np.minimum(line, RATE), rel=1e-12)
    expected = of_torch(
        lambda o: lr_scheduler.LambdaLR(o, lambda done: min(1, (done + 1) / (warmup * 4))), 24
    )
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "changes",
    [{"schedule": "cosine"}, {"schedule": "halving", "halve_after": 1}],
    ids=["cosine", "halving"],
)
def test_a_warm_up_multiplies_the_schedule(rates, changes):
    warm = np.minimum(np.arange(1, 25) / 8, 1)
    expected = rates(4, **changes) * warm
    assert rates(4, warmup_epochs=2, **changes) == pytest.approx(expected, rel=1e-12)


def test_a_warm_up_longer_than_the_training_never_reaches_the_rate(rates):
    assert rates(4, warmup_epochs=60)[-1] == pytest.approx(RATE / 10)
