"""Make torchvision importable beside a CPU-only PyTorch.

The ordinary torchvision wheel registers the operators of its compiled part, which is built for
CUDA, and fails beside a CPU-only PyTorch. timm imports torchvision, but uses none of that part,
so it is enough to declare the two operators that torchvision's Python code mentions.
"""

import importlib
import sys
from typing import Literal

import torch

State = Literal["as installed", "operators declared by Warmstart"]

_OPERATORS = ("nms", "qnms")
_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_libraries: list[torch.library.Library] = []  # a library's declarations last as long as it does


def mend_torchvision() -> State:
    """Import torchvision, declaring its missing operators first where the plain import fails.

    Returns:
        How torchvision could be imported.

    Raises:
        ImportError: If torchvision is not installed.
        RuntimeError: If it fails for another reason than the missing operators.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        _declare_operators()
        importlib.import_module("torchvision")
    return "operators declared by Warmstart" if _libraries else "as installed"


def _declare_operators() -> None:
    for name in [n for n in sys.modules if n.split(".")[0] == "torchvision"]:
        del sys.modules[name]  # half-imported
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for operator in _OPERATORS:
        library.define(operator + _SCHEMA)  # type: ignore[no-untyped-call]
    _libraries.append(library)
