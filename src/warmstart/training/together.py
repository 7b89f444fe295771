"""One run in several processes, a device each, started and connected by lightning-fabric.

Fabric gives each process its device, starts them and connects them. Its wrapper for networks is not
used: slices of a batch may differ in size, so each process weighs its own gradients, and they are
summed once a step, however many parts a slice is taken in.
"""

import functools
import logging
import multiprocessing
import os
import threading
from collections.abc import Callable
from typing import Any, Protocol, final

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from lightning_fabric.strategies.ddp import DDPStrategy
from torch.multiprocessing.spawn import ProcessException

from warmstart.errors import RunError, WarmstartError
from warmstart.training.group import Group

OnEpoch = Callable[[int, int], None]
logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it tells of every process


class Work(Protocol):
    """What every process does; it must pickle."""

    def __call__(self, *, group: Group, device: torch.device, on_epoch: OnEpoch) -> None:
        """Do it, together with the other processes of the group."""


def work_together(work: Work, *, device: str, devices: int, on_epoch: OnEpoch) -> None:
    """Do the same work in so many processes, each on a device of its own.

    Args:
        work: Called in every process.
        device: ``"cuda"``, or ``"cpu"`` for processes that share it.
        devices: How many processes.
        on_epoch: Hears in this process what the first of them reports.

    Raises:
        WarmstartError: The error of the first process that raised one.
        RunError: If a process ended in any other way.
    """
    fabric = Fabric(
        accelerator=device,
        devices=devices,
        strategy=DDPStrategy(start_method="spawn", cluster_environment=LightningEnvironment()),
    )
    told: Any = multiprocessing.get_context("spawn").SimpleQueue()
    errors: list[WarmstartError] = []
    listener = threading.Thread(target=_listen, args=(told, on_epoch, errors), daemon=True)
    listener.start()
    try:
        fabric.launch(functools.partial(_in_process, work=work, told=told))
    except ProcessException as error:
        _finish(told, listener)  # the reason may not have been heard yet
        if errors:
            raise errors[0] from None
        raise RunError(f"One of {devices} processes ended: {_last_line(error)}") from error
    finally:
        _finish(told, listener)
        os.environ.pop("MASTER_PORT", None)  # Fabric's; the next run finds a free port of its own


def _in_process(fabric: Fabric, work: Work, told: Any) -> None:
    first = fabric.global_rank == 0
    try:
        work(
            group=_Together(fabric),
            device=fabric.device,
            on_epoch=lambda done, total: told.put((done, total)) if first else None,
        )
    except WarmstartError as error:
        told.put(error)
        raise
    torch.distributed.destroy_process_group()


def _listen(told: Any, on_epoch: OnEpoch, errors: list[WarmstartError]) -> None:
    while (heard := told.get()) is not None:
        if isinstance(heard, WarmstartError):
            errors.append(heard)
        else:
            on_epoch(*heard)


def _finish(told: Any, listener: threading.Thread) -> None:
    """Hear all that was said before."""
    if listener.is_alive():
        told.put(None)
        listener.join()


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1]


@final
class _Together:
    """The processes that Fabric has started."""

    def __init__(self, fabric: Fabric) -> None:
        self.rank: int = fabric.global_rank
        self.size: int = fabric.world_size

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """Sum in place over all processes; Fabric's own would wait at a barrier first."""
        torch.distributed.all_reduce(tensor)
        return tensor
