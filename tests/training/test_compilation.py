import importlib.util

import pytest
import torch

from warmstart.models.architectures import build_network, pooled_features
from warmstart.training import compilation
from warmstart.training.compilation import PAYS_FROM, compiling_pays, features_for

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def triton(monkeypatch):
    def there(is_there):
        found = object() if is_there else None
        monkeypatch.setattr(importlib.util, "find_spec", lambda _name: found)

    there(True)
    return there


@pytest.mark.parametrize(
    ("steps", "device", "has_triton", "pays"),
    [
        (PAYS_FROM, GPU, True, True),
        (PAYS_FROM - 1, GPU, True, False),
        (PAYS_FROM, GPU, False, False),
        (10 * PAYS_FROM, CPU, True, False),
    ],
)
def test_compiling_pays_in_long_trainings_on_a_gpu(triton, steps, device, has_triton, pays):
    triton(has_triton)
    assert compiling_pays(steps, device) == pays
    assert features_for(steps, CPU, alone=True) is pooled_features


def test_a_process_of_a_group_does_not_compile(triton):
    assert features_for(PAYS_FROM, GPU, alone=False) is pooled_features


def test_compiled_features_and_their_gradient_are_the_ordinary_ones(triton, monkeypatch):
    """Through the tracing of torch.compile, without a compiler behind it."""
    real = torch.compile
    monkeypatch.setattr(
        compilation.torch, "compile", lambda f, **options: real(f, backend="aot_eager", **options)
    )
    monkeypatch.setattr(torch._dynamo.config, "suppress_errors", False)
    compiled = features_for(PAYS_FROM, GPU, alone=True)
    assert compiled is not pooled_features
    monkeypatch.setattr(torch._dynamo.config, "suppress_errors", False)
    images = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    found = []
    for features in (pooled_features, compiled):
        model = build_network("cbr_tiny", 2, seed=0).train()
        rows = features(model, images)
        rows.square().sum().backward()
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        found.append([rows.detach(), *gradients, *model.buffers()])
    for ordinary, traced in zip(*found, strict=True):
        torch.testing.assert_close(traced, ordinary, rtol=1e-4, atol=1e-6)
