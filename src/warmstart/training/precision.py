"""In which numbers a network computes while it learns."""

import contextlib
from contextlib import AbstractContextManager
from typing import Literal

import torch

Numbers = Literal["float32", "bfloat16"]


def numbers_for(precision: str, device: torch.device) -> Numbers:
    """Return the numbers that a recipe's ``precision`` means on a device.

    ``"auto"`` is bfloat16 on a GPU that computes in it, float32 elsewhere: a CPU that has to
    imitate bfloat16 is slower with it.
    """
    if precision == "auto":
        has = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        return "bfloat16" if has else "float32"
    return "bfloat16" if precision == "bfloat16" else "float32"


def computing_in(numbers: Numbers, device: torch.device) -> AbstractContextManager[object]:
    """Let layers that bear it compute in these numbers; weights stay float32."""
    if numbers == "float32":
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)
