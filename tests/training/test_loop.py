import math
import re
from contextlib import suppress

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from warmstart.errors import RunError
from warmstart.models.architectures import linear_layer
from warmstart.training import checkpoint
from warmstart.training.inference import evaluate, predict
from warmstart.training.loop import learning_rates, train
from warmstart.training.loss import make_loss
from warmstart.training.step import drop, dropout_mask

TRAIN, VALIDATION = np.arange(30), np.arange(30, 48)
WAYS = {
    "adam": ({"optimizer": "adam", "weight_decay": 1e-3}, False),
    "adamw": ({"optimizer": "adamw", "weight_decay": 1e-2}, False),
    "sgd": ({"optimizer": "sgd", "learning_rate": 0.05}, False),
    "head only": ({"learning_rate": 0.05}, True),
    "transfusion": (
        {"augment": "transfusion", "schedule": "halving", "halve_after": 1, "warmup_epochs": 0.5},
        False,
    ),
    "accumulated": ({"accumulate": 2, "label_smoothing": 0.1, "freeze_batch_norm": True}, False),
}
every_way = pytest.mark.parametrize(("changes", "head_only"), WAYS.values(), ids=WAYS)


@pytest.fixture
def images(batches, bright_or_dark):
    return batches(*bright_or_dark)


@pytest.fixture
def fit(images, recipe, progress):
    """Call with what differs in the recipe; returns the progress at the end."""

    def call(changes, head_only=False, *, start=None, after_epoch=lambda _: None, **others):
        chosen = recipe(**({"learning_rate": 3e-3} | changes))
        going = start or progress(chosen, head_only=head_only)
        data = {"train": TRAIN, "validation": VALIDATION, "key": "run"} | others
        train(going, images, chosen, head_only=head_only, after_epoch=after_epoch, **data)
        return going

    return call


def weights(going):
    return {name: value.clone() for name, value in going.model.state_dict().items()}


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


# What a training does.


def test_two_classes_that_differ_in_brightness_are_learned(fit, images, bright_or_dark):
    going = fit({"epochs": 8, "optimizer": "adamw", "learning_rate": 0.01})
    scores = predict(going.model, images, VALIDATION).softmax(1)[:, 1]
    assert roc_auc_score(bright_or_dark[1][VALIDATION], scores) == 1
    assert going.history[-1].train_loss < going.history[0].train_loss / 2


def test_the_history_counts_epochs_and_ends_with_the_loss_of_the_final_network(fit, images):
    heard = []
    going = fit({}, after_epoch=lambda now: heard.append(len(now.history)))
    assert heard == [epoch.epoch for epoch in going.history] == [1, 2, 3]
    loss = torch.nn.functional.cross_entropy(
        predict(going.model, images, VALIDATION), images.labels[VALIDATION]
    )
    assert going.history[-1].validation_loss == pytest.approx(loss.item(), rel=1e-6)


def test_the_training_loss_is_the_mean_over_images(fit, images, progress, recipe):
    """At a learning rate too small to matter, without anything drawn."""
    still = {"learning_rate": 1e-30, "augment": "none", "dropout": 0.0, "class_weights": "none"}
    start = progress(recipe(**still), head_only=True)
    loss_of = make_loss(images.labels, 2, balanced=False)
    expected = evaluate(start.model, images, TRAIN, loss_of)
    going = fit(still | {"epochs": 1}, head_only=True, start=start)
    assert going.history[0].train_loss == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("parts", [1, 2])
def test_balanced_per_image_weighs_each_image_whatever_else_is_in_its_batch(
    fit, images, progress, recipe, parts
):
    """The closed form over the epoch; a mean weighted within batches differs from it."""
    train = np.concatenate([np.arange(0, 30, 2), np.arange(1, 9, 2)])  # 15 dark ones, 4 bright
    still = {"learning_rate": 1e-30, "augment": "none", "dropout": 0.0}
    changes = still | {"epochs": 1, "class_weights": "balanced_per_image", "accumulate": parts}
    start = progress(recipe(**changes), head_only=True)
    logits = predict(start.model, images, train)
    each = torch.nn.functional.cross_entropy(logits, images.labels[train], reduction="none")
    weights_of = torch.tensor([19 / (2 * 15), 19 / (2 * 4)])[images.labels[train]]
    going = fit(changes, head_only=True, start=start, train=train)
    expected = (weights_of * each).sum().item() / 19
    assert going.history[0].train_loss == pytest.approx(expected, rel=1e-5)


def test_without_a_validation_part_its_loss_is_nan(fit):
    going = fit({"epochs": 1}, validation=VALIDATION[:0])
    assert math.isnan(going.history[0].validation_loss)


