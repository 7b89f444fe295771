"""How fast this machine is."""

import math

from small_training import NETWORK
from warmstart.training.calibration import images_per_second


def test_a_calibration_tells_images_per_second():
    ticks = iter(range(1000))
    found = images_per_second(
        NETWORK, 16, images=64, threads=1, seconds=3, clock=lambda: float(next(ticks))
    )
    assert found == 64  # an epoch of 64 images at each tick of the clock
    assert math.isfinite(found)
