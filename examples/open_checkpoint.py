"""Open the network of a finished run with plain timm.

python examples/open_checkpoint.py demo-results/runs/<key>
"""

import json
import sys
from pathlib import Path

from safetensors.torch import load_file
from torch import nn

try:
    import timm
except RuntimeError:  # the ordinary torchvision wheel beside a CPU-only PyTorch: mend, import again
    from warmstart.models.torchvision_wheel import mend_torchvision

    mend_torchvision()
    import timm


def open_run(run: Path) -> nn.Module:
    """Return the trained network; ``preprocess.json`` says which images it expects."""
    about = json.loads((run / "preprocess.json").read_text())
    model: nn.Module = timm.create_model(about["network"], num_classes=len(about["classes"]))
    model.load_state_dict(load_file(run / "model.safetensors"))
    return model.eval()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    network = open_run(Path(sys.argv[1]))
    count = sum(parameter.numel() for parameter in network.parameters())
    print(f"{type(network).__name__} with {count:,} parameters")
