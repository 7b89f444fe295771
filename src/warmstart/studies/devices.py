"""What a study is trained on: the CPU, one GPU, or several for each run."""

import importlib.util
from collections.abc import Sequence
from typing import get_args

from warmstart.core.text import counted
from warmstart.errors import ConfigError
from warmstart.studies.options import DeviceName
from warmstart.studies.plan import PlannedRun
from warmstart.studies.run_names import run_names
from warmstart.studies.trainings import Trainings


def check_device(name: str) -> None:
    """Refuse what is no name of a device; whether it is there is asked by ``choose_device``.

    Raises:
        ConfigError: If it is none of ``auto``, ``cpu`` and ``cuda``.
    """
    if name not in get_args(DeviceName):
        raise ConfigError(f"device is {name!r}; expected one of {', '.join(get_args(DeviceName))}.")


def choose_device(wanted: str) -> str:
    """The device to train on: ``auto`` takes a GPU where there is one.

    Raises:
        ConfigError: If it is no device, or ``cuda`` is wanted and PyTorch sees no GPU.
    """
    check_device(wanted)
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
        raise ConfigError(f"--devices {devices}: this PyTorch sees {counted(found, 'GPU')}.")


def check_shared_runs(trainings: Trainings, runs: Sequence[PlannedRun]) -> None:
    """Refuse runs that their devices cannot share; without this each would be kept as failed.

    Raises:
        ConfigError: If a batch norm would count over the processes of a CPU, or if a batch has
            fewer images than there are devices.
    """
    if trainings.devices == 1:
        return
    from warmstart.models.architectures import skeleton  # loads PyTorch
    from warmstart.training.batch_norm import batch_norm_learns, check_batch_norm
    from warmstart.training.batches import smallest_batch
    from warmstart.training.loop import check_shares

    names = run_names(runs)
    for run in runs:
        images = len(trainings.parts(run).train)
        try:
            if batch_norm_learns(run.recipe, head_only=run.head_only):
                check_batch_norm(skeleton(run.network), trainings.devices, trainings.device)
            check_shares(trainings.devices, smallest_batch(images, run.recipe.batch_size))
        except ConfigError as error:
            raise ConfigError(f"{names[run.key]}: {error}") from None
