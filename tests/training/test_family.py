"""Each kind of network from each start once: two steps of two images."""

import json
import math

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file
from timm.models import _hub, get_pretrained_cfg

from every_network import KEY, OF_TIMM, SIZES, N, head, same
from warmstart.core.identity import seed_of
from warmstart.errors import ConfigError
from warmstart.models import timm_family
from warmstart.models.architectures import build_network
from warmstart.models.image_sizes import check_image_size
from warmstart.models.pretrained import load_backbone
from warmstart.models.roles import roles
from warmstart.models.stages import stages
from warmstart.models.starts import parse_start
from warmstart.models.weights import LITE0, lite0_file, resolve_weights
from warmstart.training import run
from warmstart.training.recipe import Recipe
from warmstart.training.training import Training

IDENTITY = {"norm_scale": 1, "norm_shift": 0, "norm_mean": 0, "norm_var": 1}


@pytest.fixture(scope="module")
def given(network, place):
    """Weights of three classes that no initialiser draws, which lie beside the images."""
    state = build_network(network, 3, seed=5).state_dict()
    save_file(unlike_any_initialiser(state), place / "net.safetensors")
    return load_file(place / "net.safetensors")


def unlike_any_initialiser(state):
    generator = torch.Generator().manual_seed(1)
    return {
        name: value + 0.05 * torch.rand(value.shape, generator=generator)
        if value.is_floating_point()
        else value + 7
        for name, value in state.items()
    }


@pytest.fixture(scope="module")
def random(network):
    """What the run of this key draws."""
    return build_network(network, 2, seed=seed_of(KEY, "weights")).state_dict()


@pytest.fixture(scope="module")
def made_here(network, place):
    """The folder of a pretraining on three classes."""
    folder = place / "pretrained"
    folder.mkdir()
    asked = training(network, place, labels=np.arange(N) % 3, classes=tuple("abc"), key="0")
    run.run_training(asked, folder, partial=place / "partial", on_epoch=lambda *_: None)
    return folder


@pytest.fixture
def trained(network, place, tmp_path, monkeypatch):
    """Call with a start and its weights; returns what a run began with, after it has ended."""

    def call(start, weights):
        began = {}
        real = run.starting_network

        def noted(asked):
            model = real(asked)
            began.update({name: value.clone() for name, value in model.state_dict().items()})
            return model

        monkeypatch.setattr(run, "starting_network", noted)
        asked = training(network, place, start=start, weights=weights)
        run.run_training(asked, tmp_path, partial=tmp_path / "p", on_epoch=lambda *_: None)
        history = pd.read_parquet(tmp_path / "history.parquet")
        assert np.isfinite(history["train_loss"]).all()
        scores = pd.read_parquet(tmp_path / "predictions.parquet").filter(like="score_")
        assert np.isfinite(scores).all(axis=None)
        ended = load_file(tmp_path / "model.safetensors")
        assert {k: v.shape for k, v in ended.items()} == {k: v.shape for k, v in began.items()}
        for holds in (stages(network)[0].holds, lambda name: name in head(network, ended)):
            assert any(not torch.equal(ended[n], began[n]) for n in ended if holds(n))
        return began

    return call


def training(network, place, **changes):
    settings = {
        "key": KEY,
        "kind": "finetune",
        "network": network,
        "recipe": Recipe(epochs=1, batch_size=2, image_size=SIZES[network], learning_rate=1e-3),
        "head_only": False,
        "images": place / "pixels.npy",
        "rows": np.arange(N),
        "paths": np.array([f"{i}.png" for i in range(N)]),
        "groups": np.array([str(i) for i in range(N)]),
        "labels": np.arange(N) % 2,
        "classes": ("no", "yes"),
        "parts": {"train": np.arange(4), "validation": np.arange(0), "test": np.arange(4, N)},
        "weights": None,
        "normalisation": None,
        "threads": 1,
        "device": "cpu",
    }
    return Training(**(settings | changes))


def copied(network, found, given, random):
    assert same(found, {**random, **given}) >= found.keys() - head(network, found)


def drawn_from_mean_and_variance(network, found, given, random):
    for name, role in roles(network).items():
        if role in IDENTITY:
            assert (found[name] == IDENTITY[role]).all(), name
        elif role == "weight":
            assert_moments(found[name], given[name], name)


def drawn_from_its_entries(network, found, given, random):
    for name, role in roles(network).items():
        if role == "weight":
            assert_moments(found[name], given[name], name)
            if found[name].numel() < 50_000:
                assert torch.isin(found[name], given[name]).all(), name


def assert_moments(found, given, name):
    """Mean and variance, within six standard errors of those of the given entries."""
    n, old, new = given.numel(), given.double(), found.double()
    variance = old.var(correction=0).item()
    fourth = (old - old.mean()).pow(4).mean().item()
    of_variance = math.sqrt(max(fourth - variance**2, 2 * variance**2) / n)
    assert abs(new.mean() - old.mean()).item() <= 6 * math.sqrt(variance / n) + 1e-9, name
    assert abs(new.var(correction=0).item() - variance) <= 6 * of_variance + variance / n, name
    assert n < 32 or not torch.equal(found, given), name


