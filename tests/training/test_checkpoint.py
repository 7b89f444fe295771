"""What an interrupted training kept continues that training, and no other."""

import pytest
import torch

from warmstart.errors import WeightsError
from warmstart.models.architectures import build_network
from warmstart.training import checkpoint
from warmstart.training.loop import Progress, make_optimizer


@pytest.fixture
def kept(progress, recipe, tmp_path):
    """Call with what differs from a training that is under way; keeps it."""

    def call(folder=tmp_path, **changes):
        outputs = changes.pop("outputs", 2)
        checkpoint.keep(progress(recipe(**changes), outputs=outputs), folder)

    return call


def refusal(going, folder):
    before = {name: value.clone() for name, value in going.model.state_dict().items()}
    with pytest.raises(WeightsError) as raised:
        checkpoint.restore(going, folder)
    after = going.model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    return str(raised.value)


def message(folder, name, there, here):
    return (
        f"{folder / 'progress.safetensors'} was kept by a training of another network, number of "
        f"classes or version: {name} has {there} there, {here} in this run. Delete {folder} to "
        "begin this run anew, or go on with the versions that began it."
    )


def fill(optimizer):
    """Give an optimiser the tensors it has after its first step."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
    optimizer.step()


def test_another_number_of_classes_is_refused_with_both_shapes(progress, recipe, kept, tmp_path):
    kept(outputs=5)
    found = refusal(progress(recipe()), tmp_path)
    width = build_network("test_efficientnet", 2, seed=0).classifier.in_features
    name = "model.classifier.weight"
    assert found == message(tmp_path, name, f"shape (5, {width})", f"shape (2, {width})")


def test_another_network_is_refused_by_the_first_tensor_it_lacks(progress, recipe, kept, tmp_path):
    kept()
    model = build_network("cbr_tiny", 2, seed=0)
    other = Progress(model=model, optimizer=make_optimizer(model, recipe(), head_only=False))
    name, value = next(iter(model.state_dict().items()))
    found = refusal(other, tmp_path)
    assert found == message(tmp_path, f"model.{name}", "no tensor", f"shape {tuple(value.shape)}")


def test_a_tensor_that_the_network_does_not_have_is_refused(progress, recipe, tmp_path):
    going = progress(recipe())
    going.model.register_buffer("more", torch.zeros(3, 4))
    fill(going.optimizer)
    checkpoint.keep(going, tmp_path)
    found = refusal(progress(recipe()), tmp_path)
    assert found == message(tmp_path, "model.more", "shape (3, 4)", "no tensor")


def test_another_optimiser_is_refused(progress, recipe, tmp_path):
    going = progress(recipe(optimizer="adam"))
    fill(going.optimizer)
    checkpoint.keep(going, tmp_path)
    found = refusal(progress(recipe(optimizer="sgd")), tmp_path)
    parameter = next(going.model.parameters())
    name, shape = "optimizer.0.momentum_buffer", f"shape {tuple(parameter.shape)}"
    assert found == message(tmp_path, name, "no tensor", shape)
