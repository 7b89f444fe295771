import subprocess
import sys

import pytest
import torch

from warmstart.errors import ConfigError, UnknownNameError
from warmstart.models import timm_family
from warmstart.models.architectures import build_network
from warmstart.models.image_sizes import check_image_size


@pytest.mark.parametrize(
    ("network", "size"),
    [
        ("resnet50", 28),
        ("inception_v3", 75),
        ("tf_efficientnet_lite0", 28),
        ("vit_tiny_patch16_224", 96),
        ("vit_tiny_patch16_224", 224),
        ("cbr_tiny", 28),
        ("cbr_larget_valid", 224),
    ],
)
def test_sizes_that_work(network, size):
    check_image_size(network, size)


@pytest.mark.parametrize(
    ("network", "size", "what"),
    [
        ("inception_v3", 64, "is too small for the network {}, whose smallest size is 75 px."),
        ("cbr_small_valid", 64, "is too small for the network {}, whose smallest size is 121 px."),
        ("convnext_atto", 31, "is too small for the network {}, whose smallest size is 32 px."),
        (
            "vit_tiny_patch16_224",
            100,
            "does not suit the network {}; the nearest that does: 96 px and 112 px.",
        ),
        (
            "beit_base_patch16_224",
            300,
            "does not suit the network {}; the nearest that does: 224 px.",
        ),
        (
            "beit_base_patch16_224",
            96,
            "is too small for the network {}, whose smallest size is 224 px.",
        ),
    ],
)
def test_sizes_that_do_not_are_answered_with_the_nearest_that_do(network, size, what):
    with pytest.raises(ConfigError) as raised:
        check_image_size(network, size)
    assert str(raised.value) == f"image_size = {size} {what.format(repr(network))}"


@pytest.mark.parametrize(("network", "size"), [("inception_v3", 75), ("cbr_tiny_valid", 91)])
def test_the_smallest_size_is_that_of_images_too(network, size):
    model = build_network(network, 2, seed=0).eval()
    with torch.no_grad():
        assert model(torch.zeros(1, 3, size, size)).shape == (1, 2)
        with pytest.raises((ConfigError, RuntimeError)):
            model(torch.zeros(1, 3, size - 1, size - 1))


def test_a_vision_transformer_takes_other_sizes_and_its_own_as_before():
    name = "vit_tiny_patch16_224"
    model = build_network(name, 2, seed=0).eval()
    fixed = timm_family.timm.create_model(name, num_classes=2).eval()
    fixed.load_state_dict(model.state_dict())
    images = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(model(images), fixed(images))
        assert model(images[:, :, :96, :96]).shape == (1, 2)
    assert timm_family.arguments(name) == {"dynamic_img_size": True}
    assert timm_family.arguments("resnet18") == timm_family.arguments("beit_base_patch16_224") == {}


def test_an_unknown_network_is_named():
    with pytest.raises(UnknownNameError, match="Unknown network 'resnet181'"):
        check_image_size("resnet181", 64)


def test_the_module_loads_no_torch_before_it_is_asked():
    code = "import sys, warmstart.models.image_sizes, warmstart.models.stages; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "timm", "numpy"} & set(done.stdout.split())
