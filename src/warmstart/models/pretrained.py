"""Fetch published or foreign weights, and load weights into a network."""

import json
import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from warmstart.core.names import hint
from warmstart.errors import WeightsError
from warmstart.models import slim, timm_family
from warmstart.models.architectures import build_network, family_of, linear_name
from warmstart.models.stages import Stage, stages_upto
from warmstart.models.starts import Start
from warmstart.models.weights import (
    LITE0,
    LITE0_PACKAGE,
    Weights,
    lite0_file,
    preprocess_file,
    tensors_digest,
    weights_file,
)

Tensors = Mapping[str, torch.Tensor]
_LITE0_STAGES = (1, 2, 2, 3, 3, 4, 1)


def fetch(start: Start, network: str, *, root: Path) -> tuple[Tensors, Weights]:
    """Fetch the tensors of a ``timm``, ``hf`` or ``file`` start, and check that they fit.

    A first convolution of grey images is spread over three colours; the origin says so. Of a
    ``transfuse`` start only the stages that it takes must fit.

    Raises:
        WeightsError: If there are none, they cannot be had, or they do not fit.
        ConfigError: If the network has no stage that a ``transfuse`` start names.
    """
    tensors: Tensors
    family_of(network)
    publisher = slim.WIDE.get(network, network)
    if start.kind == "file":
        path = weights_file(start, root)
        tensors, origin, licence = read_tensors(path), f"file {path.name}", "not stated"
        mean, std = _normalisation_beside(path) or family_of(network).normalisation(network)
    elif network == LITE0 and not start.argument and (packaged := lite0_file()):
        tensors, origin = rename_lite0(read_tensors(packaged)), f"ImageNet, from {LITE0_PACKAGE}"
        licence = "Apache-2.0"
        mean, std = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
    elif start.kind == "hf":
        tensors, origin, licence, (mean, std) = _from_hub(start, publisher)
    else:
        tensors, tag = _download(start, publisher)
        origin, licence = f"timm {publisher}.{tag}", timm_family.licence(publisher, tag)
        mean, std = timm_family.normalisation(publisher, tag)
    model = build_network(network, 2, seed=0)
    tensors, note = spread_grey(tensors, model)
    upto = start.transform.upto if start.transform else ""
    taken = stages_upto(network, upto) if upto else None
    _check_fit(model, tensors, what=str(start.base), network=network, taken=taken)
    origin += note and f"; {note}"
    digest = tensors_digest(tensors)
    return tensors, Weights(digest=digest, mean=mean, std=std, origin=origin, licence=licence)


def _normalisation_beside(path: Path) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Mean and std from the ``preprocess.json`` that our own runs write beside their weights."""
    beside = preprocess_file(path)
    if beside is None:
        return None
    try:
        found = json.loads(beside.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or not {"mean", "std"} <= found.keys():
            return None
        mean, std = (tuple(float(value) for value in found[name]) for name in ("mean", "std"))
        if len(mean) == len(std) == 3 and all(map(math.isfinite, mean + std)) and min(std) > 0:
            return mean, std
    except (ValueError, TypeError):
        pass
    raise WeightsError(
        f"Cannot tell mean and std from {beside}; expected three numbers each, the std above "
        "zero. Mend it, or take it away to use the network's own."
    )


def load_backbone(model: nn.Module, tensors: Tensors, *, what: str, network: str) -> None:
    """Copy all weights but those of the linear layer into a network, in place.

    Raises:
        WeightsError: If one is missing, left over, or of another shape.
    """
    given = _check_fit(model, tensors, what=what, network=network)
    model.load_state_dict(given, strict=False)


def _check_fit(
    model: nn.Module,
    tensors: Tensors,
    *,
    what: str,
    network: str,
    taken: Sequence[Stage] | None = None,
) -> dict[str, torch.Tensor]:
    """Return the weights of these stages, by default of all, without the linear layer.

    Raises:
        WeightsError: If one is missing, left over, or of another shape.
    """
    head = linear_name(model) + "."

    def backbone(every: Tensors) -> dict[str, torch.Tensor]:
        names = (name for name in every if not name.startswith(head))
        if taken is not None:
            names = (name for name in names if any(stage.holds(name) for stage in taken))
        return {name: every[name] for name in names}

    wanted, given = backbone(model.state_dict()), backbone(tensors)
    in_one = wanted.keys() ^ given.keys()  # two shapes say more than an unknown name
    for name in sorted(wanted.keys() | given.keys(), key=lambda name: (name in in_one, name)):
        problem = _misfit(wanted.get(name), given.get(name))
        if problem:
            raise WeightsError(
                f"The weights {what!r} do not fit {network!r}: {name} {problem}. "
                "Name the network they were trained with, or another start."
            )
    return given


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


def _misfit(wanted: torch.Tensor | None, given: torch.Tensor | None) -> str | None:
    if given is None:
        return "is missing"
    if wanted is None:
        return "is not part of this network"
    if wanted.shape != given.shape:
        return f"has shape {tuple(given.shape)}, expected {tuple(wanted.shape)}"
    return None


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
            f"timm publishes no weights for {network!r}; give the source networks = [...] without "
            "it, or another start."
        )
    tag = start.argument or tags[0]
    if tag not in tags:
        raise WeightsError(
            f"timm publishes no weights {tag!r} for {network!r}.{hint(tag, tags)} "
            f"Known: {', '.join(tags)}."
        )
    return tag


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
    return model.state_dict(), tag


def _from_hub(
    start: Start, network: str
) -> tuple[Tensors, str, str, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Tensors, origin, licence, and mean and std of a repository in timm's format."""
    repository = start.argument
    try:
        found = timm_family.hub_network(repository)
        if found != network:
            raise WeightsError(
                f"{repository} on the hub holds the network {found!r}, not {network!r}; give the "
                f"source networks = [{found!r}], or another start."
            )
        model = timm_family.build_from_hub(repository)
    except WeightsError:
        raise
    except Exception as error:  # whatever the hub's client raises without a network
        raise WeightsError(
            f"Cannot download {repository} from the hub: {_first_line(error)}. It must be a "
            "repository in timm's format. Download its weights on a machine with access and use "
            'start = "file:PATH".'
        ) from error
    config: Any = model.pretrained_cfg
    normalisation = tuple(config["mean"]), tuple(config["std"])
    licence = config.get("license") or "not stated"
    return model.state_dict(), f"hub {repository}", licence, normalisation


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
