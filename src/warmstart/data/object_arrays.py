"""Arrays of images or texts that numpy saved as a pickle, read without running what it holds.

A pickle may name any function to be called. Here it may name those that numpy needs to save an
array of arrays, and even these are replaced by our own: no code of the file's choice is run, and
numpy never sees a shape or length that the file made up.
"""

import codecs
import math
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from warmstart.data.listing import unreadable
from warmstart.errors import DataError


def read_items(path: Path) -> Sequence[Any] | NDArray[Any]:
    """Return the items of an ``.npy``: mapped if they are numbers or texts of one shape.

    Those of an array of objects are held in memory, about the size of the file; they are arrays
    of bytes, texts or numbers.

    Raises:
        DataError: If the file cannot be read, or wants to run code.
    """
    try:
        with path.open("rb") as handle:
            shape, dtype = _header(handle)
            if dtype.hasobject:
                return _Items(handle, path).items(shape)
        return np.asarray(npy.open_memmap(path, mode="r"))
    except DataError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    except Exception as error:  # numpy and pickle raise nearly anything on damaged files
        reason = str(error).split("\n", 1)[0] or type(error).__name__
        raise DataError(f"{path} cannot be read as .npy: {reason}. Fetch it again.") from error


def _header(handle: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    first = npy.read_magic(handle) == (1, 0)
    read = npy.read_array_header_1_0 if first else npy.read_array_header_2_0
    shape, _, dtype = read(handle)
    return shape, dtype


class _Dtype:
    """Stands for ``numpy.dtype`` in a pickle; of its state, only the kind of items is used."""

    __slots__ = ("code",)

    def __init__(self, code: str, align: object = False, copy: object = True) -> None:
        self.code = code

    def __setstate__(self, state: object) -> None:
        """Byte order and fields do not matter to bytes and objects."""


class _Array:
    """Stands for an array in a pickle, which numpy makes empty first and fills afterwards."""

    __slots__ = ("value",)

    def __init__(self, kind: object, shape: object, code: object) -> None:
        self.value: Any = None

    def __setstate__(self, state: tuple[int, tuple[int, ...], _Dtype, bool, Any]) -> None:
        _, shape, dtype, by_columns, data = state
        objects = dtype.code.startswith("O")
        wanted = list if objects else bytes
        if dtype.code not in ("O8", "O4", "O", "u1") or not isinstance(data, wanted):
            raise ValueError(f"an array of {dtype.code!r} is no image and no list")
        if min(shape, default=1) < 0 or len(data) != math.prod(shape):
            raise ValueError(f"an array of shape {shape} holds {len(data)} items")
        if objects:
            self.value = data
            return
        flat: NDArray[np.uint8] = np.frombuffer(bytes(data), np.uint8)
        self.value = flat.reshape(shape, order="F" if by_columns else "C")


_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): "an array",  # only ever handed to _Array
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("_codecs", "encode"): codecs.encode,  # how Python 2 and protocol 2 write bytes
}


class _Items(pickle.Unpickler):
    """Reads an array of objects."""

    def __init__(self, handle: IO[bytes], path: Path) -> None:
        super().__init__(handle, encoding="latin1")
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands for a name; called for every name in the pickle."""
        if (module, name) not in _ALLOWED:
            raise DataError(
                f"{self._path} wants to run code ({module}.{name}) when it is read, which a file "
                "of images does not need; nothing was run. Fetch it again from its authors."
            )
        return _ALLOWED[module, name]

    def items(self, shape: tuple[int, ...]) -> list[Any]:
        """Return the items of the array; those that are arrays as such."""
        array = self.load()
        if not isinstance(array, _Array) or not isinstance(array.value, list) or len(shape) != 1:
            raise ValueError("it holds no list of images or texts")
        return [item.value if isinstance(item, _Array) else item for item in array.value]
