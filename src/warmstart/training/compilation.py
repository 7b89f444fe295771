"""Whether a network is compiled for its training."""

import importlib.util

import torch

from warmstart.models.architectures import pooled_features
from warmstart.training.step import Features

PAYS_FROM = 20_000
"""Steps from which compiling is taken to pay: an assumption, of a minute and 3 ms a step.

``benchmarks/gpu.py`` measures both, which nobody has done on a GPU yet.
"""


def features_for(steps: int, device: torch.device, *, alone: bool) -> Features:
    """Return what computes the pooled features in a training of so many steps, maybe compiled.

    Compiled on a GPU only, from `PAYS_FROM` steps, where Triton is installed, and by a process
    that is alone: a batch norm that talks to other devices cuts the network into pieces.
    """
    if not (alone and compiling_pays(steps, device)):
        return pooled_features
    torch._dynamo.config.suppress_errors = True  # what cannot be compiled runs as it is
    compiled: Features = torch.compile(pooled_features, dynamic=False)
    return compiled


def compiling_pays(steps: int, device: torch.device) -> bool:
    """Whether a training of so many steps on this device is long enough, and Triton is there."""
    has_triton = importlib.util.find_spec("triton") is not None
    return device.type == "cuda" and has_triton and steps >= PAYS_FROM
