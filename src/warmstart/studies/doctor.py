"""What Warmstart runs on: versions, device, memory, the torchvision wheel, places."""

import importlib.metadata
import os
import platform
import shutil
from pathlib import Path

import psutil

import warmstart
from warmstart.core.places import CACHE_VARIABLE, cache_folder
from warmstart.models.weights import LITE0, lite0_file

_GB = 2**30


def findings() -> dict[str, str]:
    """Name and finding of everything a bug report should hold; nothing is sent anywhere."""
    memory = psutil.virtual_memory()
    cache = cache_folder()
    return {
        "warmstart": warmstart.__version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "torch": importlib.metadata.version("torch"),
        "timm": importlib.metadata.version("timm"),
        "torchvision": _torchvision(),
        "device": _device(),
        "memory": f"{memory.available / _GB:.1f} GB of {memory.total / _GB:.1f} GB free",
        "ImageNet": f"{LITE0} {'offline, from its package' if lite0_file() else 'by download'}",
        "cache": f"{cache} ({_free(cache)} free; {CACHE_VARIABLE} moves it)",
        "results": "<study name>-results/ beside the study file (--out moves it)",
    }


def _torchvision() -> str:
    from warmstart.models.torchvision_wheel import mend_torchvision

    version = importlib.metadata.version("torchvision")
    try:
        return f"{version} ({mend_torchvision()})"
    except (ImportError, RuntimeError) as error:
        return f"{version} cannot be imported: {str(error).splitlines()[0]}"


def _device() -> str:
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        return f"cuda: {', '.join(names)}"
    return f"cpu: {os.cpu_count()} cores, no GPU seen by PyTorch"


def _free(folder: Path) -> str:
    while not folder.exists():
        folder = folder.parent
    return f"{shutil.disk_usage(folder).free / _GB:.0f} GB"
