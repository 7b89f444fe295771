"""Small datasets and files for the data tests."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from warmstart.data.dataset import Dataset
from warmstart.data.sources import ImageArray


def write_image(path: Path, *, value: int = 100, size: tuple[int, int] = (8, 6), mode: str = "RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = value if mode in ("L", "I;16") else (value,) * len(Image.new(mode, (1, 1)).getbands())
    Image.new(mode, size, colour).save(path)
    return path


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def made(labels, groups=None, *, classes=None, split=None, name="made") -> Dataset:
    """A dataset without files, for checks and folds."""
    labels = np.asarray(labels)
    count = labels.shape[1] if labels.ndim == 2 else int(labels.max()) + 1
    n = len(labels)
    return Dataset(
        name=name,
        images=ImageArray(np.zeros((n, 4, 4), np.uint8), [f"{i:04d}" for i in range(n)]),
        rows=np.arange(n),
        labels=labels,
        classes=classes or tuple("abcdefghijklmnop"[:count]),
        groups=None if groups is None else np.array([str(g) for g in groups]),
        split=None if split is None else np.array(split),
    )
