"""Images in a few files that hold many each, read when they are asked for and never as a whole."""

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.data.listing import unreadable
from warmstart.errors import DataError

Stream = Callable[[Path, NDArray[np.int64]], Iterator[NDArray[Any]]]
"""Reads rows of one file, which ascend, one after the other."""


@dataclass(frozen=True, eq=False)
class FileRows:
    """Rows of several files, one file after the other.

    Attributes:
        root: The folder the files are in.
        names: Name of each row.
        files: Each file, and how many images it holds.
        stream: Reads images of one of the files.
    """

    root: Path
    names: Sequence[str]
    files: tuple[tuple[Path, int], ...]
    stream: Stream

    def raw(self, rows: Sequence[int]) -> Iterator[NDArray[Any]]:
        """Read these rows, file by file."""
        wanted, first = np.asarray(rows, np.int64), 0
        for path, count in self.files:
            inside = wanted[(wanted >= first) & (wanted < first + count)] - first
            if len(inside):
                yield from self.stream(path, inside)
            first += count

    def stamps(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Size and mtime of the file that holds each row, shape (n, 2)."""
        states = np.array([_stamp(path) for path, _ in self.files], np.int64).reshape(-1, 2)
        ends = np.cumsum([count for _, count in self.files])
        found: NDArray[np.int64] = states[np.searchsorted(ends, rows, side="right")]
        return found


def _stamp(path: Path) -> tuple[int, int]:
    try:
        state = os.stat(path)
    except OSError as error:
        raise unreadable(path, error) from error
    return state.st_size, state.st_mtime_ns


def count_records(path: Path, shape: tuple[int, ...]) -> int:
    """Return how many arrays of bytes of this shape a file holds.

    Raises:
        DataError: If the file is empty, or its size is no multiple of that of a record.
    """
    size, (found, _) = math.prod(shape), _stamp(path)
    if found == 0 or found % size:
        raise DataError(
            f"{path} holds {found:,} bytes; expected a multiple of {size:,}, the bytes of one "
            "image. Fetch and unpack it again."
        )
    return found // size


def stream_records(
    path: Path, rows: NDArray[np.int64], *, shape: tuple[int, ...], axes: tuple[int, ...]
) -> Iterator[NDArray[np.uint8]]:
    """Yield rows of a file of arrays of bytes, one in memory at a time.

    Args:
        path: A file that is nothing but such arrays.
        rows: Ascending numbers of arrays.
        shape: Shape of an array as it is stored.
        axes: Which of these axes are the rows, columns and colours of the image.

    Raises:
        DataError: If the file cannot be read or ends too early.
    """
    size = math.prod(shape)
    try:
        with path.open("rb") as handle:
            for row in rows.tolist():
                handle.seek(row * size)
                yield _exactly(handle.read(size), size, path).reshape(shape).transpose(axes)
    except OSError as error:
        raise unreadable(path, error) from error


def _exactly(data: bytes, size: int, path: Path) -> NDArray[np.uint8]:
    if len(data) < size:
        raise DataError(f"{path} ends before its last image; fetch it again.")
    return np.frombuffer(data, np.uint8)
