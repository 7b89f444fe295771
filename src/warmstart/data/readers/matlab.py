"""Structs of texts and numbers from a MATLAB file of level 5, such as ``meta.mat`` of ILSVRC.

``scipy.io.loadmat`` reads these too, but a damaged file can crash it and the program with it.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from warmstart.data.listing import unreadable
from warmstart.errors import DataError

Value = str | float | None
"""A text, a single number, or anything else, which is passed over."""

_MATRIX, _COMPRESSED = 14, 15
_STRUCT, _CHAR = 2, 4
_NUMBERS = {1: "b", 2: "B", 3: "h", 4: "H", 5: "i", 6: "I", 7: "f", 9: "d", 12: "q", 13: "Q"}
_TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16"}
_MOST_BYTES = 1 << 28
"""Of a variable when it is decompressed."""


class _Element(NamedTuple):
    kind: int
    data: memoryview
    order: str  # "<" or ">"

    def numbers(self) -> tuple[float, ...]:
        code = _NUMBERS[self.kind]
        count = len(self.data) // struct.calcsize(f"={code}")
        return struct.unpack_from(f"{self.order}{count}{code}", self.data)

    def text(self) -> str:
        name = _TEXTS[self.kind]
        if name == "utf-16":
            name += "-le" if self.order == "<" else "-be"
        return bytes(self.data).decode(name)


def read_structs(path: Path, variable: str) -> list[dict[str, Value]]:
    """Return the fields of each struct of an array of structs.

    Raises:
        DataError: If the file cannot be read, or holds no such array.
    """
    try:
        content = path.read_bytes()
        if content[124:128] not in (b"\0\1IM", b"\1\0MI"):
            raise ValueError("it is no MATLAB file of level 5")
        order = "<" if content[126:128] == b"IM" else ">"
        for matrix in _elements(memoryview(content)[128:], order):
            found = _structs(list(_parts(matrix)), variable)
            if found is not None:
                return found
        raise ValueError(f"it holds no array of structs {variable!r}")
    except OSError as error:
        raise unreadable(path, error) from error
    except (ValueError, KeyError, IndexError, struct.error, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}. Fetch it again.") from error


def _elements(data: memoryview, order: str) -> Iterator[_Element]:
    start = 0
    while start + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, start)
        first = start + 8
        if kind >> 16:  # up to four bytes, in the place of the size
            kind, size, first = kind & 0xFFFF, kind >> 16, start + 4
        if first + size > len(data):
            raise ValueError("it ends early")
        yield _Element(kind, data[first : first + size], order)
        padding = 0 if kind == _COMPRESSED else -size % 8
        start = start + 8 if first == start + 4 else first + size + padding


def _parts(element: _Element) -> Iterator[_Element]:
    """The elements that a matrix is made of: flags, shape, name, then its content."""
    if element.kind == _COMPRESSED:
        whole = zlib.decompressobj().decompress(element.data, _MOST_BYTES)
        element = next(_elements(memoryview(whole), element.order), element)
    if element.kind == _MATRIX:
        yield from _elements(element.data, element.order)


def _structs(parts: list[_Element], variable: str) -> list[dict[str, Value]] | None:
    """The structs of a matrix; ``None`` for another variable."""
    if len(parts) < 5 or _class(parts) != _STRUCT or parts[2].text() != variable:
        return None
    width = max(int(parts[3].numbers()[0]), 1)
    names = bytes(parts[4].data)
    fields = [
        names[start : start + width].split(b"\0")[0].decode()
        for start in range(0, len(names), width)
    ]
    values = [_value(list(_parts(part))) for part in parts[5:]]
    rows = range(0, len(values), max(len(fields), 1))
    return [dict(zip(fields, values[row : row + len(fields)], strict=True)) for row in rows]


def _value(parts: list[_Element]) -> Value:
    if len(parts) < 4:
        return None
    kind = _class(parts)
    if kind == _CHAR:
        return parts[3].text()
    numbers = parts[3].numbers() if kind > _CHAR and parts[3].kind in _NUMBERS else ()
    return numbers[0] if len(numbers) == 1 else None


def _class(parts: list[_Element]) -> int:
    return int(parts[0].numbers()[0]) & 0xFF
