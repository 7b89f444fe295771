"""Batch norm while a network learns: over a batch that several share, and over too little."""

import contextlib
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from warmstart.core.text import counted
from warmstart.errors import ConfigError, RunError
from warmstart.models.timm_family import synchronised
from warmstart.training.group import Group
from warmstart.training.recipe import Recipe

_ONE_VALUE = "Expected more than 1 value per channel when training"
"""How PyTorch's error begins where a batch norm has nothing to compare a value with."""


def batch_norm_learns(recipe: Recipe, *, head_only: bool) -> bool:
    """Whether the batch norms of a network, if it has any, count statistics while it trains."""
    return not (head_only or recipe.freeze_batch_norm)


def share_batch_norm(model: nn.Module, group: Group, device: torch.device) -> nn.Module:
    """Let every batch norm count over the whole batch, whose rows several GPUs hold.

    Raises:
        ConfigError: If there are batch norms and the processes of a group have no GPUs.
    """
    check_batch_norm(model, group.size, device.type)
    return synchronised(model) if group.size > 1 and _has_batch_norm(model) else model


def check_batch_norm(model: nn.Module, devices: int, device: str) -> None:
    """Refuse batch norms that would have to count over a batch whose rows several processes hold.

    Raises:
        ConfigError: If there are batch norms, several processes, and no GPUs.
    """
    if devices > 1 and device != "cuda" and _has_batch_norm(model):
        raise ConfigError(
            f"--devices {devices} on a CPU: its processes cannot share the statistics of batch "
            "norm; set freeze_batch_norm = true, or use --devices 1."
        )


@contextlib.contextmanager
def naming_single_values(images: int, parts: int, *, accumulate: int) -> Iterator[None]:
    """Say in one line that a batch norm met a single value per channel, which has no spread.

    Args:
        images: In the batch.
        parts: That the batch is taken in.
        accumulate: Parts that the recipe asks for; where there are more, memory was short.

    Raises:
        RunError: In place of PyTorch's own error.
    """
    try:
        yield
    except ValueError as error:
        if not str(error).startswith(_ONE_VALUE):
            raise
        batch = f"a batch of {counted(images, 'image')}"
        cure = "raise image_size or batch_size"
        if parts > accumulate:
            batch += f" is taken in {parts} parts for want of memory"
            cure = "take a smaller network"
        elif parts > 1:
            batch += f" is taken in {parts} parts"
            cure += ", lower accumulate"
        raise RunError(
            "Batch norm cannot learn from a single image whose map has shrunk to one pixel "
            f"({batch}); {cure}, or set freeze_batch_norm = true."
        ) from error


def _has_batch_norm(model: nn.Module) -> bool:
    return any(isinstance(module, _BatchNorm) for module in model.modules())
