"""Every family of networks, through a few of its small members of different kinds."""

import pytest
import torch
from safetensors.torch import load_file

from warmstart.errors import ConfigError, UnknownNameError
from warmstart.models import cbr, slim, timm_family
from warmstart.models.architectures import (
    FAMILIES,
    HEAD_STD,
    build_network,
    family_of,
    linear_layer,
    linear_name,
    opening_lines,
    pooled_features,
    skeleton,
)
from warmstart.models.weights import keep_tensors

OUTPUTS, SIZE = 5, 32
SMALL = {
    "timm": ("test_resnet", "test_efficientnet", "test_convnext", "test_vit"),
    "CBR": ("cbr_tiny", "cbr_larget"),
    "slim": ("resnet50_slim",),
}
small = pytest.mark.parametrize(
    "network", [pytest.param(n, id=n) for family in FAMILIES for n in SMALL[family.name]]
)


@pytest.fixture(scope="module")
def images():
    return torch.rand(3, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))


def outputs(model, images):
    with torch.no_grad():
        return linear_layer(model)(pooled_features(model, images))


def weights_equal(first, second):
    one, other = first.state_dict(), second.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_knows_its_names_and_their_normalisation(family):
    names = family.names()
    assert len(set(names)) == len(names) > 0
    assert set(SMALL[family.name]) <= set(names)
    mean, std = family.normalisation(SMALL[family.name][0])
    assert len(mean) == len(std) == 3
    assert all(0 <= m <= 1 for m in mean)
    assert all(0 < s <= 1 for s in std)
    assert family_of(names[0]) is family


@small
def test_features_are_pooled_to_a_row_per_image_and_outputs_follow(network, images):
    model = build_network(network, OUTPUTS, seed=0).eval()
    with torch.no_grad():
        features = pooled_features(model, images)
    assert features.shape == (len(images), linear_layer(model).in_features)
    assert outputs(model, images).shape == (len(images), OUTPUTS)
    assert torch.isfinite(features).all()


@small
def test_pooled_features_and_linear_layer_are_the_whole_network(network, images):
    model = build_network(network, OUTPUTS, seed=0).eval()
    with torch.no_grad():
        assert torch.allclose(outputs(model, images), model(images), atol=1e-6)


@small
def test_a_stored_network_gives_identical_outputs(network, images, tmp_path):
    model = build_network(network, OUTPUTS, seed=0).eval()
    model = model.to(memory_format=torch.channels_last)
    keep_tensors(model.state_dict(), tmp_path / "model.safetensors")
    other = build_network(network, OUTPUTS, seed=1).eval().to(memory_format=torch.channels_last)
    other.load_state_dict(load_file(tmp_path / "model.safetensors"))
    assert weights_equal(model, other)
    assert torch.equal(outputs(model, images), outputs(other, images))


@small
def test_four_lines_open_a_stored_network(network, tmp_path):
    model = build_network(network, OUTPUTS, seed=0)
    keep_tensors(model.state_dict(), tmp_path / "net.safetensors")
    lines = opening_lines(network, OUTPUTS, file=str(tmp_path / "net.safetensors"))
    assert len([line for line in lines.splitlines() if line]) == 4
    assert ("warmstart" in lines) == (family_of(network).name == "CBR")
    found = {}
    exec(lines, found)
    assert weights_equal(found["model"], model)


def test_a_fixed_vision_transformer_is_opened_for_every_image_size():
    assert 'timm.create_model("vit_tiny_patch16_224", num_classes=2, dynamic_img_size=True)' in (
        opening_lines("vit_tiny_patch16_224", 2)
    )


@small
def test_the_seed_decides_the_weights_and_nothing_else_does(network):
    torch.manual_seed(11)
    first = build_network(network, OUTPUTS, seed=7)
    torch.manual_seed(12)
    again = build_network(network, OUTPUTS, seed=7)
    other = build_network(network, OUTPUTS, seed=8)
    assert weights_equal(first, again)
    assert not weights_equal(first, other)
    assert not torch.equal(linear_layer(first).weight, linear_layer(other).weight)


@small
def test_building_leaves_the_global_generator_alone(network):
    before = torch.get_rng_state()
    build_network(network, OUTPUTS, seed=7)
    assert torch.equal(torch.get_rng_state(), before)


@small
def test_the_linear_layer_starts_small_whatever_the_family(network):
    layer = linear_layer(build_network(network, 100, seed=3))
    assert layer.weight.shape == (100, layer.in_features)
    assert layer.weight.std().item() == pytest.approx(HEAD_STD, rel=0.05)
    assert layer.weight.mean().item() == pytest.approx(0, abs=5e-4)
    assert (layer.bias == 0).all()


@small
def test_no_network_drops_features_by_a_draw_of_its_own(network, images):
    """Dropout is drawn by the loop, so that a resumed training is the uninterrupted one."""
    model = build_network(network, OUTPUTS, seed=0).train()
    with torch.no_grad():
        before = torch.get_rng_state()
        outputs(model, images)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_unknown_network_is_answered_with_the_nearest_one():
    with pytest.raises(UnknownNameError) as raised:
        build_network("resnet181", OUTPUTS, seed=0)
    assert str(raised.value) == (
        "Unknown network 'resnet181'. Did you mean 'resnet18'? Any of the "
        f"{len(timm_family.names())} names of timm.list_models() is known, and "
        f"{', '.join((*cbr.names(), *slim.names()))}."
    )


def test_no_two_families_know_the_same_name():
    names = [name for family in FAMILIES for name in family.names()]
    assert len(set(names)) == len(names)


@small
def test_a_skeleton_has_every_name_and_shape_and_takes_no_memory(network):
    bare, model = skeleton(network), build_network(network, 2, seed=0)
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    assert {name: value.shape for name, value in bare.state_dict().items()} == shapes
    assert all(value.is_meta for value in bare.state_dict().values())
    assert not bare.training
    assert f"{linear_name(bare)}.weight" in shapes


def test_a_network_that_ends_otherwise_is_refused():
    with pytest.raises(ConfigError) as raised:
        build_network("levit_128s", OUTPUTS, seed=0)
    assert str(raised.value) == (
        "The network 'levit_128s' does not end in one linear layer, which is what a new target "
        "replaces; name another network."
    )


def test_what_timm_publishes_is_known_without_a_download():
    tags = timm_family.tags("resnet18")
    assert "a1_in1k" in tags
    for network in ("convnext_tiny", "inception_v3", "vit_tiny_patch16_224", "resnet18"):
        assert timm_family.tags(network)[0] == timm_family.build(network, 2).pretrained_cfg["tag"]
    assert timm_family.tags("test_mambaout_of_nobody") == ()
    assert timm_family.classes("resnet18", "a1_in1k") == 1000
    assert timm_family.licence("resnet18", "a1_in1k") == "apache-2.0"
    assert timm_family.normalisation("resnet18") == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
