"""The learning rate of every step."""

import math
from collections.abc import Callable, Iterator

from warmstart.training.recipe import Recipe

Schedule = Callable[[Recipe, int, int], float]
"""(recipe, steps taken before, steps per epoch) -> share of the learning rate."""


def learning_rates(recipe: Recipe, steps: int) -> Iterator[list[float]]:
    """Yield, for each epoch, the learning rate of each of its steps.

    The schedule runs as if there were no warm-up, which multiplies it: step i of w warm-up steps,
    counted from 1, is taken at i / w of its rate, so that no step is wasted on a rate of 0.
    """
    share = _SCHEDULES[recipe.schedule]
    warm = recipe.warmup_epochs * steps
    for epoch in range(recipe.epochs):
        numbers = range(epoch * steps, (epoch + 1) * steps)
        yield [
            recipe.learning_rate * share(recipe, number, steps) * _warmth(number, warm)
            for number in numbers
        ]


def _warmth(number: int, warm: float) -> float:
    return min(1.0, (number + 1) / warm) if warm else 1.0


def _constant(_recipe: Recipe, _number: int, _steps: int) -> float:
    return 1.0


def _cosine(recipe: Recipe, number: int, steps: int) -> float:
    return 0.5 * (1 + math.cos(math.pi * (number / (recipe.epochs * steps))))


def _halving(recipe: Recipe, number: int, steps: int) -> float:
    """Epoch index N is taken at one half, N + 1 at a quarter, ..."""
    assert recipe.halve_after is not None  # or the recipe would have been refused
    return 0.5 ** max(0, number // steps + 1 - recipe.halve_after)


def _halve_once(recipe: Recipe, number: int, steps: int) -> float:
    assert recipe.halve_after is not None
    return 0.5 if number // steps >= recipe.halve_after else 1.0


_SCHEDULES: dict[str, Schedule] = {
    "constant": _constant,
    "cosine": _cosine,
    "halving": _halving,
    "halve_once": _halve_once,
}
