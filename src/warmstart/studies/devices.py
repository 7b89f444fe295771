"""What a study is trained on: the CPU, one GPU, or several for each run."""

import importlib.util

from warmstart.errors import ConfigError


def choose_device(wanted: str) -> str:
    """The device to train on: ``auto`` takes a GPU where there is one.

    Raises:
        ConfigError: If ``cuda`` is wanted and PyTorch sees no GPU.
    """
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and not torch.cuda.is_available():
        raise ConfigError(
            "--device cuda: this PyTorch sees no GPU; use --device cpu, or see `warmstart doctor`."
        )
    return wanted


def check_devices(devices: int, device: str, *, jobs: int) -> None:
    """Refuse several devices for each run where there are not so many, or runs compete for them.

    Raises:
        ConfigError: If several are wanted and cannot be had.
    """
    import torch

    if devices == 1:
        return
    if jobs > 1:
        raise ConfigError(
            f"--devices {devices} with --jobs {jobs}: runs that share every device are done one "
            "after the other; leave one of the two options out."
        )
    if importlib.util.find_spec("lightning_fabric") is None:
        raise ConfigError(
            f"--devices {devices} needs lightning-fabric: pip install 'warmstart[multi-gpu]'."
        )
    if device == "cuda" and (found := torch.cuda.device_count()) < devices:
        raise ConfigError(f"--devices {devices}: this PyTorch sees {found} GPU{'s'[: found != 1]}.")
