import pytest
import torch
from torch import nn

from warmstart.models.architectures import build_network
from warmstart.models.memory import kept_bytes, kept_per_image, training_memory


def test_what_is_kept_of_a_small_network_is_what_its_gradients_need():
    """A convolution needs its input, ReLU its output, which a linear layer then needs too."""
    side, images = 6, 5
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, bias=False),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(4 * side * side, 2),
    )
    inputs, outputs = 3 * side * side, 4 * side * side
    for device in ("cpu", "meta"):
        kept = kept_bytes(model.to(device), torch.zeros(images, 3, side, side, device=device))
        assert kept == 4 * images * (inputs + outputs)


@pytest.mark.parametrize(("network", "size"), [("cbr_tiny", 32), ("test_efficientnet", 40)])
def test_shapes_tell_what_real_images_need(network, size):
    model = build_network(network, 2, seed=0).train()
    assert kept_per_image(network, size) == kept_bytes(model, torch.zeros(2, 3, size, size)) // 2


def test_a_training_step_holds_each_weight_four_times_and_each_image_once():
    weights = sum(p.numel() for p in build_network("cbr_tiny", 2, seed=0).parameters())
    one, three = (training_memory("cbr_tiny", 32, batch) for batch in (1, 3))
    assert three - one == 2 * kept_per_image("cbr_tiny", 32)
    assert one - kept_per_image("cbr_tiny", 32) == 4 * 4 * weights
