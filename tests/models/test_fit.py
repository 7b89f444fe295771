"""Weights that fit a network, those that do not, and grey ones that are made to."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from refusals import ADVICE, NETWORK, refusal
from warmstart.models.architectures import build_network, linear_layer
from warmstart.models.pretrained import (
    load_backbone,
    spread_grey,
)
from warmstart.models.starts import parse_start
from warmstart.models.transforms import apply_transform
from warmstart.models.weights import tensors_digest


def without_stem(state):
    return {k: v for k, v in state.items() if k != "conv_stem.weight"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (without_stem, "conv_stem.weight is missing"),
        (lambda s: s | {"extra": torch.zeros(1)}, "extra is not part of this network"),
        (
            lambda s: s | {"bn1.bias": torch.zeros(7)},
            "bn1.bias has shape (7,), expected ({},)",
        ),
    ],
    ids=["missing", "left over", "another shape"],
)
def test_weights_that_do_not_fit_are_refused(state, resolve, tmp_path, change, problem):
    save_file(change(state), tmp_path / "net.safetensors")
    assert refusal(resolve, "file:net.safetensors") == (
        f"The weights 'file:net.safetensors' do not fit {NETWORK!r}: "
        f"{problem.format(len(state['bn1.bias']))}. {ADVICE}"
    )
    assert not (tmp_path / "cache").exists()


def zeros(**shapes):
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ("other", "first"),
    [
        (
            lambda: dict(build_network("cbr_tiny", 2, seed=0).state_dict()),
            "units.conv1.conv.weight of shape (32, 3, 5, 5)",
        ),
        (
            lambda: zeros(**{"module.conv1.weight": (64, 3, 7, 7), "module.bn1.bias": 64}),
            "module.conv1.weight of shape (64, 3, 7, 7)",
        ),
        (lambda: zeros(deep=(8, 1, 3, 3), stem=(16, 3, 3, 3)), "stem of shape (16, 3, 3, 3)"),
        (lambda: zeros(offset=4, hidden=(9, 4)), "hidden of shape (9, 4)"),
    ],
    ids=["cbr", "parallel", "stem not first by name", "no convolution"],
)
@pytest.mark.parametrize("spec", ["file:net.safetensors", "transfuse:file:net.safetensors@conv1"])
def test_of_another_architecture_both_first_layers_are_named(resolve, tmp_path, spec, other, first):
    save_file(other(), tmp_path / "net.safetensors")
    assert refusal(resolve, spec, "resnet18") == (
        "The weights 'file:net.safetensors' do not fit 'resnet18': bn1.bias is missing; the first "
        f"layer is {first}, expected conv1.weight of shape (64, 3, 7, 7). {ADVICE}"
    )


def test_of_a_prefix_only_its_stages_must_fit(state, resolve, tmp_path):
    stem = {name: value for name, value in state.items() if name.startswith(("conv_stem", "bn1"))}
    save_file(stem | {"extra": torch.zeros(1)}, tmp_path / "net.safetensors")
    weights = resolve("transfuse:file:net.safetensors@stem")
    assert load_file(weights.path(tmp_path / "cache")).keys() == {*stem, "extra"}
    model = build_network(NETWORK, 2, seed=0)
    start = parse_start("transfuse:file:net.safetensors@stem")
    taken = apply_transform(start, NETWORK, stem, random=model.state_dict(), seed=0)
    assert all(torch.equal(taken[name], state[name]) for name in stem)
    assert refusal(resolve, "transfuse:file:net.safetensors@block1") == (
        f"The weights 'file:net.safetensors' do not fit {NETWORK!r}: blocks.0.0.bn1.bias is "
        f"missing. {ADVICE}"
    )


def test_a_linear_layer_of_another_size_fits_and_is_left_out(state):
    model = build_network(NETWORK, 9, seed=1)
    load_backbone(model, state, what="three classes", network=NETWORK)
    assert linear_layer(model).weight.shape[0] == 9


def stating(folder, *, classes):
    """Say beside a file of weights how many classes they are of."""
    (folder / "preprocess.json").write_text(
        json.dumps({"classes": [f"c{k}" for k in range(classes)]})
    )


@pytest.mark.parametrize("spec", ["file:net.safetensors", "mean-var:file:net.safetensors"])
def test_weights_of_another_number_of_classes_than_stated_are_refused(
    state, resolve, tmp_path, spec
):
    save_file(state, tmp_path / "net.safetensors")
    stating(tmp_path, classes=2)
    width = state["classifier.weight"].shape[1]
    assert refusal(resolve, spec) == (
        "The weights 'file:net.safetensors' do not fit the 2 classes stated beside them: "
        f"classifier.weight has shape (3, {width}), expected (2, {width}). Keep model.safetensors "
        "and preprocess.json of one run together."
    )
    assert not (tmp_path / "cache").exists()
    stating(tmp_path, classes=3)
    assert resolve(spec).digest == tensors_digest(state)


def test_a_bias_of_another_number_of_classes_is_refused_too(state, resolve, tmp_path):
    save_file(state | {"classifier.bias": torch.zeros(2)}, tmp_path / "net.safetensors")
    stating(tmp_path, classes=3)
    assert refusal(resolve, "file:net.safetensors") == (
        "The weights 'file:net.safetensors' do not fit the 3 classes stated beside them: "
        "classifier.bias has shape (2,), expected (3,). Keep model.safetensors and "
        "preprocess.json of one run together."
    )


def test_classes_are_of_no_matter_where_no_linear_layer_is_read(state, resolve, tmp_path):
    stating(tmp_path, classes=2)
    save_file(state, tmp_path / "whole.safetensors")
    resolve("transfuse:file:whole.safetensors@block1")  # takes some stages and nothing else
    backbone = {name: v for name, v in state.items() if not name.startswith("classifier.")}
    save_file(backbone, tmp_path / "backbone.safetensors")
    resolve("file:backbone.safetensors")
    save_file(state, tmp_path / "net.safetensors")
    (tmp_path / "preprocess.json").unlink()
    resolve("file:net.safetensors")


def test_a_refused_file_leaves_the_network_as_it_was(state):
    model = build_network(NETWORK, 3, seed=1)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    refusal(lambda: load_backbone(model, without_stem(state), what="x", network=NETWORK))
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())


# Grey images.


def test_weights_for_grey_images_are_spread_over_three_colours(state, resolve, tmp_path):
    grey = state | {"conv_stem.weight": state["conv_stem.weight"][:, :1].clone()}
    save_file(grey, tmp_path / "net.safetensors")
    weights = resolve("file:net.safetensors")
    assert weights.origin == (
        "file net.safetensors; conv_stem.weight spread from 1 to 3 channels, a third each"
    )
    kept = load_file(weights.path(tmp_path / "cache"))
    image = torch.rand(2, 1, 9, 9, generator=torch.Generator().manual_seed(0))
    seen = torch.nn.functional.conv2d(image, grey["conv_stem.weight"])
    coloured = torch.nn.functional.conv2d(image.repeat(1, 3, 1, 1), kept["conv_stem.weight"])
    assert torch.allclose(seen, coloured, atol=1e-6)
    assert all(torch.equal(kept[k], grey[k]) for k in grey if k != "conv_stem.weight")


def test_weights_that_fit_are_not_spread(state):
    found, note = spread_grey(state, build_network(NETWORK, 2, seed=0))
    assert (found, note) == (state, "")


def test_any_other_number_of_channels_is_refused(state, resolve, tmp_path):
    kernel = state["conv_stem.weight"]
    save_file(state | {"conv_stem.weight": kernel[:, :2].clone()}, tmp_path / "net.safetensors")
    wanted, given = tuple(kernel.shape), (kernel.shape[0], 2, *kernel.shape[2:])
    assert refusal(resolve, "file:net.safetensors") == (
        f"The weights 'file:net.safetensors' do not fit {NETWORK!r}: conv_stem.weight has shape "
        f"{given}, expected {wanted}. {ADVICE}"
    )
