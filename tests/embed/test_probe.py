import pytest
import torch

from warmstart.embed.probe import make_probe
from warmstart.errors import WeightsError
from warmstart.models.architectures import build_network


@pytest.fixture
def state():
    return build_network("resnet18", 3, seed=0).state_dict()


def refusal(tensors):
    with pytest.raises(WeightsError) as caught:
        make_probe("resnet18", tensors, mean=(0.5,) * 3, std=(0.5,) * 3)
    return str(caught.value)


def test_the_linear_layer_is_the_one_of_the_weights(state):
    layer = make_probe("resnet18", state, mean=(0.5,) * 3, std=(0.5,) * 3).model.get_classifier()
    assert torch.equal(layer.weight, state["fc.weight"])
    assert torch.equal(layer.bias, state["fc.bias"])


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [("fc.weight", (3, 100), (3, 512)), ("fc.bias", (4,), (3,))],
    ids=["of another network", "of two numbers of classes"],
)
def test_a_linear_layer_that_does_not_fit_is_refused_with_both_shapes(state, name, shape, expected):
    assert refusal(state | {name: torch.zeros(shape)}) == (
        f"The weights 'probe' do not fit 'resnet18': {name} has shape {shape}, expected "
        f"{expected}. Name the network they were trained with."
    )


def test_half_a_linear_layer_is_refused(state):
    del state["fc.bias"]
    assert refusal(state) == (
        "The weights 'probe' do not fit 'resnet18': fc.bias is missing. Name the network they were "
        "trained with."
    )
