"""Fetch published or foreign weights, and load weights into a network."""

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from warmstart.core.identity import file_digest
from warmstart.core.names import hint
from warmstart.errors import WeightsError
from warmstart.models import slim, timm_family
from warmstart.models.architectures import build_network, family_of
from warmstart.models.fit import check_backbone, check_linear_layer
from warmstart.models.stages import stages_upto
from warmstart.models.starts import Start
from warmstart.models.stated import Stated, stated_beside
from warmstart.models.weights import (
    LITE0,
    LITE0_PACKAGE,
    Weights,
    lite0_file,
    tensors_digest,
    weights_file,
)

Tensors = Mapping[str, torch.Tensor]
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LITE0_STAGES = (1, 2, 2, 3, 3, 4, 1)


def fetch(start: Start, network: str, *, root: Path) -> tuple[Tensors, Weights]:
    """Fetch the tensors of a ``timm``, ``hf`` or ``file`` start, and check that they fit.

    A first convolution of grey images is spread over three colours; the origin says so. Of a
    ``transfuse`` start only the stages that it takes must fit. A linear layer is never taken over,
    but weights that are not of as many classes as the file beside them says are not what they seem.

    Raises:
        WeightsError: If there are none, they cannot be had, or they do not fit.
        ConfigError: If the network has no stage that a ``transfuse`` start names.
    """
    tensors: Tensors
    stated = Stated()
    family_of(network)
    publisher = slim.WIDE.get(network, network)
    if start.kind == "file":
        path = weights_file(start, root)
        tensors, origin, licence = read_tensors(path), f"file {path.name}", "not stated"
        stated = stated_beside(path)
        size = stated.size
        mean, std = stated.normalisation or family_of(network).normalisation(network)
    elif network == LITE0 and not start.argument and (packaged := lite0_file()):
        tensors, origin = rename_lite0(read_tensors(packaged)), f"ImageNet, from {LITE0_PACKAGE}"
        licence = "Apache-2.0"
        mean, std, size = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), timm_family.published_size(LITE0)
    elif start.kind == "hf":
        tensors, origin, licence, (mean, std, size) = _from_hub(start, publisher)
    else:
        tensors, tag = _download(start, publisher)
        origin, licence = f"timm {publisher}.{tag}", timm_family.licence(publisher, tag)
        mean, std, size = published_look(start, network)
    model = build_network(network, 2, seed=0)
    tensors, note = spread_grey(tensors, model)
    upto = start.transform.upto if start.transform else ""
    taken = stages_upto(network, upto) if upto else None
    check_backbone(model, tensors, what=str(start.base), network=network, taken=taken)
    if stated.classes is not None and taken is None:
        check_linear_layer(tensors, network, what=str(start.base), classes=stated.classes)
    origin += note and f"; {note}"
    return tensors, Weights(
        digest=tensors_digest(tensors),
        mean=mean,
        std=std,
        origin=origin,
        licence=licence,
        size=size,
    )


def load_backbone(model: nn.Module, tensors: Tensors, *, what: str, network: str) -> None:
    """Copy all weights but those of the linear layer into a network, in place.

    Raises:
        WeightsError: If one is missing, left over, or of another shape.
    """
    given = check_backbone(model, tensors, what=what, network=network)
    model.load_state_dict(given, strict=False)


def spread_grey(tensors: Tensors, model: nn.Module) -> tuple[Tensors, str]:
    """Give three colours to a first convolution that was trained on grey images.

    Each colour gets a third of the weights, so that an image of three equal channels gives what
    the grey image gave.

    Returns:
        The tensors, and what was done in words; empty where nothing was to be done.
    """
    wanted = model.state_dict()
    changed = {
        name: value.repeat(1, 3, *[1] * (value.ndim - 2)) / 3
        for name, value in tensors.items()
        if name in wanted and value.ndim == wanted[name].ndim == 4
        if value.shape[1] == 1 and wanted[name].shape[1] == 3
        if wanted[name].shape[2:] == value.shape[2:]
    }
    if not changed:
        return tensors, ""
    return {**tensors, **changed}, f"{', '.join(changed)} spread from 1 to 3 channels, a third each"


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """Read a file of weights; the one place that opens a foreign ``.pth``, weights only.

    Raises:
        WeightsError: If it is not a readable ``.safetensors`` or ``.pth`` file of tensors.
    """
    found: Any
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with path.open("rb") as handle:
            is_pth = handle.read(2).startswith((b"PK", b"\x80"))  # a zip archive, or a pickle
        with warnings.catch_warnings(action="ignore"):
            found = torch.load(path, map_location="cpu", weights_only=True) if is_pth else None
    except (SafetensorError, RuntimeError, OSError, EOFError, ValueError, KeyError) as error:
        reason = _first_line(error).split(". ")[0]
        raise WeightsError(f"Cannot read weights from {path}: {reason}.") from error
    except Exception as error:  # pickle's own error, which torch.load raises on other objects
        raise WeightsError(
            f"{path} holds more than weights and is not opened, because it could run code; "
            "save its state_dict as .safetensors."
        ) from error
    if not is_pth:
        raise WeightsError(f"{path} is no file of weights; expected .safetensors or .pth.")
    found = found.get("state_dict", found.get("model", found)) if isinstance(found, dict) else found
    if not isinstance(found, dict) or not all(torch.is_tensor(v) for v in found.values()):
        raise WeightsError(f"{path} holds no state_dict of tensors; save one as .safetensors.")
    return found


