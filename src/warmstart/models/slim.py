"""The slim hybrid of "Transfusion": the first stages as published, the later ones half as wide.

Raghu et al., NeurIPS 2019, section 5: pretrained weights up to and including ResNet-50's second
block, and behind it half the channels, at random. The paper does not state the wiring: here widths
and outputs of the last two blocks are halved, and the third reads all that the second gives. The
network alone is half of it; the start ``transfuse:timm@block2`` is the other half.
"""

from collections.abc import Mapping, Sequence

from torch import nn

from warmstart.models import timm_family

WIDE: Mapping[str, str] = {"resnet50_slim": "resnet50"}
"""The network that each slim one is made from, and whose published weights it takes."""
CHANNELS = (64, 128, 128, 256)
"""Widths of the four blocks; those of the wide network are 64, 128, 256 and 512."""


def names() -> Sequence[str]:
    """All networks of the family."""
    return tuple(WIDE)


def build(network: str, outputs: int) -> nn.Module:
    """Build a network of the family, weights drawn from PyTorch's global generator."""
    return timm_family.build(WIDE[network], outputs, channels=CHANNELS)


def normalisation(network: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation that the wide network expects."""
    return timm_family.normalisation(WIDE[network])


def published_size(network: str) -> int | None:
    """The image size that the wide network's published weights are for, in pixels."""
    return timm_family.published_size(WIDE[network])


def opening(network: str, outputs: int) -> tuple[str, str]:
    """Plain timm that makes a network anew: an import, and an expression."""
    made = f'timm.create_model("{WIDE[network]}", num_classes={outputs}, channels={CHANNELS})'
    return "import timm", made
