"""The gradient of a batch: in parts, in less memory, in other numbers."""

import math

import numpy as np
import pytest
import torch

from warmstart.errors import RunError
from warmstart.training.batch_norm import naming_single_values
from warmstart.training.inference import predict
from warmstart.training.loop import learning_mode, train
from warmstart.training.loss import make_loss
from warmstart.training.precision import computing_in, numbers_for
from warmstart.training.step import Gradient, silent

CPU, GPU = torch.device("cpu"), torch.device("cuda")
NAN = math.nan
KINDS = {
    "classes": torch.tensor([0, 1, 1, 2, 0, 0, 0]),
    "labels": torch.tensor(
        [[1, 0, NAN], [NAN, NAN, NAN], [NAN, 0, 1], [0, NAN, NAN], [1, 1, 0], [0, 0, 0], [1, 0, 1]]
    ),
}
every_kind = pytest.mark.parametrize("labels", KINDS.values(), ids=KINDS)


@pytest.fixture
def inputs():
    drawn = torch.randn(7, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    return drawn.contiguous(memory_format=torch.channels_last)


@pytest.fixture
def gradient(progress, recipe, inputs):
    """Call with labels, parts and what differs in the recipe: loss, gradients, parts at the end."""

    def call(labels, parts, *, breaks=None, say=silent, **changes):
        chosen = recipe(**changes)
        going = progress(chosen, outputs=3)
        learning_mode(going.model, [], head_only=True)
        going.parts = parts
        if breaks is not None:
            going.model.forward_features = broken(going.model.forward_features, breaks)
        loss = make_loss(
            labels,
            3,
            balanced=chosen.class_weights != "none",
            per_image=chosen.class_weights == "balanced_per_image",
            smoothing=chosen.label_smoothing,
        )
        numbers = numbers_for(chosen.precision, CPU)
        step = Gradient(progress=going, loss=loss, dropout=chosen.dropout, numbers=numbers, say=say)
        found = step.of(inputs, labels, torch.Generator().manual_seed(1))
        return found, {n: p.grad for n, p in going.model.named_parameters()}, going.parts

    return call


def broken(forward, limit):
    """A network that has memory for so many images."""

    def call(images):
        if len(images) > limit:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
        return forward(images)

    return call


def assert_close(first, second, rtol=2e-4):
    torch.testing.assert_close(first[0], second[0], rtol=rtol, atol=1e-6)
    for name, found in first[1].items():
        scale = second[1][name].abs().max().item()
        torch.testing.assert_close(found, second[1][name], rtol=rtol, atol=rtol * scale + 1e-8)


@every_kind
@pytest.mark.parametrize("parts", [2, 3, 7, 50])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"class_weights": "none"},
        {"label_smoothing": 0.2},
        {"class_weights": "balanced_per_image"},
    ],
    ids=["balanced", "plain", "smoothed", "per image"],
)
def test_the_gradient_in_parts_is_that_of_the_batch(gradient, labels, parts, changes):
    """Parts are of unequal size, one has no known label at all, and dropout draws the same."""
    assert_close(gradient(labels, parts, **changes), gradient(labels, 1, **changes))


def test_a_training_in_parts_is_the_same_but_for_rounding(
    batches, bright_or_dark, recipe, progress
):
    def trained(parts):
        chosen = recipe(
            accumulate=parts, freeze_batch_norm=True, optimizer="sgd", learning_rate=1e-3
        )
        going = progress(chosen)
        train(
            going,
            batches(*bright_or_dark),
            chosen,
            key="run",
            train=np.arange(30),
            validation=np.arange(30, 48),
            head_only=False,
            after_epoch=lambda _: None,
        )
        return [(epoch.train_loss, epoch.validation_loss) for epoch in going.history]

    np.testing.assert_allclose(trained(5), trained(1), rtol=1e-4)


# Too little memory.


@every_kind
@pytest.mark.parametrize(("limit", "parts"), [(7, 1), (6, 2), (3, 4), (1, 8)])
def test_out_of_memory_takes_smaller_parts_and_gives_the_same_gradient(
    gradient, labels, limit, parts
):
    told = []
    found = gradient(labels, 1, breaks=limit, say=told.append)
    assert_close(found, gradient(labels, 1))
    assert found[2] == parts
    assert told == [
        f"The device ran out of memory with {images} images at a time; from here on each batch is "
        f"taken in {smaller} parts."
        for images, smaller in ((7, 2), (4, 4), (2, 8))
        if smaller <= parts
    ]


def test_in_a_group_out_of_memory_ends_the_run_because_others_may_wait(progress, recipe, inputs):
    class Pair:
        rank, size = 0, 2

    going = progress(recipe(), outputs=3)
    going.parts = 2
    going.model.forward_features = broken(going.model.forward_features, 1)
    loss = make_loss(KINDS["classes"], 3, balanced=False)
    gradient = Gradient(progress=going, loss=loss, dropout=0.0, numbers="float32", group=Pair())
    with pytest.raises(RunError) as raised:
        gradient.of(inputs[:3], KINDS["classes"], torch.Generator())
    assert str(raised.value) == (
        "One of 2 devices ran out of memory with 2 images at a time; raise accumulate (now 2), or "
        "use --devices 1 --retry-failed, which takes smaller parts by itself."
    )


def test_an_image_that_does_not_fit_alone_ends_the_run(gradient):
    with pytest.raises(RunError) as raised:
        gradient(KINDS["classes"], 1, breaks=0)
    assert str(raised.value) == (
        "The device ran out of memory with one image at a time; lower image_size or take a "
        "smaller network."
    )