def rename_lite0(tensors: Tensors) -> dict[str, torch.Tensor]:
    """Give EfficientNet-PyTorch's names of EfficientNet-Lite0 the names of timm."""
    places = [(s, b) for s, length in enumerate(_LITE0_STAGES) for b in range(length)]
    outer = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}
    outer["_fc"] = "classifier"
    separable = {"_depthwise_conv": "conv_dw", "_bn1": "bn1"}
    separable |= {"_project_conv": "conv_pw", "_bn2": "bn2"}
    inverted = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw"}
    inverted |= {"_bn1": "bn2", "_project_conv": "conv_pwl", "_bn2": "bn3"}
    renamed = {}
    for name, value in tensors.items():
        parts = name.split(".")
        if parts[0] == "_blocks":
            stage, block = places[int(parts[1])]
            inner = (inverted if stage else separable)[parts[2]]
            renamed[f"blocks.{stage}.{block}.{inner}.{parts[3]}"] = value
        else:
            renamed[f"{outer[parts[0]]}.{parts[1]}"] = value
    return renamed


def published_tag(start: Start, network: str) -> str:
    """Return the tag of the published weights that a ``timm`` start names; fetches nothing.

    Raises:
        WeightsError: If timm publishes none for the network, or not these.
    """
    network = slim.WIDE.get(network, network)
    tags = timm_family.tags(network)
    if not tags:
        raise WeightsError(
            f"timm publishes no weights for {network!r}; take another start, or leave the network "
            "out (in a study: give the source networks = [...] without it)."
        )
    tag = start.argument or tags[0]
    if tag not in tags:
        raise WeightsError(
            f"timm publishes no weights {tag!r} for {network!r}.{hint(tag, tags)} "
            f"Known: {', '.join(tags)}."
        )
    return tag


def published_look(
    start: Start, network: str
) -> tuple[tuple[float, ...], tuple[float, ...], int | None]:
    """Return mean, standard deviation and size of the images that a ``timm`` start is made for.

    Raises:
        WeightsError: If timm publishes none for the network, or not these.
    """
    tag, publisher = published_tag(start, network), slim.WIDE.get(network, network)
    mean, std = timm_family.normalisation(publisher, tag)
    return mean, std, timm_family.published_size(publisher, tag)


def is_downloaded(start: Start, network: str) -> bool:
    """Whether the hub's own cache holds the weights that a ``timm`` or ``hf`` start names.

    Raises:
        WeightsError: If timm publishes none for the network, or not these.
    """
    if start.kind == "hf":
        return timm_family.is_cached(start.argument)
    named = slim.WIDE.get(network, network)
    return timm_family.is_cached(f"timm/{named}.{published_tag(start, network)}")


def _download(start: Start, network: str) -> tuple[Tensors, str]:
    tag = published_tag(start, network)
    try:
        classes = timm_family.classes(network, tag)
        model = timm_family.build(network, classes, pretrained_tag=tag)
    except Exception as error:  # whatever the hub's client raises without a network
        raise WeightsError(
            f"Cannot download the weights {network}.{tag}: {_first_line(error)}. Download them on "
            'a machine with access and use start = "file:PATH".'
        ) from error
    check_cached(timm_family.cached_file(f"timm/{network}.{tag}"))
    return model.state_dict(), tag


def _from_hub(
    start: Start, network: str
) -> tuple[Tensors, str, str, tuple[tuple[float, ...], tuple[float, ...], int]]:
    """Tensors, origin, licence, and what images of a repository in timm's format are like."""
    repository = start.argument
    try:
        found = timm_family.hub_network(repository)
        if found != network:
            raise WeightsError(
                f"{repository} on the hub holds the network {found!r}, not {network!r}; give the "
                f"source networks = [{found!r}], or another start."
            )
        model = timm_family.build_from_hub(repository)
        check_cached(timm_family.cached_file(repository))
    except WeightsError:
        raise
    except Exception as error:  # whatever the hub's client raises without a network
        raise WeightsError(
            f"Cannot download {repository} from the hub: {_first_line(error)}. It must be a "
            "repository in timm's format. Download its weights on a machine with access and use "
            'start = "file:PATH".'
        ) from error
    config: Any = model.pretrained_cfg
    shown = tuple(config["mean"]), tuple(config["std"]), int(config["input_size"][-1])
    licence = config.get("license") or "not stated"
    return model.state_dict(), f"hub {repository}", licence, shown


def check_cached(path: Path | None) -> None:
    """Refuse a file of the hub's cache that is not what the hub says it is.

    The cache keeps large files under the SHA-256 that the hub states, and links to them; a file
    that is no such link, or small, is not compared.

    Raises:
        WeightsError: If its SHA-256 is another one.
    """
    kept = None if path is None else path.resolve()
    if kept is None or not _SHA256.fullmatch(kept.name):
        return
    found = file_digest(kept)
    if found != kept.name:
        raise WeightsError(
            f"{path} has SHA-256 {found}, the hub states {kept.name}; delete {kept} and fetch it "
            "again."
        )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    telling = 1 if lines[0].startswith("Error(s) in loading state_dict") and lines[1:] else 0
    return lines[telling].strip().rstrip(".")
