"""Opens weights as their card says, in a process that knows nothing else."""

from warmstart.models import torchvision_wheel

WITHOUT_WARMSTART = f"""
import importlib.util, sys
sys.modules["warmstart"] = None  # an import would fail
# Beside a CPU-only PyTorch the ordinary wheel of torchvision, and with it timm, cannot be imported
# at all. That is no matter of the card: it is mended here by the file alone.
spec = importlib.util.spec_from_file_location("torchvision_wheel", {torchvision_wheel.__file__!r})
wheel = importlib.util.module_from_spec(spec)
spec.loader.exec_module(wheel)
wheel.mend_torchvision()
"""
_SCORES = """
import json, sys
import numpy as np, pandas as pd, torch
from PIL import Image

settings = json.load(open("preprocess.json"))
stored = @STORED@
size = settings["image_size"], settings["image_size"]
files = [Image.open(f"{sys.argv[1]}/{path}").convert("RGB") for path in stored["path"]]
pixels = np.stack([np.asarray(file.resize(size)) for file in files]) / 255
inputs = (pixels - np.array(settings["mean"])) / np.array(settings["std"])
with torch.no_grad():
    outputs = model.eval()(torch.from_numpy(inputs).float().permute(0, 3, 1, 2))
columns = [f"@COLUMN@" for number, name in enumerate(settings["classes"])]
difference = np.abs(outputs.double().softmax(1).numpy() - stored[columns].to_numpy()).max()
assert len(stored) and difference < 1e-4, difference
"""


def comparison(stored, column):
    """A program that compares what ``model`` says of images with what is stored.

    ``stored`` reads the table; ``column`` names its column for class ``number``, called ``name``.
    The folder of the images is the program's argument.
    """
    return _SCORES.replace("@STORED@", stored).replace("@COLUMN@", column)
