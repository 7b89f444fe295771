"""The CBR family against the parameter counts and map sizes of the paper."""

import pytest
import torch
from torch import nn

from warmstart.errors import ConfigError
from warmstart.models import cbr
from warmstart.models.architectures import build_network, skeleton
from warmstart.models.cbr import CBR, PLANS, smallest_size

NAMES = tuple(PLANS)
every = pytest.mark.parametrize("network", cbr.names())


def count(tensors):
    return sum(tensor.numel() for tensor in tensors)


def convolutions(model):
    return [m.weight for m in model.modules() if isinstance(m, nn.Conv2d)]


def trainable(network):
    return count(CBR(PLANS[network], 5).parameters())


@pytest.mark.parametrize(
    ("network", "whole", "kernels"),
    [
        ("cbr_larget", 8_539_173, 8_534_624),
        ("cbr_largew", 8_443_461, 8_438_976),
        ("cbr_small", 2_114_341, 2_112_096),
        ("cbr_tiny", 1_079_845, 1_077_600),
        ("cbr_tiny_text", 4_310_085, 4_305_600),
    ],
)
def test_parameters_for_five_outputs(network, whole, kernels):
    assert trainable(network) == whole
    assert count(convolutions(skeleton(network))) == kernels


@pytest.mark.parametrize(
    ("network", "stated"),
    [
        ("cbr_larget", 8_532_480),
        ("cbr_largew", 8_432_128),
        ("cbr_small", 2_108_672),
        ("cbr_tiny", 1_076_480),
        ("cbr_tiny_text", 4_303_360),
    ],
)
def test_the_papers_table_leaves_out_the_first_convolution_norms_and_biases(network, stated):
    model = CBR(PLANS[network], 5)
    assert count(convolutions(model)[1:]) + model.fc.weight.numel() == stated


@pytest.mark.parametrize(
    ("network", "size", "sides"),
    [
        ("cbr_small", 224, [112, 56, 28, 14]),
        ("cbr_larget", 224, [112, 56, 28, 14, 14]),
        ("cbr_small", 587, [294, 147, 74, 37]),
        ("cbr_larget", 587, [294, 147, 74, 37, 37]),
        ("cbr_small_valid", 224, [108, 50, 21, 7]),
        ("cbr_larget_valid", 224, [108, 50, 21, 7, 1]),
        ("cbr_small_valid", 587, [290, 141, 67, 30]),
        ("cbr_larget_valid", 587, [290, 141, 67, 30, 24]),
    ],
)
def test_maps_after_each_unit(network, size, sides):
    maps, found = torch.zeros(1, 3, size, size, device="meta"), []
    for unit in skeleton(network).units:
        maps = unit(maps)
        found.append(maps.shape[2])
        assert maps.shape[2] == maps.shape[3]
    assert found == sides


@pytest.mark.parametrize("network", NAMES)
@pytest.mark.parametrize("size", [28, 29])
def test_small_images_are_enough_with_padding(network, size):
    model = build_network(network, 3, seed=0)
    assert model(torch.zeros(2, 3, size, size)).shape == (2, 3)


@every
def test_the_smallest_size_works_and_a_smaller_one_is_refused(network):
    model = skeleton(network)
    smallest = model.smallest
    last = model.forward_features(torch.zeros(1, 3, smallest, smallest, device="meta"))
    assert last.shape[2:] == (1, 1)
    if network.endswith("_valid"):
        with pytest.raises(ConfigError) as raised:
            model(torch.zeros(1, 3, smallest, smallest - 1, device="meta"))
        assert str(raised.value) == (
            f"Images of {smallest} x {smallest - 1} px are too small for this CBR network without "
            f"padding, whose smallest size is {smallest} px."
        )


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_one_pixel_less_than_the_smallest_size_leaves_no_map(plan):
    size = smallest_size(plan, "valid") - 1
    model = skeleton(next(name for name in NAMES if PLANS[name] == plan) + "_valid")
    with pytest.raises(RuntimeError):
        model.units(torch.zeros(1, 3, size, size, device="meta"))


def test_kernels_are_glorot_uniform():
    for kernel in convolutions(build_network("cbr_tiny", 2, seed=3)):
        out, into, high, wide = kernel.shape
        bound = (6 / ((into + out) * high * wide)) ** 0.5
        assert kernel.abs().max() <= bound
        assert kernel.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)


def test_a_unit_is_convolution_norm_relu_and_pool():
    model = build_network("cbr_larget", 2, seed=0)
    units = [[type(part).__name__ for part in unit] for unit in model.units]
    whole = ["Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d"]
    assert units == [whole] * 4 + [whole[:3]]
    assert all(kernel.shape[2:] == (7, 7) for kernel in convolutions(model))


@every
def test_features_are_as_wide_as_the_network_says(network):
    model = skeleton(network)
    assert model.num_features == model.get_classifier().in_features
    assert model.num_classes == model.get_classifier().out_features
