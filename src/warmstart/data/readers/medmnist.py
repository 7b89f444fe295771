"""A MedMNIST release: one ``.npz`` with the images and labels of three parts."""

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from warmstart.data.dataset import Dataset
from warmstart.data.listing import only_file
from warmstart.data.readers.medmnist_sets import MEDMNIST_SETS, MedmnistSet
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.sources import NPZ_PROBLEMS, NpzMembers, member_shape
from warmstart.errors import DataError

NAME_CLASSES = "Name them with class_names = [...]."
"""What to do about classes without names, in a study file."""
_PARTS = (("train", "train"), ("val", "validation"), ("test", "test"))
_KEYS = tuple(f"{part}_{kind}" for part, _ in _PARTS for kind in ("images", "labels"))


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MedmnistOptions:
    """Options of the reader ``medmnist``.

    Attributes:
        class_names: Names of the classes, in the order of their numbers; by default those of the
            set that the file is named after, and for any other file the numbers.
    """

    class_names: tuple[str, ...] | None = None


MOST_CLASSES = 10_000
"""More classes than this are a mistake: numbers of images, or codes."""


def read_medmnist(root: Path | None, options: MedmnistOptions) -> Dataset:
    """Read a MedMNIST ``.npz``; its images stay compressed on disk.

    Raises:
        DataError: If the file is no ``.npz``, lacks one of the six arrays, or these disagree.
    """
    root = only_file(root, ".npz", MEDMNIST.expects)
    _check_keys(root)
    parts = [_part_labels(root, part) for part, _ in _PARTS]
    counts = [len(part) for part in parts]
    widths = {part.shape[1] for part in parts}
    if len(widths) > 1:
        raise DataError(f"{root}: its parts have different numbers of labels: {sorted(widths)}.")
    known = _known(root)
    names = options.class_names or (known.classes if known else None)
    labels, classes = _classes(root, np.concatenate(parts), names)
    dataset = Dataset(
        name="medmnist",
        images=NpzMembers(root, _names(counts), _members(counts)),
        rows=np.arange(sum(counts)),
        labels=labels,
        classes=classes,
        split=np.repeat([split for _, split in _PARTS], counts),
    )
    return dataset if known is None else compared(dataset, sum(known.images))


def _known(root: Path) -> MedmnistSet | None:
    """The set a file is named after."""
    return MEDMNIST_SETS.get(root.stem.lower().partition("_")[0])


def _published(root: Path | None, options: MedmnistOptions) -> int | None:
    known = None if root is None else _known(root)
    return None if known is None else sum(known.images)


def _check_keys(root: Path) -> None:
    try:
        with zipfile.ZipFile(root) as archive:
            found = sorted(name.removesuffix(".npy") for name in archive.namelist())
    except NPZ_PROBLEMS as error:
        raise DataError(f"{root} cannot be read as .npz: {error}.") from error
    missing = [key for key in _KEYS if key not in found]
    if missing:
        raise DataError(
            f"{root} lacks {', '.join(missing)}; expected {MEDMNIST.expects}. "
            f"Found: {', '.join(found) or 'nothing'}."
        )


def _part_labels(root: Path, part: str) -> NDArray[np.generic]:
    try:
        with np.load(root, allow_pickle=False) as archive:
            labels: NDArray[np.generic] = archive[f"{part}_labels"]
    except NPZ_PROBLEMS as error:
        raise DataError(f"{root}: {part}_labels cannot be read: {error}.") from error
    shape = member_shape(root, f"{part}_images")
    if labels.ndim == 1:
        labels = labels[:, None]
    if labels.ndim != 2 or len(labels) != shape[0] or len(shape) not in (3, 4) or 0 in shape[1:]:
        raise DataError(
            f"{root}: {part}_images has shape {shape} and {part}_labels {labels.shape}; "
            "expected (n, h, w) or (n, h, w, c), and (n, 1) or (n, L)."
        )
    if labels.dtype.kind not in "iufb" or not (np.mod(labels, 1) == 0).all():
        raise DataError(f"{root}: {part}_labels holds other values than whole numbers.")
    if labels.shape[1] == 1 and labels.size and not 0 <= labels.max() < MOST_CLASSES:
        raise DataError(
            f"{root}: {part}_labels goes up to {labels.max():g}; expected class numbers from 0, "
            f"below {MOST_CLASSES}."
        )
    return labels


def _classes(
    root: Path, labels: NDArray[np.generic], given: tuple[str, ...] | None
) -> tuple[NDArray[np.generic], tuple[str, ...]]:
    several = labels.shape[1] > 1
    count = labels.shape[1] if several else int(labels.astype(np.int64).max(initial=-1)) + 1
    names = given or tuple(str(number) for number in range(count))
    if len(names) != count:
        raise DataError(
            f"{root} has {count} classes, but {len(names)} were expected: {', '.join(names)}. "
            f"{NAME_CLASSES}"
        )
    return (labels.astype(np.float64) if several else labels[:, 0].astype(np.int64)), names


def _names(counts: list[int]) -> list[str]:
    parts = zip(_PARTS, counts, strict=True)
    return [f"{part}/{row:06d}" for (part, _), count in parts for row in range(count)]


def _members(counts: list[int]) -> tuple[tuple[str, int], ...]:
    return tuple((f"{part}_images", n) for (part, _), n in zip(_PARTS, counts, strict=True))


MEDMNIST = Reader(
    name="medmnist",
    title="MedMNIST 2D, 28 to 224 pixels",
    labels="one class, or 14 yes/no labels",
    parts=True,
    layout="bloodmnist_224.npz",
    address="https://medmnist.com",
    read=read_medmnist,
    options=MedmnistOptions,
    published=_published,
    expects=f"a MedMNIST .npz with {', '.join(_KEYS)}",
)