def test_head_only_changes_nothing_but_the_linear_layer(fit, progress, recipe):
    start = progress(recipe(learning_rate=3e-3), head_only=True)
    before = weights(start)
    after = weights(fit({}, head_only=True, start=start))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"classifier.weight", "classifier.bias"}


def test_full_training_changes_every_weight_and_statistic(fit, progress, recipe):
    start = progress(recipe(learning_rate=3e-3))
    before, after = weights(start), weights(fit({}, start=start))
    assert all(not torch.equal(before[name], after[name]) for name in before)


def test_a_loss_that_is_no_number_ends_the_run_and_says_what_to_do(fit, progress, recipe):
    start = progress(recipe())
    torch.nn.init.constant_(linear_layer(start.model).weight, math.nan)
    heard = []
    with pytest.raises(RunError) as raised:
        fit({}, start=start, after_epoch=heard.append)
    assert str(raised.value) == ("The loss became nan in epoch 1; lower learning_rate (now 0.003).")
    assert heard == []


def test_a_later_explosion_tells_what_the_loss_was_before(fit):
    def spoil(now):
        if len(now.history) == 2:
            torch.nn.init.constant_(linear_layer(now.model).bias, math.inf)

    with pytest.raises(RunError) as raised:
        fit({"epochs": 4, "precision": "bfloat16"}, after_epoch=spoil)
    assert re.fullmatch(
        r"The loss became nan in epoch 3; lower learning_rate \(now 0\.003\) or set precision = "
        r'"float32"\. It was 0\.\d+ in epoch 2\.',
        str(raised.value),
    )


# The same numbers.


@every_way
def test_a_training_done_twice_ends_bitwise_the_same(fit, changes, head_only):
    first = fit(changes, head_only)
    torch.rand(5)  # the global generator is not part of the question
    second = fit(changes, head_only)
    assert same(weights(first), weights(second))
    assert first.history == second.history


@pytest.mark.parametrize("augmentation", ["light", "none"])
def test_the_key_of_a_run_decides_its_draws(fit, augmentation):
    changes = {"epochs": 1, "augment": augmentation}
    assert not same(weights(fit(changes, key="run")), weights(fit(changes, key="other")))


class StoppedError(Exception):
    """As a killed process would."""


@every_way
@pytest.mark.parametrize("epochs_done", [1, 2, 3])
def test_an_interrupted_training_continues_to_the_same_bits(
    fit, progress, recipe, tmp_path, changes, head_only, epochs_done
):
    def interrupt(now):
        if len(now.history) == epochs_done:
            checkpoint.keep(now, tmp_path)
            raise StoppedError

    with pytest.raises(StoppedError):
        fit(changes, head_only, after_epoch=interrupt)
    again = progress(recipe(**({"learning_rate": 3e-3} | changes)), head_only=head_only, seed=9)
    checkpoint.restore(again, tmp_path)
    assert len(again.history) == epochs_done
    resumed = fit(changes, head_only, start=again)
    whole = fit(changes, head_only)
    assert same(weights(resumed), weights(whole))
    assert resumed.history == whole.history


def test_a_training_interrupted_after_every_epoch_ends_the_same(fit, progress, recipe, tmp_path):
    def interrupt(now):
        checkpoint.keep(now, tmp_path)
        raise StoppedError

    changes = {"optimizer": "sgd", "learning_rate": 0.05}
    going = progress(recipe(**changes))
    while len(going.history) < 3:
        going = progress(recipe(**changes))
        checkpoint.restore(going, tmp_path)
        with suppress(StoppedError):
            fit(changes, start=going, after_epoch=interrupt)
    assert same(weights(going), weights(fit(changes)))


def test_an_interrupted_training_in_bfloat16_continues_to_the_same_bits(
    fit, progress, recipe, tmp_path
):
    def interrupt(now):
        if len(now.history) == 2:
            checkpoint.keep(now, tmp_path)
            raise StoppedError

    changes = {"precision": "bfloat16", "epochs": 4}
    with pytest.raises(StoppedError):
        fit(changes, after_epoch=interrupt)
    again = progress(recipe(**changes), seed=9)
    checkpoint.restore(again, tmp_path)
    resumed, whole = fit(changes, start=again), fit(changes)
    assert resumed.history == whole.history
    assert same(weights(resumed), weights(whole))


def test_a_history_without_validation_survives_being_kept(fit, progress, recipe, tmp_path):
    going = fit({"epochs": 1}, validation=VALIDATION[:0])
    checkpoint.keep(going, tmp_path)
    again = progress(recipe())
    checkpoint.restore(again, tmp_path)
    assert repr(again.history) == repr(going.history)  # NaN is not equal to itself


@pytest.mark.parametrize("content", [None, b"", b"half a file"])
def test_without_a_readable_checkpoint_a_training_starts_afresh(
    progress, recipe, tmp_path, content
):
    if content is not None:
        (tmp_path / "progress.safetensors").write_bytes(content)
    going = progress(recipe())
    before = weights(going)
    checkpoint.restore(going, tmp_path)
    assert same(weights(going), before)
    assert (going.history, len(going.optimizer.state)) == ([], 0)


