"""One dataset, named on the command line instead of in a study file."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.core.names import lookup
from warmstart.core.text import counted
from warmstart.data.audit import SIZE
from warmstart.data.dataset import Dataset
from warmstart.data.fingerprint import image_digests
from warmstart.data.prepare import readable_images
from warmstart.data.readers import read_dataset, readers
from warmstart.errors import ConfigError
from warmstart.studies.study_file import make_change

Step = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Looked:
    """A dataset whose images were all decoded once.

    Attributes:
        dataset: As it was read, with the images that cannot be read.
        digests: Digest of each image.
        problems: Why images cannot be read, by position.
        readable: Positions of the others, ascending, shape (m,).
        sizes: Native width and height of these, shape (m, 2).
        channels: 1 if all of them are greyscale, else 3.
    """

    dataset: Dataset
    digests: Sequence[bytes]
    problems: Mapping[int, str]
    readable: NDArray[np.int64]
    sizes: NDArray[np.int32]
    channels: int

    @property
    def usable(self) -> Dataset:
        """The dataset without the images that cannot be read."""
        return self.dataset.take(self.readable)


def read_one(
    reader: str,
    root: Path | None,
    *,
    labels: Path | None = None,
    columns: Mapping[str, object] | None = None,
    changes: Sequence[str] = (),
    unpacking: Callable[[int, int], None] | None = None,
) -> Dataset:
    """Read a dataset as the commands name it, also one that no study could learn from.

    Args:
        reader: Name of a reader.
        root: What it reads; with ``labels`` the folder that paths are relative to.
        labels: A CSV file with paths and labels, for the reader csv.
        columns: Its options, such as ``{"label_column": "dx"}``.
        changes: The reader's options, each as ``KEY=VALUE`` in TOML; a bare word is text.
        unpacking: Told how many bytes of archives are unpacked, and of how many.

    Raises:
        UnknownNameError: If there is no such reader.
        ConfigError: If an option is wrong, or the root is missing.
        DataError: If the images cannot be listed.
    """
    chosen = lookup("reader", reader, readers())
    options: dict[str, Any] = dict(columns or {})
    if reader != "csv" and (labels is not None or options):
        given = "labels" if labels is not None else next(iter(options))
        raise ConfigError(
            f"--{given.replace('_', '-')} is for the reader csv, not {reader}; options of "
            f"{reader} are given with --set, see `warmstart datasets list {reader}`."
        )
    if chosen.needs_root and root is None:
        raise ConfigError(f"Reader {reader!r} needs a ROOT: {chosen.expects}.")
    if root is not None and not chosen.needs_root:
        raise ConfigError(f"Reader {reader!r} needs no ROOT; leave out {str(root)!r}.")
    name = reader if root is None else name_of(root)
    if labels is not None and root is not None:
        options["images"] = relative(root, labels.parent)
        root = labels
    for change in changes:
        make_change(options, change, example="groups=false")
    return read_dataset(name, reader, root, options, trainable=False, progress=unpacking)


def look_at(dataset: Dataset, cache: Path, step: Step) -> Looked:
    """Decode every image of a dataset small; what cannot be read stops nothing.

    Raises:
        DataError: If no image can be read, or images need a window.
    """

    def told(done: int, total: int) -> None:
        step(f"reading {dataset.name}", done, total)

    digests = image_digests(dataset, cache, told)
    images, problems = readable_images(
        dataset, digests, size=SIZE, fit="squash", cache=cache, progress=told
    )
    return Looked(
        dataset=dataset,
        digests=digests,
        problems=problems,
        readable=np.setdiff1d(np.arange(len(dataset)), list(problems)),
        sizes=images.native_sizes,
        channels=images.array.shape[-1],
    )


def headline(dataset: Dataset) -> str:
    """A dataset's name, images and classes."""
    kind = ("yes/no label", "yes/no labels") if dataset.multilabel else ("class", "classes")
    images, classes = counted(len(dataset), "image"), counted(len(dataset.classes), *kind)
    return f"{dataset.name}: {images}, {classes}"


def name_of(images: Path) -> str:
    """A name for a dataset, after its folder or file, that a study file can hold.

    Example:
        >>> name_of(Path("/data/my images"))
        'my-images'
    """
    path = images.resolve()
    stem = path.stem.removesuffix(".tar") if images.is_file() else path.name
    cleaned = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "-" for c in stem)
    return cleaned.strip("-_") or "images"


def relative(path: Path, start: Path) -> str:
    """A path relative to a folder; an absolute one stays as it is."""
    if path.is_absolute():
        return path.as_posix()
    return Path(os.path.relpath(path, start)).as_posix()
