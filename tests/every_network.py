"""Each kind of network, at the smallest size that it takes."""

import torch

from warmstart.models import cbr, slim
from warmstart.models.architectures import linear_name, skeleton
from warmstart.models.weights import LITE0

OF_TIMM = {"resnet50": 32, "inception_v3": 75, LITE0: 32, "vit_tiny_patch16_224": 32}
CBR = [name for name in cbr.names() if not name.endswith("_valid")]
SIZES = OF_TIMM | {name: 32 for name in slim.names()} | {name: 28 for name in CBR}
N, KEY = 6, "0123456789abcdef"


def head(network, tensors):
    prefix = linear_name(skeleton(network)) + "."
    return {name for name in tensors if name.startswith(prefix)}


def same(first, second):
    return {name for name, value in first.items() if torch.equal(value, second[name])}