def test_a_training_goes_on_in_parts_that_fit(batches, bright_or_dark, recipe, progress):
    chosen = recipe(epochs=2, batch_size=10)
    going = progress(chosen)
    sizes = []
    forward = broken(going.model.forward_features, 4)

    def seen(images):
        sizes.append(len(images))
        return forward(images)

    going.model.forward_features = seen
    data = batches(*bright_or_dark)
    parts = {"train": np.arange(30), "validation": np.arange(30, 48)}
    train(
        going,
        data,
        chosen,
        key="run",
        head_only=False,
        after_epoch=lambda _: sizes.clear(),
        **parts,
    )
    assert going.parts == 4
    assert [epoch.epoch for epoch in going.history] == [1, 2]
    assert all(math.isfinite(epoch.validation_loss) for epoch in going.history)


# Batch norm with a single value per channel.


@pytest.fixture
def shrunk(batches, bright_or_dark, recipe, progress):
    """Call with what differs in the recipe: train where every map shrinks to one pixel."""

    def call(images, *, breaks=None, **changes):
        chosen = recipe(**changes)
        going = progress(chosen)
        forward = going.model.forward_features
        if breaks is not None:
            forward = broken(forward, breaks)
        going.model.forward_features = lambda seen: forward(seen[:, :, :1, :1].expand(-1, -1, 2, 2))
        train(
            going,
            batches(*bright_or_dark),
            chosen,
            key="run",
            train=np.arange(images),
            validation=np.arange(30, 48),
            head_only=False,
            after_epoch=lambda _: None,
        )

    return call


ONE_PIXEL = "Batch norm cannot learn from a single image whose map has shrunk to one pixel"
CURES = {
    "a small last batch": (
        {"images": 3, "batch_size": 2},
        "(a batch of 1 image); raise image_size or batch_size, or set freeze_batch_norm = true.",
    ),
    "single images": (
        {"images": 3, "batch_size": 1},
        "(a batch of 1 image); raise image_size or batch_size, or set freeze_batch_norm = true.",
    ),
    "many parts": (
        {"images": 10, "batch_size": 5, "accumulate": 5},
        "(a batch of 5 images is taken in 5 parts); raise image_size or batch_size, lower "
        "accumulate, or set freeze_batch_norm = true.",
    ),
    "too little memory": (
        {"images": 8, "batch_size": 4, "breaks": 1},
        "(a batch of 4 images is taken in 4 parts for want of memory); take a smaller network, or "
        "set freeze_batch_norm = true.",
    ),
}


@pytest.mark.parametrize(("changes", "text"), CURES.values(), ids=CURES)
def test_a_batch_norm_with_a_single_value_ends_the_run_in_one_line(shrunk, changes, text):
    with pytest.raises(RunError) as raised:
        shrunk(**changes)
    assert str(raised.value) == f"{ONE_PIXEL} {text}"


def test_two_images_or_a_frozen_batch_norm_are_enough(shrunk):
    shrunk(4, batch_size=2)
    shrunk(3, batch_size=2, freeze_batch_norm=True)


def test_any_other_value_error_is_left_as_it_is():
    with (
        pytest.raises(ValueError, match=r"^something else$"),
        naming_single_values(2, 1, accumulate=1),
    ):
        raise ValueError("something else")


def test_predictions_are_made_in_halves_where_memory_is_short(
    batches, bright_or_dark, recipe, progress
):
    model = progress(recipe()).model
    positions = np.arange(40)
    whole = predict(model, batches(*bright_or_dark), positions)
    model.forward_features = broken(model.forward_features, 6)
    found = predict(model, batches(*bright_or_dark), positions)
    torch.testing.assert_close(found, whole, rtol=0, atol=1e-5)
    model.forward_features = broken(model.forward_features, 0)
    with pytest.raises(RunError, match=r"^The device ran out of memory with one image at a time;"):
        predict(model, batches(*bright_or_dark), positions)


# Other numbers.


@pytest.mark.parametrize(
    ("precision", "device", "has", "expected"),
    [
        ("float32", GPU, True, "float32"),
        ("bfloat16", CPU, False, "bfloat16"),
        ("bfloat16", GPU, True, "bfloat16"),
        ("auto", CPU, True, "float32"),
        ("auto", GPU, True, "bfloat16"),
        ("auto", GPU, False, "float32"),
    ],
)
def test_auto_is_bfloat16_on_a_gpu_that_has_it(monkeypatch, precision, device, has, expected):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: has)
    assert numbers_for(precision, device) == expected


def test_float32_is_left_alone():
    with computing_in("float32", CPU):
        assert not torch.is_autocast_enabled("cpu")
    with computing_in("bfloat16", CPU):
        assert torch.get_autocast_dtype("cpu") == torch.bfloat16
        assert torch.is_autocast_enabled("cpu")


@every_kind
def test_bfloat16_gives_nearly_the_same_gradient_in_float32(gradient, labels):
    found, exact = gradient(labels, 1, precision="bfloat16"), gradient(labels, 1)
    assert found[0].item() == pytest.approx(exact[0].item(), rel=0.05)
    assert found[0].dtype == torch.float32
    name = "classifier.weight"
    assert found[1][name].dtype == torch.float32
    cosine = torch.cosine_similarity(found[1][name].flatten(), exact[1][name].flatten(), dim=0)
    assert cosine > 0.99
    assert not torch.equal(found[1][name], exact[1][name])
