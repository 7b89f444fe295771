import pytest

from warmstart.models.cbr import PLANS
from warmstart.models.cost import forward_flops


@pytest.mark.parametrize(
    ("network", "size", "billions"),
    [("resnet18", 224, 1.81), ("resnet50", 224, 4.09), ("inception_v3", 299, 5.71)],
)
def test_multiply_adds_of_known_networks(network, size, billions):
    """As torchvision's documentation of its weights gives them (GFLOPS, in multiply-adds)."""
    assert forward_flops(network, size) / 2e9 == pytest.approx(billions, abs=0.005)


@pytest.mark.parametrize("name", ["cbr_larget", "cbr_small", "cbr_tiny"])
def test_operations_of_a_cbr_network_by_hand(name):
    plan = PLANS[name]
    side, before, total = 64, 3, 0
    for unit, width in enumerate(plan.channels):
        total += side**2 * plan.kernel**2 * before * width
        before = width
        side = (side + 1) // 2 if unit < 4 else side
    assert forward_flops(name, 64) == 2 * (total + 2 * before)
