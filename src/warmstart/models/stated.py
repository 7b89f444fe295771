"""What the file beside weights of our own says of them."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warmstart.errors import WeightsError
from warmstart.models.weights import preprocess_file

Normalisation = tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True)
class Stated:
    """What a ``preprocess.json`` says; ``None`` is what it does not.

    Attributes:
        normalisation: Mean and std, per channel, that images are normalised with.
        classes: How many classes the network tells apart.
        size: Height and width of the images it was trained on.
    """

    normalisation: Normalisation | None = None
    classes: int | None = None
    size: int | None = None


def stated_beside(weights: Path) -> Stated:
    """Read the ``preprocess.json`` beside a file of weights, if there is one.

    Raises:
        WeightsError: If its mean and std are none.
    """
    beside = preprocess_file(weights)
    if beside is None:
        return Stated()
    try:
        found = json.loads(beside.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            return Stated()
        classes, size = found.get("classes"), found.get("image_size")
        return Stated(
            _normalisation(found),
            len(classes) if isinstance(classes, list) else None,
            size if isinstance(size, int) else None,
        )
    except (ValueError, TypeError) as error:
        raise WeightsError(
            f"Cannot tell mean and std from {beside}; expected three numbers each, the std above "
            "zero. Mend it, or take it away to use the network's own."
        ) from error


def _normalisation(found: dict[str, Any]) -> Normalisation | None:
    if not {"mean", "std"} <= found.keys():
        return None
    mean, std = (tuple(float(value) for value in found[name]) for name in ("mean", "std"))
    if len(mean) == len(std) == 3 and all(map(math.isfinite, mean + std)) and min(std) > 0:
        return mean, std
    raise ValueError("no mean and std")
