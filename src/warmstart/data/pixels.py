"""A ``.npy`` file of images, written one image after the other through a file handle."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, final

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

_HEADER = 128
"""Bytes kept free for the header, which is written last: the shape is known only then."""

_BUFFER = 1 << 20


@final
class PixelWriter:
    """Writes (n, size, size, c) uint8; greyscale until the first colour image arrives."""

    def __init__(self, path: Path, size: int) -> None:
        self._path, self._size = path, size
        self._count, self._channels = 0, 1
        self._handle = _begin(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._write_header()
        finally:
            self._handle.close()

    def add(self, pixels: NDArray[np.uint8]) -> None:
        """Append one image (size, size) or (size, size, 3)."""
        if pixels.ndim == 3 and self._channels == 1:
            self._to_colour()
        if pixels.ndim == 2 and self._channels == 3:
            pixels = np.repeat(pixels[:, :, None], 3, axis=2)
        self._handle.write(np.ascontiguousarray(pixels).data)
        self._count += 1

    def _to_colour(self) -> None:
        """Write the greyscale images so far again, with three equal channels."""
        self._handle.close()
        grey = self._path.rename(self._path.with_suffix(".grey"))
        self._channels, self._handle = 3, _begin(self._path)
        with grey.open("rb") as handle:
            handle.seek(_HEADER)
            while block := handle.read(_BUFFER):
                self._handle.write(np.repeat(np.frombuffer(block, np.uint8), 3).data)
        grey.unlink()

    def _write_header(self) -> None:
        self._handle.seek(0)
        shape = (self._count, self._size, self._size, self._channels)
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(self._handle, header)
        if self._handle.tell() != _HEADER:
            raise RuntimeError(f"the header takes {self._handle.tell()} bytes, not {_HEADER}")


def _begin(path: Path) -> BinaryIO:
    handle = path.open("wb", buffering=_BUFFER)
    handle.write(b"\0" * _HEADER)
    return handle
