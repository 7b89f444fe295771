"""Weights of a small network, and what reads them."""

import pytest

from refusals import NETWORK
from warmstart.models.architectures import build_network
from warmstart.models.starts import parse_start
from warmstart.models.weights import resolve_weights


@pytest.fixture
def state():
    return dict(build_network(NETWORK, 3, seed=5).state_dict())


@pytest.fixture
def resolve(tmp_path):
    def call(spec, network=NETWORK):
        return resolve_weights(parse_start(spec), network, cache=tmp_path / "cache", root=tmp_path)

    return call