def put_in_another_order(network, found, given, random):
    for name, role in roles(network).items():
        if role == "weight":
            old, new = given[name].double().flatten(), found[name].double().flatten()
            for power in (1, 2, 3):  # sums over the same entries
                torch.testing.assert_close(new.pow(power).sum(), old.pow(power).sum())
            if len(old) < 50_000:
                assert torch.equal(new.sort().values, old.sort().values), name
            assert len(old) < 32 or not torch.equal(new, old), name


def copied_up_to_the_second_stage(network, found, given, random):
    prefix = stages(network)[:2]
    for name in found.keys() - head(network, found):
        taken = any(stage.holds(name) for stage in prefix)
        assert torch.equal(found[name], (given if taken else random)[name]), name
        assert not torch.equal(given[name], random[name]), name


def filters_in_the_first_layer(network, found, given, random):
    (first,) = found.keys() - same(found, random)
    assert stages(network)[0].holds(first)
    assert found[first].ndim == 4


STARTS = {
    "file:net.safetensors": copied,
    "mean-var:file:net.safetensors": drawn_from_mean_and_variance,
    "sampled:file:net.safetensors": drawn_from_its_entries,
    "shuffled:file:net.safetensors": put_in_another_order,
    "transfuse:file:net.safetensors@SECOND": copied_up_to_the_second_stage,
    "gabor:file:net.safetensors": filters_in_the_first_layer,
}


@pytest.mark.parametrize("spec", STARTS)
def test_a_start_is_what_it_says_tensor_by_tensor(network, place, given, random, trained, spec):
    start = spec.replace("SECOND", stages(network)[1].name)
    cache = place / "cache"
    weights = resolve_weights(parse_start(start), network, cache=cache, root=place)
    found = trained(start, weights.path(cache))
    assert same(found, random) >= head(network, found)  # always new
    STARTS[spec](network, found, given, random)


def test_a_random_start_is_that_of_its_key(trained, random):
    found = trained("random", None)
    assert same(found, random) == random.keys()


def test_a_start_made_here_is_the_end_of_the_pretraining(network, trained, made_here, random):
    file = made_here / "model.safetensors"
    copied(network, trained("dataset:photos", file), load_file(file), random)


def test_a_published_start_is_what_was_published(
    network, place, given, random, trained, monkeypatch
):
    if network not in OF_TIMM:
        pytest.skip("published nowhere; what a slim network takes of a wide one: test_slim.py")
    real = timm_family.build

    def download(name, outputs, *, pretrained_tag=None, **others):
        model = real(name, outputs, **others)
        if pretrained_tag is not None:
            load_backbone(model, given, what="published", network=name)
        return model

    monkeypatch.setattr(timm_family, "build", download)
    tag = timm_family.tags(network)[0]  # named, so that weights of a package are passed over
    cache = place / "published"
    weights = resolve_weights(parse_start(f"timm:{tag}"), network, cache=cache, root=place)
    copied(network, trained("timm", weights.path(cache)), given, random)


def test_a_start_from_the_hub_is_what_lies_there(
    network, place, given, random, trained, monkeypatch
):
    if network not in OF_TIMM:
        pytest.skip("the hub holds networks in timm's format")
    config = get_pretrained_cfg(network)
    about = {"mean": [0.5] * 3, "std": [0.25] * 3, "input_size": config.input_size}
    about |= {"first_conv": config.first_conv, "classifier": config.classifier}
    told = {"architecture": network, "num_classes": 3, "pretrained_cfg": about}
    repository = place / "repository"
    repository.mkdir()
    (repository / "config.json").write_text(json.dumps(told))
    (repository / "model.safetensors").symlink_to(place / "net.safetensors")

    def download(repo_id, filename, **_):
        return str(repository / filename)

    monkeypatch.setattr(_hub, "hf_hub_download", download)
    cache = place / "hub"
    start = parse_start("hf:somebody/net")
    weights = resolve_weights(start, network, cache=cache, root=place)
    copied(network, trained(str(start), weights.path(cache)), given, random)


def test_the_packaged_weights_start_a_training(place, network, random, trained):
    if network != LITE0 or lite0_file() is None:
        pytest.skip(f"weights come in a package for {LITE0} only")
    cache = place / "packaged"
    file = resolve_weights(parse_start("timm"), network, cache=cache, root=place).path(cache)
    copied(network, trained("timm", file), load_file(file), random)


def test_inception_below_its_smallest_size_is_refused():
    with pytest.raises(ConfigError) as raised:
        check_image_size("inception_v3", 74)
    assert str(raised.value) == (
        "image_size = 74 is too small for the network 'inception_v3', whose smallest size is 75 px."
    )
