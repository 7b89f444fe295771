"""Arrays in an HDF5 file, read a few rows at a time; h5py is loaded when one is opened."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmstart.errors import DataError

_BLOCK = 256
"""Rows read at once: a file may hold several in one compressed chunk."""


def array_header(path: Path, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return the shape and type of an array; reads none of its values.

    Raises:
        DataError: If the file is no HDF5, is damaged or holds no such array.
    """
    with _opened(path, name) as array:
        return tuple(array.shape or ()), array.dtype


def whole_array(path: Path, name: str) -> NDArray[Any]:
    """Return an array; for small ones.

    Raises:
        DataError: If the file is no HDF5, is damaged or holds no such array.
    """
    with _opened(path, name) as array:
        return np.asarray(array[()])


def stream_array(path: Path, rows: NDArray[np.int64], *, name: str) -> Iterator[NDArray[Any]]:
    """Yield ascending rows of an array; a block of contiguous ones is in memory at a time.

    Raises:
        DataError: If the file is no HDF5, is damaged or holds no such array.
    """
    with _opened(path, name) as array:
        for block in _blocks(rows, (array.chunks or (1,))[0]):
            first = int(block[0])
            inside = array[first : int(block[-1]) + 1]
            for row in block:
                yield inside[row - first]


def _blocks(rows: NDArray[np.int64], chunk: int) -> list[NDArray[np.int64]]:
    """Cut rows between chunks, so that none is decompressed twice, and where many are skipped.

    Example:
        >>> [block.tolist() for block in _blocks(np.array([0, 2, 3, 4, 300]), 2)]
        [[0, 2, 3, 4], [300]]
    """
    size = max(1, _BLOCK // chunk) * chunk
    cuts = (np.diff(rows) > chunk) | (np.diff(rows // size) > 0)
    return np.split(rows, np.flatnonzero(cuts) + 1)


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Any]:
    import h5py

    try:
        with h5py.File(path, "r", locking=False) as file:  # a drive may not know locks
            if not isinstance(file.get(name), h5py.Dataset):
                there = ", ".join(map(repr, sorted(file))) or "nothing"
                raise DataError(f"{path} has no array {name!r}; it has {there}. Fetch it again.")
            yield file[name]
    except DataError:
        raise
    except Exception as error:  # h5py raises nearly anything on damaged files
        reason = " ".join(str(error).split())
        raise DataError(f"{path} cannot be read as HDF5: {reason}. Fetch it again.") from error
