"""STL-10 as it is published: images of 96 x 96 pixels in binary files, columns first."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from warmstart.data.dataset import Dataset
from warmstart.data.listing import unreadable
from warmstart.data.readers.containers import PartFiles, common_folder, numbered, parts_there
from warmstart.data.readers.published import compared
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.records import FileRows, count_records, stream_records
from warmstart.errors import DataError

_PLANES = (3, 96, 96)
"""Red, green and blue of an image, each column after column."""

_UPRIGHT = (2, 1, 0)

_FILES = {
    "train": ("train_X.bin", "train_y.bin"),
    "test": ("test_X.bin", "test_y.bin"),
}
_PUBLISHED = {"train": 500, "test": 800}
"""Images of each class, by part."""

_CLASSES = (
    "airplane",
    "bird",
    "car",
    "cat",
    "deer",
    "dog",
    "horse",
    "monkey",
    "ship",
    "truck",
)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Stl10Options:
    """The reader ``stl10`` has no options of its own."""


def read_stl10(root: Path | None, options: Stl10Options) -> Dataset:
    """Read the labelled images of STL-10; those of ``unlabeled_X.bin`` are left out.

    Raises:
        DataError: If neither part is there, labels are missing or wrong, or a file has the wrong
            number of bytes.
    """
    parts, notes = parts_there(root, _FILES, STL10.expects)
    labels = [_labels(part) for part in parts]
    counts = {part.name: len(numbers) for part, numbers in zip(parts, labels, strict=True)}
    files = tuple((part.images, counts[part.name]) for part in parts)
    folder = common_folder([part.images for part in parts])
    stream = partial(stream_records, shape=_PLANES, axes=_UPRIGHT)
    names = numbered(counts)
    dataset = Dataset(
        name="stl10",
        images=FileRows(folder, names, files, stream),
        rows=np.arange(len(names)),
        labels=np.concatenate(labels),
        classes=_classes(parts[0].images.parent / "class_names.txt"),
        split=np.repeat(list(counts), list(counts.values())),
        notes=notes + _unlabeled(folder),
    )
    each = sum(_PUBLISHED[part] for part in counts)
    return compared(dataset, classes=dict.fromkeys(dataset.classes, each))


def _labels(part: PartFiles) -> NDArray[np.int64]:
    """Class of each image of a part, from 0; the file counts from 1."""
    count = count_records(part.images, _PLANES)
    numbers = np.frombuffer(_read(part.labels), np.uint8).astype(np.int64)
    if len(numbers) != count:
        raise DataError(
            f"{part.images} holds {count:,} images, but {part.labels} {len(numbers):,} labels; "
            "fetch and unpack both again."
        )
    wrong = np.flatnonzero((numbers < 1) | (numbers > len(_CLASSES)))
    if len(wrong):
        raise DataError(
            f"{part.labels}: the label of {part.name}/{wrong[0]:06d} is {numbers[wrong[0]]}; "
            f"expected 1 to {len(_CLASSES)}. Fetch and unpack it again."
        )
    return numbers - 1


def _classes(path: Path) -> tuple[str, ...]:
    """Names of the classes as the release's own file gives them, where it is there."""
    if not path.is_file():
        return _CLASSES
    try:
        text = _read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error.reason}); fetch it again.") from error
    names = tuple(line.strip() for line in text.splitlines() if line.strip())
    if len(names) != len(_CLASSES):
        raise DataError(
            f"{path} names {len(names)} classes; expected {len(_CLASSES)}, one a line. Fetch it "
            "again."
        )
    return names


def _unlabeled(folder: Path) -> tuple[str, ...]:
    name = "unlabeled_X.bin"
    there = (folder / name).exists()
    return (f"the images of {name} have no labels and are left out",) if there else ()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


STL10 = Reader(
    name="stl10",
    title="STL-10, photographs of 96 x 96 pixels",
    labels="10 classes",
    parts=True,
    layout="stl10_binary/\n    train_X.bin\n    train_y.bin\n    test_X.bin\n    test_y.bin\n"
    "    class_names.txt",
    archives=("stl10_binary.tar.gz",),
    address="https://cs.stanford.edu/~acoates/stl10/",
    read=read_stl10,
    options=Stl10Options,
    published=lambda root, options: sum(_PUBLISHED.values()) * len(_CLASSES),
    expects="a folder with train_X.bin and train_y.bin, test_X.bin and test_y.bin, or both",
)
