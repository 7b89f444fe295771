"""Small and large tensors on their way to a device, without making anyone wait."""

import torch


def moved(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Copy a tensor of the CPU to a device; a GPU goes on computing meanwhile.

    A copy from ordinary memory would wait until the GPU has done all it was given, in every step
    of a training; one from pinned memory queues up behind it.
    """
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
