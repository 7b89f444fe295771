"""Stopping early, with the best weights."""

import math

import numpy as np
import pytest
import torch

from warmstart.errors import RunError
from warmstart.training import checkpoint, loop
from warmstart.training.loop import train
from warmstart.training.progress import Epoch, best_epoch, has_stopped

LOSSES = [0.9, 0.5, 0.7, 0.4, 0.6, 0.5, 0.4, 0.3, 0.8]  # stops after 7 with a patience of 3
NAN = math.nan


def history(losses):
    return [Epoch(number, 1.0, loss) for number, loss in enumerate(losses, start=1)]


@pytest.mark.parametrize(
    ("losses", "best"),
    [([], 0), ([0.5], 1), ([0.5, 0.4, 0.4], 2), ([NAN, 0.4, math.inf], 2), ([NAN, NAN], 0)],
)
def test_the_best_epoch_is_the_first_of_lowest_finite_loss(losses, best):
    assert best_epoch(history(losses)) == best


def test_training_stops_once_patience_epochs_brought_nothing():
    stopped = [n for n in range(len(LOSSES) + 1) if has_stopped(history(LOSSES[:n]), 3)]
    assert stopped == [7]  # after epoch 8 it would not have, but it does not come to that
    assert next(n for n in range(10) if has_stopped(history(LOSSES[:n]), 1)) == 3
    assert not any(has_stopped(history(LOSSES[:n]), None) for n in range(10))


def test_losses_that_are_no_numbers_bring_nothing():
    assert has_stopped(history([NAN, NAN]), 2)
    assert has_stopped(history([0.5, NAN, NAN]), 2)
    assert not has_stopped(history([0.5, NAN]), 2)


@pytest.fixture
def fit(batches, bright_or_dark, recipe, progress, monkeypatch):
    """Call to train with the validation losses of `LOSSES`; every epoch's weights are noted."""
    images = batches(*bright_or_dark)
    noted = {}

    def call(start=None, interrupt=None, **changes):
        chosen = recipe(**({"epochs": 9, "early_stopping": 3, "learning_rate": 1e-3} | changes))
        going = start or progress(chosen)

        def loss(model, *_):
            noted[len(going.history) + 1] = weights(model)
            return LOSSES[len(going.history)]

        monkeypatch.setattr(loop, "evaluate", loss)
        train(
            going,
            images,
            chosen,
            key="run",
            train=np.arange(30),
            validation=np.arange(30, 48),
            head_only=False,
            after_epoch=interrupt or (lambda _: None),
        )
        return going, noted

    return call


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def test_it_stops_and_goes_back_to_the_weights_of_the_best_epoch(fit):
    going, noted = fit()
    assert [epoch.epoch for epoch in going.history] == [1, 2, 3, 4, 5, 6, 7]
    assert same(weights(going.model), noted[4])
    assert not same(weights(going.model), noted[7])


def test_a_training_that_never_stops_also_ends_with_its_best_weights(fit):
    going, noted = fit(early_stopping=8)
    assert len(going.history) == 9
    assert same(weights(going.model), noted[8])


def test_without_early_stopping_the_last_weights_stay(fit):
    going, noted = fit(early_stopping=None)
    assert len(going.history) == 9
    assert same(weights(going.model), noted[9])
    assert going.best == {}


class StoppedError(Exception):
    """As a killed process would."""


@pytest.mark.parametrize("epochs_done", [1, 4, 6, 7])
def test_an_interrupted_training_stops_at_the_same_epoch_with_the_same_bits(
    fit, progress, recipe, tmp_path, epochs_done
):
    def interrupt(now):
        if len(now.history) == epochs_done:
            checkpoint.keep(now, tmp_path)
            raise StoppedError

    with pytest.raises(StoppedError):
        fit(interrupt=interrupt)
    again = progress(recipe(early_stopping=3), seed=9)
    checkpoint.restore(again, tmp_path)
    resumed, _ = fit(start=again)
    whole, _ = fit()
    assert same(weights(resumed.model), weights(whole.model))
    assert resumed.history == whole.history


def test_the_parts_that_fitted_the_device_are_remembered(fit, progress, recipe, tmp_path):
    going, _ = fit(epochs=1)
    going.parts = 4
    checkpoint.keep(going, tmp_path)
    again = progress(recipe())
    checkpoint.restore(again, tmp_path)
    assert again.parts == 4


def test_early_stopping_needs_images_to_watch(batches, bright_or_dark, recipe, progress):
    chosen = recipe(early_stopping=5)
    with pytest.raises(RunError) as raised:
        train(
            progress(chosen),
            batches(*bright_or_dark),
            chosen,
            key="run",
            train=np.arange(30),
            validation=np.arange(0),
            head_only=False,
            after_epoch=lambda _: None,
        )
    assert str(raised.value) == (
        "early_stopping = 5 watches the loss of a validation part, and this run has none; give it "
        "one, or leave early_stopping out."
    )
