"""Decode and resize every image once, into one array on disk that is mapped, never loaded."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmstart.core.identity import question_key
from warmstart.core.store import stored_folder
from warmstart.data.ahead import map_on_cores
from warmstart.data.checks import check_dataset
from warmstart.data.dataset import Dataset, Raw, View
from warmstart.data.fingerprint import NOTHING, image_digests
from warmstart.data.geometry import Fit, TooDeepError, decode, fit_to, trusting
from warmstart.data.mixture import view_question, views
from warmstart.data.pixels import PixelWriter
from warmstart.errors import DataError

_GEOMETRY = 2
"""Raised by hand when a change of the code changes the pixels."""

Progress = Callable[[int, int], None]
_Decoded = tuple[NDArray[np.uint8], tuple[int, int]] | str
"""Pixels and native size, or why the image cannot be read."""

_Problems = dict[int, str]
"""Why images cannot be read, by position."""

STATE_WINDOW = "write window = [0, 4095], its black and white, beside the reader that lists it."
"""What to do about images of more than 8 bits, in a study file."""
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
    digests: Sequence[bytes] | None = None,
    progress: Progress | None = None,
) -> tuple[Dataset, PreparedImages]:
    """Return the dataset and its images at ``size`` x ``size``, decoded at most once.

    The array is found again by the images' bytes alone: other labels, groups or names of the
    same images, in the same order, share it.

    Args:
        dataset: A checked dataset.
        size: Side of the square in pixels.
        fit: What happens to the aspect ratio, see ``geometry.fit_to``.
        cache: Folder for digests and prepared arrays.
        skip_unreadable: Leave out images that cannot be read instead of refusing the dataset.
        digests: Digest of each image, by a caller who has them: then no file is hashed.
        progress: Called while files are hashed, then while they are decoded.

    Raises:
        DataError: If images cannot be read (all are listed), or need a window.
        StoreError: If the cache cannot be written.
    """
    if digests is None:
        digests = image_digests(dataset, cache, progress)
    images, problems = readable_images(
        dataset, digests, size=size, fit=fit, cache=cache, progress=progress
    )
    kept = _without(dataset, problems, skip_unreadable) if problems else dataset
    return kept, images


def readable_images(
    dataset: Dataset,
    digests: Sequence[bytes],
    *,
    size: int,
    fit: Fit,
    cache: Path,
    progress: Progress | None = None,
) -> tuple[PreparedImages, dict[int, str]]:
    """Return the images that can be read, and why others cannot, by position.

    Raises:
        DataError: If no image can be read, or images need a window.
        StoreError: If the cache cannot be written.
    """

    def write(folder: Path) -> None:
        problems = _write(dataset, size, fit, folder, progress)
        _check_still_there(dataset, problems, cache, digests)
        if len(problems) == len(dataset):
            raise DataError(_unreadable_text(dataset, problems))

    key = prepared_key(dataset, digests, size=size, fit=fit)
    folder = stored_folder(cache / "prepared" / key, write)
    stored: dict[str, str] = json.loads((folder / "unreadable.json").read_text("utf-8"))
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    images = PreparedImages(pixels, np.load(folder / "sizes.npy"))
    return images, {int(position): reason for position, reason in stored.items()}


def prepared_key(dataset: Dataset, digests: Sequence[bytes], *, size: int, fit: Fit) -> str:
    """Return what names the prepared pixels of these images, 16 hexadecimal digits."""
    return question_key([_GEOMETRY, images_key(digests), size, fit, view_question(dataset)])


def images_key(digests: Sequence[bytes]) -> str:
    """Return what names these images in this order, 64 hexadecimal digits."""
    total = hashlib.sha256()
    for digest in digests:
        total.update(digest)
    return total.hexdigest()


def _write(
    dataset: Dataset, size: int, fit: Fit, folder: Path, progress: Progress | None
) -> _Problems:
    """Decode every image into ``folder``; return those that cannot be read."""
    sizes: list[tuple[int, int]] = []
    problems: _Problems = {}
    with PixelWriter(folder / "pixels.npy", size) as writer:
        for done, decoded in enumerate(_decoded(dataset, size, fit), start=1):
            if isinstance(decoded, str):
                problems[done - 1] = decoded
            else:
                writer.add(decoded[0])
                sizes.append(decoded[1])
            if progress is not None:
                progress(done, len(dataset))
    np.save(folder / "sizes.npy", np.array(sizes, np.int32))
    (folder / "unreadable.json").write_text(json.dumps(problems), encoding="utf-8")
    return problems


def _check_still_there(
    dataset: Dataset, problems: _Problems, cache: Path, digests: Sequence[bytes]
) -> None:
    """Refuse files that could be opened while they were hashed: their drive is gone, say.

    Else they would stay unreadable under the digests of what they held.
    """
    unopened = [position for position, reason in problems.items() if reason == _UNOPENED]
    lost = [position for position in unopened if digests[position] != NOTHING]
    now = image_digests(dataset, cache) if unopened else list(digests)
    if lost or now != list(digests):
        first = (lost or unopened)[0]
        raise DataError(
            f"{dataset.name}: {dataset.names[first]} could be opened at first and no longer; check "
            "the drive and rerun, or remove the file."
        )


def _decoded(dataset: Dataset, size: int, fit: Fit) -> Iterator[_Decoded]:
    def one(shown: tuple[Raw, View]) -> _Decoded | TooDeepError:
        raw, view = shown
        if isinstance(raw, bytes) and not raw:
            return _UNOPENED
        try:
            image = decode(raw, view)
            return np.asarray(fit_to(image, size, fit)), image.size
        except TooDeepError as error:
            return error
        except MemoryError:
            raise
        except Exception as error:  # Pillow's plugins raise nearly anything on damaged files
            return str(error).split(" <_io", 1)[0] or type(error).__name__

    raws = zip(dataset.images.raw(dataset.rows.tolist()), views(dataset), strict=True)
    with trusting():
        every = map_on_cores(one, raws)
        for position, found in enumerate(every):
            if isinstance(found, TooDeepError):
                raise DataError(
                    f"{dataset.name}: {dataset.names[position]} has more than 8 bits ({found}); "
                    f"{STATE_WINDOW}"
                )
            yield found


def _without(dataset: Dataset, problems: _Problems, skip: bool) -> Dataset:
    if not skip:
        raise DataError(_unreadable_text(dataset, problems))
    readable = [position for position in range(len(dataset)) if position not in problems]
    are = "image is unreadable and was" if len(problems) == 1 else "images are unreadable and were"
    note = f"{len(problems)} of {len(dataset)} {are} left out"
    kept = dataset.take(np.array(readable, np.int64))
    return check_dataset(kept.warn(note))


def _unreadable_text(dataset: Dataset, problems: _Problems) -> str:
    names = dataset.names
    listed = "; ".join(f"{names[i]} ({reason})" for i, reason in problems.items())
    are = "image is" if len(problems) == 1 else "images are"
    some = "Repair or remove them, or rerun with --skip-unreadable to leave them out."
    advice = some if len(problems) < len(dataset) else "Repair them: no other image is there."
    return f"{dataset.name}: {len(problems)} of {len(dataset)} {are} unreadable: {listed}. {advice}"
