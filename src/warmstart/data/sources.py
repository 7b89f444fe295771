"""Where images lie: files in a folder, arrays a program made, members of an ``.npz``."""

import math
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from warmstart.data.ahead import map_ahead
from warmstart.data.dataset import Raw
from warmstart.data.listing import unreadable
from warmstart.errors import DataError

NPZ_PROBLEMS = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError, ValueError),
    *(NotImplementedError, RuntimeError, OverflowError, MemoryError),
)
"""What the standard library and NumPy raise for an ``.npz`` that is damaged or encrypted."""

_READ_AHEAD = 8
"""Files read before they are asked for: hides the latency of a network drive."""


@dataclass(frozen=True, eq=False)
class ImageFiles:
    """Image files in a folder, named by their path relative to it.

    A file that cannot be opened (a broken link, no permission) is an unreadable image like a
    damaged one, so that all of them are told at once: its bytes are ``b""``, its stamp is -1, -1.
    """

    root: Path
    names: Sequence[str]

    def raw(self, rows: Sequence[int]) -> Iterator[Raw]:
        """Read the bytes of these files, a few ahead of the reader."""
        return map_ahead(self._read, rows, threads=_READ_AHEAD, ahead=_READ_AHEAD)

    def _read(self, row: int) -> bytes:
        path = os.path.join(self.root, self.names[row])
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):  # a folder, or a pipe that never ends
                return b""
            with open(path, "rb") as handle:
                return handle.read()
        except OSError:
            return b""

    def stamps(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Size and mtime in nanoseconds of each file, shape (n, 2)."""
        root, found = str(self.root), np.full((len(rows), 2), -1, np.int64)
        for i, row in enumerate(rows):
            path = os.path.join(root, self.names[row])
            try:
                state = os.stat(path)
            except OSError:
                continue
            if os.access(path, os.R_OK):
                found[i] = state.st_size, state.st_mtime_ns
        return found


@dataclass(frozen=True, eq=False)
class ImageArray:
    """Images that a program made: an array (n, h, w[, c]) or a sequence of arrays (h, w[, c])."""

    arrays: Sequence[NDArray[Any]] | NDArray[Any]
    names: Sequence[str]
    root: None = None

    def raw(self, rows: Sequence[int]) -> Iterator[Raw]:
        """Yield the arrays of these rows."""
        return (self.arrays[row] for row in rows)

    def stamps(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Zeros: a program's images have no file whose change could be seen."""
        return np.zeros((len(rows), 2), np.int64)


@dataclass(frozen=True, eq=False)
class NpzMembers:
    """Rows of several arrays in one ``.npz``, one array after the other, never loaded whole.

    Attributes:
        root: The ``.npz`` file.
        names: Name of each row.
        members: Name in the file and number of rows of each array.
    """

    root: Path
    names: Sequence[str]
    members: tuple[tuple[str, int], ...]

    def raw(self, rows: Sequence[int]) -> Iterator[Raw]:
        """Stream these rows from the compressed members."""
        wanted, first = np.asarray(rows, np.int64), 0
        for member, count in self.members:
            inside = wanted[(wanted >= first) & (wanted < first + count)] - first
            if len(inside):
                yield from stream_rows(self.root, member, inside)
            first += count

    def stamps(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Size and mtime of the ``.npz`` file, for every row."""
        try:
            state = os.stat(self.root)
        except OSError as error:
            raise unreadable(self.root, error) from error
        return np.tile(np.array([[state.st_size, state.st_mtime_ns]], np.int64), (len(rows), 1))


@contextmanager
def _opened(path: Path, member: str) -> Iterator[IO[bytes]]:
    """Open one array of an ``.npz``; whatever is wrong with it is said with its name."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(f"{member}.npy") as handle:
            yield handle
    except NPZ_PROBLEMS as error:
        raise DataError(
            f"{path}: array {member!r} is damaged ({error}); fetch it again."
        ) from error


def member_shape(path: Path, member: str) -> tuple[int, ...]:
    """Return the shape of one array of an ``.npz`` from its header alone."""
    with _opened(path, member) as handle:
        return _header(handle, path, member)[0]


def stream_rows(path: Path, member: str, rows: NDArray[np.int64]) -> Iterator[NDArray[Any]]:
    """Yield rows of one array of an ``.npz``, in ascending order, one in memory at a time.

    Raises:
        DataError: If the member holds objects, is stored column-wise or ends too early.
    """
    with _opened(path, member) as handle:
        shape, dtype = _header(handle, path, member)
        size = math.prod(shape[1:]) * dtype.itemsize
        start = handle.tell()
        for row in rows:
            handle.seek(start + int(row) * size)
            data = _exactly(handle, size, path, member)
            yield np.frombuffer(data, dtype).reshape(shape[1:])


def _header(handle: IO[bytes], path: Path, member: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    read = npy.read_array_header_1_0 if npy.read_magic(handle) == (1, 0) else _header_2_0
    shape, by_columns, dtype = read(handle)
    if dtype.hasobject or (by_columns and len(shape) > 1):
        problem = "holds pickled objects" if dtype.hasobject else "is stored column by column"
        raise DataError(
            f"{path}: array {member!r} {problem}; save it as a plain array of numbers with "
            "np.ascontiguousarray."
        )
    return shape, dtype


def _header_2_0(handle: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    return npy.read_array_header_2_0(handle)


def _exactly(handle: IO[bytes], size: int, path: Path, member: str) -> bytes:
    data = handle.read(size)
    if len(data) < size:
        raise DataError(f"{path}: array {member!r} ends before its last row; fetch it again.")
    return data
