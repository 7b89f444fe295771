"""What one training is given."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from warmstart.training.recipe import Recipe

Kind = Literal["pretrain", "finetune"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Training:
    """A training with its inputs fixed; it can be sent to another process.

    Attributes:
        key: The run's key, which also names its randomness.
        kind: Whether a source is made or a target learned.
        network: Name of the network.
        recipe: How to train.
        head_only: Train the linear layer only.
        images: File of prepared images, uint8 (m, size, size, c).
        rows: Row of that file that holds each of the n images.
        paths: Name of each image.
        groups: Hashed group of each image.
        labels: Classes (n,), or yes/no labels (n, L).
        classes: Name of each class or label.
        parts: Positions of the images of ``train``, ``validation`` and ``test``.
        start: Where the weights come from, and what is done to them first.
        weights: File of the weights to start from; ``None`` for random initialisation.
        normalisation: Mean and std of those weights; ``None`` to take the network's own.
        threads: CPU threads; part of the question, because sums depend on their order.
        device: ``"cpu"``, ``"cuda"``, ...
        devices: How many of them share each batch, in a process each.
    """

    key: str
    kind: Kind
    network: str
    recipe: Recipe
    head_only: bool
    images: Path
    rows: NDArray[np.int64]
    paths: NDArray[np.str_]
    groups: NDArray[np.str_]
    labels: NDArray[Any]
    classes: tuple[str, ...]
    parts: dict[str, NDArray[np.int64]]
    weights: Path | None
    start: str = "random"
    normalisation: tuple[tuple[float, ...], tuple[float, ...]] | None
    threads: int
    device: str
    devices: int = 1
