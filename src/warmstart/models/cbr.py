"""The CBR family of Raghu et al., "Transfusion", NeurIPS 2019: convolution, batch norm, ReLU.

What the paper does not state is chosen here, and said: ``same`` padding of convolutions and pools
(a name that ends in ``_valid`` has none), convolutions without bias (batch norm follows), PyTorch's
momentum and epsilon of batch norm, and Glorot-uniform convolutions, TensorFlow's default.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from warmstart.errors import ConfigError

Padding = Literal["same", "valid"]
POOL, STRIDE = 3, 2
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_VALID = "_valid"


@dataclass(frozen=True)
class Plan:
    """Width of each unit, the kernel they share, and how many of them end in a max-pool."""

    channels: tuple[int, ...]
    kernel: int
    pools: int = 4


PLANS: Mapping[str, Plan] = {
    "cbr_larget": Plan((32, 64, 128, 256, 512), kernel=7),
    "cbr_largew": Plan((64, 128, 256, 512), kernel=7),
    "cbr_small": Plan((32, 64, 128, 256), kernel=7),
    "cbr_tiny": Plan((32, 64, 128, 256), kernel=5),
    "cbr_tiny_text": Plan((64, 128, 256, 512), kernel=5),
}
"""The paper's table and text disagree on CBR-Tiny: its parameter count is that of ``cbr_tiny``."""


class CBR(nn.Module):
    """Units of convolution, batch norm, ReLU and max-pool; then global average pool and linear.

    The units are called ``conv1``, ``conv2``, ... as in the paper. The interface is timm's.

    Args:
        plan: Widths, kernel and pools.
        num_classes: Outputs of the linear layer.
        padding: ``"same"``, or ``"valid"`` for none, also in the pools.
    """

    def __init__(self, plan: Plan, num_classes: int, *, padding: Padding = "same") -> None:
        super().__init__()
        self.num_classes, self.num_features = num_classes, plan.channels[-1]
        self.smallest = smallest_size(plan, padding)
        widths = zip((3, *plan.channels), plan.channels, strict=False)
        self.units = nn.Sequential(
            OrderedDict(
                (f"conv{i + 1}", _unit(*width, plan.kernel, padding, pool=i < plan.pools))
                for i, width in enumerate(widths)
            )
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(self.num_features, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        """Maps of the last unit: (n, 3, h, w) -> (n, num_features, h', w').

        Raises:
            ConfigError: If the images are too small.
        """
        if min(images.shape[2:]) < self.smallest:
            high, wide = images.shape[2:]
            raise ConfigError(
                f"Images of {high} x {wide} px are too small for this CBR network without "
                f"padding, whose smallest size is {self.smallest} px."
            )
        maps: torch.Tensor = self.units(images)
        return maps

    def forward_head(self, maps: torch.Tensor, pre_logits: bool = False) -> torch.Tensor:
        """Pool the maps; apply the linear layer unless ``pre_logits``."""
        features: torch.Tensor = self.pool(maps).flatten(1)
        return features if pre_logits else self.fc(features)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Outputs of images: (n, 3, h, w) -> (n, num_classes)."""
        return self.forward_head(self.forward_features(images))

    def get_classifier(self) -> nn.Linear:
        """The linear layer."""
        return self.fc


def _unit(before: int, after: int, kernel: int, padding: Padding, *, pool: bool) -> nn.Sequential:
    unit = nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(before, after, kernel, padding=padding, bias=False),
            bn=nn.BatchNorm2d(after),
            act=nn.ReLU(inplace=True),
        )
    )
    if pool:
        around = POOL // 2 if padding == "same" else 0
        unit.add_module("pool", nn.MaxPool2d(POOL, STRIDE, padding=around))
    return unit


def smallest_size(plan: Plan, padding: Padding) -> int:
    """The smallest images, in pixels, that leave something of every map."""
    if padding == "same":
        return 1
    size = 1
    for unit in reversed(range(len(plan.channels))):
        size = (size - 1) * STRIDE + POOL if unit < plan.pools else size
        size += plan.kernel - 1
    return size


def names() -> Sequence[str]:
    """All networks of the family: as published, and without padding."""
    return tuple(name + ending for ending in ("", _VALID) for name in PLANS)


def build(network: str, outputs: int) -> nn.Module:
    """Build a network of the family, weights drawn from PyTorch's global generator."""
    padding: Padding = "valid" if network.endswith(_VALID) else "same"
    return CBR(PLANS[network.removesuffix(_VALID)], outputs, padding=padding)


def normalisation(network: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of ImageNet, as in the paper."""
    return IMAGENET


def stage_names(model: nn.Module, tensors: Sequence[str]) -> dict[str, str]:
    """The stage of each tensor: the unit it belongs to, ``units.conv1.bn.weight`` to ``conv1``."""
    return {tensor: tensor.split(".")[1] for tensor in tensors}


def opening(network: str, outputs: int) -> tuple[str, str]:
    """Python that makes a network anew: an import, and an expression."""
    return (
        "from warmstart.models.architectures import build_network",
        f'build_network("{network}", {outputs}, seed=0)',
    )
