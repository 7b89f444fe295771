"""Decode and resize every image once, into one array on disk that is mapped, never loaded."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from warmstart.core.identity import question_key
from warmstart.core.store import fresh_folder, remove_leftovers, storing
from warmstart.data.ahead import map_ahead
from warmstart.data.checks import check_dataset
from warmstart.data.dataset import Dataset, Raw
from warmstart.data.fingerprint import NOTHING, fingerprint, image_digests
from warmstart.data.geometry import Fit, TooDeepError, decode, fit_to, trusting
from warmstart.data.pixels import PixelWriter
from warmstart.errors import DataError

_GEOMETRY = 1
"""Raised by hand when a change of the code changes the pixels."""

Progress = Callable[[int, int], None]
_Decoded = tuple[NDArray[np.uint8], tuple[int, int]] | str
"""Pixels and native size, or why the image cannot be read."""

_UNOPENED = "the file is empty or cannot be opened"


@dataclass(frozen=True, eq=False)
class PreparedImages:
    """The images of a dataset, resized.

    Attributes:
        array: Read-only map of a file, uint8 (n, size, size, c); c is 1 if every image is
            greyscale, else 3.
        native_sizes: Width and height of each image before, int32 (n, 2).
    """

    array: NDArray[np.uint8]
    native_sizes: NDArray[np.int32]


def prepare(
    dataset: Dataset,
    *,
    size: int,
    fit: Fit,
    cache: Path,
    skip_unreadable: bool = False,
    identity: str | None = None,
    progress: Progress | None = None,
) -> tuple[Dataset, PreparedImages]:
    """Return the dataset and its images at ``size`` x ``size``, decoded at most once.

    Args:
        dataset: A checked dataset.
        size: Side of the square in pixels.
        fit: What happens to the aspect ratio, see ``geometry.fit_to``.
        cache: Folder for digests and prepared arrays.
        skip_unreadable: Leave out images that cannot be read instead of refusing the dataset.
        identity: Fingerprint of the dataset, by a caller who has it: then no file is hashed.
        progress: Called while files are hashed, then while they are decoded.

    Raises:
        DataError: If images cannot be read (all are listed), or need a window.
        StoreError: If the cache cannot be written.
    """
    if identity is None:
        identity = fingerprint(dataset, cache, progress=progress)
    question = [_GEOMETRY, identity, size, fit, dataset.window and list(dataset.window)]
    folder = cache / "prepared" / question_key(question)
    if not folder.exists():
        with storing(cache):
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{folder}.lock"):
                if not folder.exists():
                    remove_leftovers(folder)
                    _write(dataset, size, fit, folder, identity, progress)
    problems: dict[str, str] = json.loads((folder / "unreadable.json").read_text("utf-8"))
    kept = _without(dataset, problems, skip_unreadable) if problems else dataset
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    return kept, PreparedImages(pixels, np.load(folder / "sizes.npy"))


def _write(
    dataset: Dataset, size: int, fit: Fit, folder: Path, identity: str, progress: Progress | None
) -> None:
    """Decode every image into ``folder``; it appears whole or not at all."""
    sizes: list[tuple[int, int]] = []
    problems: dict[str, str] = {}
    with fresh_folder(folder) as work, PixelWriter(work / "pixels.npy", size) as writer:
        names = dataset.names
        for done, decoded in enumerate(_decoded(dataset, size, fit), start=1):
            if isinstance(decoded, str):
                problems[names[done - 1]] = decoded
            else:
                writer.add(decoded[0])
                sizes.append(decoded[1])
            if progress is not None:
                progress(done, len(dataset))
        _check_still_there(dataset, problems, folder.parent.parent, identity)
        if not sizes:
            raise DataError(_unreadable_text(dataset, problems))
        np.save(work / "sizes.npy", np.array(sizes, np.int32))
        (work / "unreadable.json").write_text(json.dumps(problems), encoding="utf-8")


def _check_still_there(
    dataset: Dataset, problems: dict[str, str], cache: Path, identity: str
) -> None:
    """Refuse files that could be opened while they were hashed: their drive is gone, say.

    Else they would stay unreadable under an identity that holds them whole.
    """
    positions = [i for i, name in enumerate(dataset.names) if problems.get(name) == _UNOPENED]
    if not positions:
        return
    digests = image_digests(dataset, cache)
    lost = [dataset.names[i] for i in positions if digests[i] != NOTHING]
    if lost or fingerprint(dataset, cache) != identity:
        first = (lost or [dataset.names[positions[0]]])[0]
        raise DataError(
            f"{dataset.name}: {first} could be opened at first and no longer; check the drive and "
            "rerun, or remove the file."
        )


def _decoded(dataset: Dataset, size: int, fit: Fit) -> Iterator[_Decoded]:
    def one(raw: Raw) -> _Decoded:
        if isinstance(raw, bytes) and not raw:
            return _UNOPENED
        try:
            image = decode(raw, dataset.window)
            return np.asarray(fit_to(image, size, fit)), image.size
        except (TooDeepError, MemoryError):
            raise
        except Exception as error:  # Pillow's plugins raise nearly anything on damaged files
            return str(error).split(" <_io", 1)[0] or type(error).__name__

    threads = min(os.cpu_count() or 1, 16)
    raws = dataset.images.raw(dataset.rows.tolist())
    with trusting():
        try:
            yield from map_ahead(one, raws, threads=threads, ahead=2 * threads)
        except TooDeepError as error:
            raise DataError(
                f"{dataset.name}: an image has more than 8 bits ({error}); write "
                f"window = [0, 4095], its black and white, in [datasets.{dataset.name}]."
            ) from error


def _without(dataset: Dataset, problems: dict[str, str], skip: bool) -> Dataset:
    if not skip:
        raise DataError(_unreadable_text(dataset, problems))
    readable = [i for i, name in enumerate(dataset.names) if name not in problems]
    are = "image is unreadable and was" if len(problems) == 1 else "images are unreadable and were"
    note = f"{len(problems)} of {len(dataset)} {are} left out"
    kept = dataset.take(np.array(readable, np.int64))
    return check_dataset(kept.warn(note))


def _unreadable_text(dataset: Dataset, problems: dict[str, str]) -> str:
    listed = "; ".join(f"{name} ({reason})" for name, reason in problems.items())
    are = "image is" if len(problems) == 1 else "images are"
    return (
        f"{dataset.name}: {len(problems)} of {len(dataset)} {are} unreadable: {listed}. "
        "Repair or remove them, or rerun with --skip-unreadable to leave them out."
    )