def test_a_checkpoint_is_one_file_without_pickle(fit, tmp_path):
    checkpoint.keep(fit({"epochs": 1}), tmp_path)
    (path,) = tmp_path.iterdir()
    header = int.from_bytes(path.read_bytes()[:8], "little")
    assert path.suffix == ".safetensors"
    assert path.read_bytes()[8:9] == b"{"
    assert header < path.stat().st_size


# Learning rates, dropout, prediction.


def test_the_cosine_schedule_falls_from_the_rate_to_almost_zero(recipe):
    rates = np.concatenate(list(learning_rates(recipe(epochs=4, learning_rate=0.2), steps=5)))
    expected = 0.2 * np.cos(np.pi / 2 * np.arange(20) / 20) ** 2
    assert rates == pytest.approx(expected, rel=1e-9)
    assert (np.diff(rates) < 0).all()


def test_the_constant_schedule_stays(recipe):
    chosen = recipe(epochs=2, learning_rate=0.2, schedule="constant")
    assert list(learning_rates(chosen, steps=3)) == [[0.2] * 3] * 2


def test_each_step_is_taken_at_its_rate(fit, progress, recipe):
    start = progress(recipe())
    seen, step = [], start.optimizer.step

    def watched():
        seen.append(start.optimizer.param_groups[0]["lr"])
        step()

    start.optimizer.step = watched
    fit({}, start=start)
    chosen = recipe(learning_rate=3e-3)
    assert seen == [rate for epoch in learning_rates(chosen, steps=6) for rate in epoch]


# Measured on the way.


def test_measuring_changes_nothing(fit):
    """Not even where measuring leaves the network in another mode."""

    def measure(model):
        model.eval()
        return 0.5

    changes = {"dropout": 0.5, "record_every": 4}
    found = fit(changes, measure=measure)
    assert same(weights(found), weights(fit({"dropout": 0.5})))
    assert [(one.step, one.epoch, one.auc) for one in found.curve] == [
        *((4, 1, 0.5), (8, 2, 0.5), (12, 2, 0.5), (16, 3, 0.5))  # of 3 epochs of 6 steps
    ]


def test_nothing_is_measured_unless_the_recipe_says_so(fit):
    assert fit({}, measure=lambda _: pytest.fail("measured")).curve == []


def test_an_interrupted_training_remembers_what_it_measured(fit, progress, recipe, tmp_path):
    def interrupt(now):
        if len(now.history) == 2:
            checkpoint.keep(now, tmp_path)
            raise StoppedError

    def measure(model):
        return float(linear_layer(model).weight.detach().double().sum())

    changes = {"record_every": 5}
    with pytest.raises(StoppedError):
        fit(changes, after_epoch=interrupt, measure=measure)
    again = progress(recipe(**changes), seed=9)
    checkpoint.restore(again, tmp_path)
    assert [one.step for one in again.curve] == [5, 10]
    resumed = fit(changes, start=again, measure=measure)
    assert resumed.curve == fit(changes, measure=measure).curve


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_dropout_drops_its_share_and_keeps_the_mean(share):
    kept = dropout_mask((200, 500), share, torch.Generator().manual_seed(0))
    found = drop(torch.ones(200, 500), kept, share)
    assert (found == 0).double().mean().item() == pytest.approx(share, abs=0.005)
    assert found[found > 0].unique().tolist() == pytest.approx([1 / (1 - share)])
    assert found.mean().item() == pytest.approx(1, abs=0.05)


def test_the_generator_decides_what_is_dropped():
    def mask(seed):
        return dropout_mask((10, 10), 0.3, torch.Generator().manual_seed(seed))

    assert torch.equal(mask(1), mask(1))
    assert not torch.equal(mask(1), mask(2))


def test_no_dropout_draws_nothing():
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    features = torch.ones(3, 4)
    assert drop(features, dropout_mask((3, 4), 0.0, generator), 0.0) is features
    assert torch.equal(generator.get_state(), before)


def test_predictions_follow_the_order_asked_for(images, progress, recipe):
    model = progress(recipe()).model
    found = predict(model, images, VALIDATION)
    turned = predict(model, images, VALIDATION[::-1].copy())
    assert torch.allclose(found, turned.flip(0), atol=1e-6)


def test_predicting_in_several_batches_gives_the_same(images, progress, recipe, monkeypatch):
    model = progress(recipe()).model
    whole = predict(model, images, VALIDATION)
    monkeypatch.setattr("warmstart.training.inference.EVALUATION_BATCH", 4)
    assert torch.allclose(predict(model, images, VALIDATION), whole, atol=1e-6)
