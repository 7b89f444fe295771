"""Batch norm in a network that several processes train."""

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from warmstart.errors import ConfigError
from warmstart.models.timm_family import synchronised
from warmstart.training.group import Group


def share_batch_norm(model: nn.Module, group: Group, device: torch.device) -> nn.Module:
    """Let every batch norm count over the whole batch, whose rows several GPUs hold.

    Raises:
        ConfigError: If there are batch norms and the processes of a group have no GPUs.
    """
    if group.size == 1 or not any(isinstance(module, _BatchNorm) for module in model.modules()):
        return model
    if device.type != "cuda":
        raise ConfigError(
            f"--devices {group.size} on a CPU: its processes cannot share the statistics of batch "
            "norm; set freeze_batch_norm = true, or use --devices 1."
        )
    return synchronised(model)
