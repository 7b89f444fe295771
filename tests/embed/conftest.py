import numpy as np
import pytest
import torch

from warmstart.embed.probe import make_probe
from warmstart.models.architectures import build_network


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def probe_of():
    """Makes a probe of a network with drawn weights, also of its normalisation layers."""

    def make(network, outputs=4):
        model = build_network(network, outputs, seed=0)
        draw = torch.Generator().manual_seed(1)
        tensors = {
            name: value + 0.1 * torch.rand(value.shape, generator=draw)
            if value.is_floating_point() and value.ndim == 1
            else value
            for name, value in model.state_dict().items()
        }
        return make_probe(network, tensors, mean=(0.5,) * 3, std=(0.25,) * 3)

    return make
