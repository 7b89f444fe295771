import pytest
from timm.models import get_pretrained_cfg

from warmstart.models.architectures import build_network
from warmstart.models.memory import training_memory
from warmstart.models.weights import Weights
from warmstart.recommendation.demands import demands
from warmstart.recommendation.starting_points import StartingPoint
from warmstart.training.recipe import Recipe

RECIPE = Recipe(epochs=1, batch_size=4, image_size=32)


def point(network, start, **more):
    return StartingPoint(source="s", network=network, start=start, **more)


def test_of_weights_that_are_not_here_timm_says_how_images_look():
    found = demands(point("resnet18", "timm:a1_in1k"), RECIPE, wanted=32)
    config = get_pretrained_cfg("resnet18.a1_in1k")
    assert (found.mean, found.std) == (config.mean, config.std)
    assert found.native_size == config.input_size[-1] == 224
    assert found.image_size == 32


def test_weights_that_are_here_say_it_themselves():
    own = Weights(digest="d", mean=(0.1,) * 3, std=(0.2,) * 3, origin="o", licence="l", size=48)
    found = demands(point("cbr_tiny", "file:x.pth"), RECIPE, wanted=32, weights=own)
    assert (found.mean, found.std, found.native_size) == ((0.1,) * 3, (0.2,) * 3, 48)


@pytest.mark.parametrize("start", ["file:x.pth", "hf:owner/name"])
def test_a_file_that_is_not_here_says_nothing(start):
    found = demands(point("cbr_tiny", start), RECIPE, wanted=32)
    assert (found.mean, found.std, found.native_size) == (None, None, None)


def test_memory_is_that_of_a_step_at_the_size_it_takes():
    found = demands(point("cbr_tiny", "random", multiple=14), RECIPE, wanted=32)
    assert found.image_size == 42
    assert found.memory == training_memory("cbr_tiny", 42, 4)
    model = build_network("cbr_tiny", 2, seed=0)
    learned = sum(p.numel() for p in model.parameters())
    head = sum(p.numel() for p in model.get_classifier().parameters())
    assert found.parameters == learned - head


def test_a_size_that_a_network_does_not_take_has_no_memory():
    found = demands(point("vit_tiny_patch16_224", "random"), RECIPE, wanted=33)
    assert found.memory is None
    assert found.to_dict()["memory"] is None
