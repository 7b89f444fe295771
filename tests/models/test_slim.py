"""The slim hybrid, beside the wide network that it is made from."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from warmstart.errors import WeightsError
from warmstart.models import timm_family
from warmstart.models.architectures import build_network
from warmstart.models.pretrained import load_backbone
from warmstart.models.stages import stages
from warmstart.models.starts import parse_start
from warmstart.models.transforms import apply_transform
from warmstart.models.weights import resolve_weights

SLIM, WIDE, UPTO = "resnet50_slim", "resnet50", "transfuse:{}@block2"
PREFIX = ("conv1.", "bn1.", "layer1.", "layer2.")


@pytest.fixture(scope="module")
def wide():
    return build_network(WIDE, 1000, seed=3).state_dict()


@pytest.fixture(scope="module")
def slim():
    return build_network(SLIM, 5, seed=4)


@pytest.fixture
def resolve(wide, tmp_path):
    save_file(wide, tmp_path / "wide.safetensors")

    def call(spec):
        start = parse_start(spec)
        return resolve_weights(start, SLIM, cache=tmp_path / "cache", root=tmp_path)

    return call


def bottleneck(before, width, after, *, projected):
    """Learned numbers of a block: three convolutions and their norms, and those of a shortcut."""
    convolutions = before * width + 9 * width * width + width * after
    norms = 2 * (width + width + after)
    return convolutions + norms + (before * after + 2 * after if projected else 0)


def test_it_has_as_many_weights_as_half_widths_behind_the_second_block_come_to():
    expected, before = 3 * 64 * 49 + 2 * 64, 64
    for depth, width, after in ((3, 64, 256), (4, 128, 512), (6, 128, 512), (3, 256, 1024)):
        for number in range(depth):
            expected += bottleneck(before, width, after, projected=number == 0)
            before = after
    expected += 1024 * 7 + 7
    model = build_network(SLIM, 7, seed=0)
    assert sum(weights.numel() for weights in model.parameters()) == expected


def test_the_shapes_are_those_of_the_wide_network_up_to_the_second_block_only(slim, wide):
    ours = slim.state_dict()
    assert ours.keys() == wide.keys()
    assert all(ours[name].shape == wide[name].shape for name in ours if name.startswith(PREFIX))
    assert ours["layer3.0.conv1.weight"].shape == (128, 512, 1, 1)
    assert ours["layer3.0.downsample.0.weight"].shape == (512, 512, 1, 1)
    assert ours["layer4.2.conv3.weight"].shape == (1024, 256, 1, 1)
    assert slim.get_classifier().in_features == 1024


def test_its_stages_are_those_of_the_wide_network():
    assert [s.name for s in stages(SLIM)] == ["conv1", "block1", "block2", "block3", "block4"]
    assert stages(SLIM) == stages(WIDE)


def test_a_start_takes_the_first_stages_of_the_wide_network_and_leaves_the_rest(
    slim, wide, resolve, tmp_path
):
    start = parse_start(UPTO.format("file:wide.safetensors"))
    kept = load_file(resolve(str(start)).path(tmp_path / "cache"))
    random = {name: value.clone() for name, value in slim.state_dict().items()}
    tensors = apply_transform(start, SLIM, kept, random=random, seed=1)
    model = build_network(SLIM, 5, seed=9)
    load_backbone(model, tensors, what="wide", network=SLIM)
    found = model.state_dict()
    for name in random:
        if not name.startswith("fc."):
            expected = wide if name.startswith(PREFIX) else random
            assert torch.equal(found[name], expected[name]), name


def test_published_weights_are_those_of_the_wide_network(wide, resolve, monkeypatch):
    asked = []

    def build(network, outputs, *, pretrained_tag=None, channels=None):
        if pretrained_tag is None:
            return original(network, outputs, channels=channels)
        asked.append((network, outputs, pretrained_tag))
        model = original(network, outputs)
        model.load_state_dict(wide)
        return model

    original = timm_family.build
    monkeypatch.setattr(timm_family, "build", build)
    weights = resolve(UPTO.format("timm:a1_in1k"))
    assert asked == [("resnet50", 1000, "a1_in1k")]
    assert weights.origin == "timm resnet50.a1_in1k"
    assert weights.licence == timm_family.licence("resnet50", "a1_in1k")
    assert (weights.mean, weights.std) == timm_family.normalisation("resnet50", "a1_in1k")


@pytest.mark.parametrize("spec", ["{}", "mean-var:{}", "transfuse:{}@block3"])
def test_more_than_the_first_stages_does_not_fit(resolve, spec):
    resolve(UPTO.format("file:wide.safetensors"))  # what is known of it says nothing of the others
    with pytest.raises(WeightsError) as raised:
        resolve(spec.format("file:wide.safetensors"))
    assert str(raised.value) == (
        "The weights 'file:wide.safetensors' do not fit 'resnet50_slim': layer3.0.bn1.bias has "
        "shape (256,), expected (128,). Name the network they were trained with, or another start."
    )
