import subprocess
import sys

import torch

from warmstart.models.torchvision_wheel import mend_torchvision

STATES = ("as installed", "operators declared by Warmstart")


def test_mending_twice_changes_nothing():
    first = mend_torchvision()
    library = sys.modules["torchvision"]
    assert first in STATES
    assert mend_torchvision() == first
    assert sys.modules["torchvision"] is library


def test_the_operators_are_there_afterwards():
    mend_torchvision()
    assert hasattr(torch.ops.torchvision, "nms")


def test_a_fresh_process_imports_timm_through_us_and_a_network_works():
    code = (
        "import warmstart.models.timm_family as family; import torch, torchvision, timm\n"
        "from warmstart.models.torchvision_wheel import mend_torchvision\n"
        "family.build('test_resnet', 2).eval()(torch.zeros(1, 3, 32, 32))\n"
        "print(mend_torchvision())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == mend_torchvision()
    assert done.stderr == ""
