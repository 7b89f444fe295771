"""Stages, over every family: each tensor is in one stage, and stages follow the images."""

import pytest
import torch

from warmstart.errors import ConfigError, UnknownNameError
from warmstart.models import cbr
from warmstart.models.architectures import family_of, linear_name, skeleton
from warmstart.models.stages import Stage, _tensors, check_stage, stages, stages_upto

BLOCKS = [f"block{n}" for n in range(1, 20)]
OF_RESNET = ["conv1", *BLOCKS[:4]]
NAMES = {
    "resnet50": OF_RESNET,
    "inception_v3": ["stem", *BLOCKS[:12]],
    "tf_efficientnet_lite0": ["stem", *BLOCKS[:7], "last"],
    "vit_tiny_patch16_224": ["stem", *BLOCKS[:12], "last"],
    "densenet121": ["stem", *BLOCKS[:4], "last"],
    "convnext_atto": ["stem", *BLOCKS[:4], "last"],
    "swin_tiny_patch4_window7_224": ["stem", *BLOCKS[:4], "last"],
    "mobilenetv3_small_050": ["stem", *BLOCKS[:6], "last"],
    "test_vit": ["stem", *BLOCKS[:6], "last"],
    "rdnet_tiny": ["stem", *BLOCKS[:7], "last"],  # timm describes no groups of it
    "vgg11": ["stem", *BLOCKS[:7], "last"],
}
NAMES |= {name: [f"conv{n + 1}" for n in range(4)] for name in cbr.names()}
NAMES |= {name: [*NAMES[name], "conv5"] for name in ("cbr_larget", "cbr_larget_valid")}
every = pytest.mark.parametrize("network", NAMES)


@every
def test_every_tensor_is_in_one_stage_and_the_linear_layer_in_none(network):
    model = skeleton(network)
    head = linear_name(model) + "."
    for tensor in {*_tensors(model), *model.state_dict()}:
        assert sum(s.holds(tensor) for s in stages(network)) == (not tensor.startswith(head))


@every
def test_stages_have_their_names_in_order(network):
    assert [stage.name for stage in stages(network)] == NAMES[network]


@every
def test_an_image_passes_the_stages_in_their_order(network):
    model, passed, hooks = skeleton(network), [], []
    for place, module in model.named_modules():
        own = [f"{place}.{name}" for name, _ in module.named_parameters(recurse=False)]
        held = [n for n, stage in enumerate(stages(network)) for name in own if stage.holds(name)]
        for number in held[:1]:
            note = lambda *_, number=number: passed.append(number)  # noqa: E731
            hooks.append(module.register_forward_pre_hook(note))
    size = family_of(network).published_size(network) or 224
    model(torch.zeros(1, 3, size, size, device="meta"))
    for hook in hooks:
        hook.remove()
    first = [0, *(n for n in passed if n)] if "vit" in network else passed  # own position embedding
    assert first == sorted(first)
    assert set(first) == set(range(len(stages(network))))


def test_prefixes_are_modules_where_a_stage_holds_the_whole_of_one():
    assert stages("resnet50")[0] == Stage("conv1", ("conv1", "bn1"))
    assert stages("resnet50")[4] == Stage("block4", ("layer4",))
    assert stages("tf_efficientnet_lite0")[-1] == Stage("last", ("conv_head", "bn2"))
    assert stages("vit_tiny_patch16_224")[0].prefixes == ("cls_token", "pos_embed", "patch_embed")
    assert stages("vit_tiny_patch16_224")[-1].prefixes == ("norm",)
    assert stages("cbr_small")[1] == Stage("conv2", ("units.conv2",))


def test_a_prefix_ends_where_a_name_ends():
    assert Stage("a", ("layer1",)).holds("layer1.0.weight")
    assert not Stage("a", ("layer1",)).holds("layer10.0.weight")


def test_stages_up_to_one():
    assert stages_upto("resnet18", "block2") == stages("resnet18")[:3]
    assert stages_upto("resnet18", "block4") == stages("resnet18")


def test_an_unknown_stage_is_answered_with_all_there_are():
    check_stage("resnet18", "block4")
    with pytest.raises(ConfigError) as raised:
        check_stage("resnet18", "blok3")
    assert str(raised.value) == (
        "The network 'resnet18' has no stage 'blok3'. Did you mean 'block3'? Known, from input to "
        "output: conv1, block1, block2, block3, block4."
    )


def test_stages_of_an_unknown_network():
    with pytest.raises(UnknownNameError, match=r"Unknown network 'cbr_smal'.*'cbr_small'"):
        stages("cbr_smal")
