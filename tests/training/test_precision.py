"""Gradients in bfloat16 on a CPU are those of the mathematics, also where maps are tiny."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from warmstart.training.precision import computing_in

CPU = torch.device("cpu")
CHANNELS = 16


def gradients(layer, maps):
    """Of weights and maps, after memory was freed that holds NaN."""
    maps = maps.clone().requires_grad_()
    layer.weight.grad = None
    spoilt = [torch.full((layer.weight.numel() * many,), torch.nan) for many in (1, 2, 1, 1)]
    del spoilt
    with computing_in("bfloat16", CPU):
        layer(maps).float().square().sum().backward()
    return layer.weight.grad, maps.grad


@pytest.mark.parametrize(
    ("kernel", "stride", "size"),
    [
        (3, 2, (1, 1)),
        (5, 2, (1, 1)),
        (7, 2, (1, 1)),
        (3, 4, (3, 3)),
        (3, 4, (1, 3)),
        (3, 1, (1, 1)),
    ],
)
def test_weights_that_see_nothing_but_padding_have_no_gradient(kernel, stride, size):
    torch.manual_seed(0)
    layer = nn.Conv2d(CHANNELS, CHANNELS, kernel, stride, kernel // 2)
    maps = torch.randn(2, CHANNELS, *size)
    found = gradients(layer, maps)
    exact = maps.clone().requires_grad_()
    layer.weight.grad = None
    layer(exact).square().sum().backward()  # in float32
    unseen = layer.weight.grad == 0
    assert unseen.any()
    assert (found[0][unseen] == 0).all()
    for lower, full in zip(found, (layer.weight.grad, exact.grad), strict=True):
        assert torch.allclose(lower, full, rtol=0.05, atol=0.05 * full.abs().max().item())


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 8, 3, 2, (1, 0)),
        nn.Conv2d(4, 8, (1, 3), (2, 1), (0, 1), bias=False),
        nn.Conv2d(4, 4, 3, 2, 2, dilation=2, groups=4),
        nn.Conv2d(4, 8, 3, padding="same"),
        nn.Conv2d(4, 8, 3, 2, 1, padding_mode="reflect"),
    ],
    ids=["one side", "rectangle", "dilated", "same", "reflected"],
)
@pytest.mark.parametrize("size", [3, 8])
def test_what_a_convolution_gives_is_what_pytorch_gives(layer, size):
    maps = torch.randn(2, 4, size, size, generator=torch.Generator().manual_seed(0))
    with computing_in("bfloat16", CPU):
        found = layer(maps)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        exact = layer(maps)
    assert found.dtype == exact.dtype == torch.bfloat16
    assert torch.allclose(found.float(), exact.float(), rtol=0.02, atol=0.02)


def test_in_float32_nothing_is_done():
    layer = nn.Conv2d(4, 4, 3, 2, 1)
    maps = torch.randn(2, 4, 1, 1)
    with computing_in("float32", CPU):
        assert torch.equal(layer(maps), torch.conv2d(maps, layer.weight, layer.bias, 2, 1))


def test_a_convolution_may_be_called_as_pytorch_allows():
    maps, weight = torch.randn(CHANNELS, 5, 5), torch.randn(4, CHANNELS, 3, 3)
    with computing_in("bfloat16", CPU):
        named = functional.conv2d(input=maps[None], weight=weight, padding=1)
        single = functional.conv2d(maps, weight, padding=1)
    expected = functional.conv2d(maps[None], weight, padding=1)
    assert torch.allclose(named.float(), expected, rtol=0.1, atol=0.5)
    assert torch.equal(single, named[0])
