"""Reads archives member by member, and refuses what is damaged or would lie outside a folder."""

import bz2
import gzip
import lzma
import posixpath
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Self

from warmstart.core.text import printable
from warmstart.data.listing import unreadable
from warmstart.errors import DataError

_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".gz")
_BLOCK = 2**20
_LONGEST_TARGET = 2**12
_SAYS_UTF8 = 0x800
_COMPRESSIONS: tuple[tuple[bytes, Callable[[IO[bytes]], Any]], ...] = (
    (b"\x1f\x8b", lambda raw: gzip.GzipFile(fileobj=raw)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\0", lzma.LZMAFile),
)
_DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, ValueError, RuntimeError, LookupError, OverflowError),
)
"""What the standard library raises on an archive that is damaged or that it cannot read."""


def archive_suffix(name: str) -> str:
    """Return the end of a file's name that says it is an archive, or an empty string.

    Example:
        >>> archive_suffix("dtd-r1.0.1.tar.gz"), archive_suffix("x.h5.gz"), archive_suffix("x.npz")
        ('.tar.gz', '.gz', '')
    """
    ends = (end for end in _SUFFIXES if name.lower().endswith(end) and len(name) > len(end))
    return name[-len(end) :] if (end := next(ends, "")) else ""


def output_name(name: str) -> str:
    """Return the name of what an archive holds: its own without the archive's suffix."""
    return name[: len(name) - len(archive_suffix(name))]


@dataclass(frozen=True, kw_only=True)
class Member:
    """One entry of an archive, whose place was checked.

    Attributes:
        name: Its name as the archive has it, fit to be shown.
        place: Where it lies below the folder that the archive is unpacked into.
        kind: What it is.
        size: Bytes it holds when unpacked; ``None`` if the archive does not say.
        target: Where the file lies that a link leads to, like ``place``.
        open: Opens its content.
    """

    name: str
    place: tuple[str, ...]
    kind: str
    size: int | None
    target: tuple[str, ...]
    open: Callable[[], Any]


@contextmanager
def opened(archive: Path, shown: str) -> Iterator[IO[bytes]]:
    """Open the file of an archive.

    Raises:
        DataError: If it may not be read.
    """
    with _reading(shown):
        raw = archive.open("rb")
    with raw:
        yield raw


def unpacked_size(archive: Path, shown: str) -> int:
    """Return the bytes a .zip unpacks to; of others, which do not tell, their own size.

    Raises:
        DataError: If it cannot be read.
    """
    with _reading(shown):
        if archive_suffix(archive.name).lower() != ".zip":
            return archive.stat().st_size
        with zipfile.ZipFile(archive) as file:
            return sum(info.file_size for info in file.infolist())


def members(raw: IO[bytes], name: str, shown: str) -> Iterator[Member]:
    """Yield what an archive holds, in its order; read each before asking for the next.

    Args:
        raw: The open file.
        name: Its name, which says what kind of archive it is.
        shown: What messages call it.

    Raises:
        DataError: If it is damaged or no archive, or if a member is encrypted or a device, or
            lies or leads outside the folder that the archive is unpacked into.
    """
    entries = _KINDS.get(archive_suffix(name).lower(), _tar_entries)(raw, name)
    while True:
        with _reading(shown):
            entry = next(entries, None)
        if entry is None:
            return
        yield _checked(entry, shown)


def content(member: Member, shown: str) -> Iterator[bytes]:
    """Yield the content of a file in blocks.

    Raises:
        DataError: If it is damaged, or not as long as the archive says.
    """
    length = 0
    with _reading(shown, member.name), member.open() as handle:
        while block := handle.read(_BLOCK):
            length += len(block)
            yield block
        if member.size not in (None, length):
            raise ValueError(f"{length} bytes for the {member.size} it should have")


def refusal(shown: str, member: str, problem: str) -> DataError:
    """Say why an archive is left to its user to unpack."""
    return DataError(
        f"{shown}: member {member!r} {problem}; unpack the archive yourself and name its folder."
    )


@dataclass(frozen=True)
class _Entry:
    """A member as the archive has it."""

    name: str
    kind: str
    size: int | None
    target: str
    open: Callable[[], Any]


def _zip_entries(raw: IO[bytes], _name: str) -> Iterator[_Entry]:
    with zipfile.ZipFile(raw) as archive:
        for info in archive.infolist():
            name, target = _zip_name(info), ""
            kind = "folder" if name.endswith(("/", "\\")) else "file"
            if info.flag_bits & 1:
                kind = "encrypted"
            elif stat.S_ISLNK(info.external_attr >> 16):
                kind = "link"
                with archive.open(info) as handle:
                    text = handle.read(_LONGEST_TARGET).decode()
                target = posixpath.join(posixpath.dirname(name), text)
            yield _Entry(name, kind, info.file_size, target, partial(archive.open, info))


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name in UTF-8 where its bytes are that, which many programs do not say; else CP437."""
    if not info.flag_bits & _SAYS_UTF8:
        with suppress(UnicodeError):
            return info.filename.encode("cp437").decode()
    return info.filename


def _gzip_entries(raw: IO[bytes], name: str) -> Iterator[_Entry]:
    if not raw.read(1):
        raise EOFError("the file is empty")
    raw.seek(0)
    yield _Entry(output_name(name), "file", None, "", lambda: gzip.GzipFile(fileobj=raw))


def _tar_entries(raw: IO[bytes], _name: str) -> Iterator[_Entry]:
    """Entries of a tar; its first bytes say how it is compressed, as browsers may unpack a .gz."""
    start = raw.read(6)
    raw.seek(0)
    streams = (stream for magic, stream in _COMPRESSIONS if start.startswith(magic))
    stream = next(streams, lambda plain: plain)(raw)
    with tarfile.open(fileobj=stream, mode="r:", tarinfo=_Header, encoding="utf-8") as archive:
        while (info := archive.next()) is not None:
            name, target = _tar_name(info.name), _tar_name(info.linkname)
            if info.issym():
                target = posixpath.join(posixpath.dirname(name), target)
            handle = partial(archive.extractfile, info)
            yield _Entry(name, _tar_kind(info), info.size, target, handle)
            vars(archive)["members"].clear()  # else every header stays in memory
    while stream.read(_BLOCK):  # the checksum of the compression lies at the very end
        pass


def _tar_kind(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "link"
    return "folder" if info.isdir() else "file" if info.isreg() else "a device"


def _tar_name(name: str) -> str:
    """A name that is no UTF-8 in Latin-1, so that it can be written, shown and hashed."""
    raw = name.encode(errors="surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


class _Header(tarfile.TarInfo):
    """A header that is damaged or absent; ``tarfile`` would take it for the archive's end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise  # the block of zeros that marks the end
            raise tarfile.ReadError(str(error)) from error


_KINDS = {".zip": _zip_entries, ".gz": _gzip_entries}


def _checked(entry: _Entry, shown: str) -> Member:
    name = printable(entry.name)
    if entry.kind in ("encrypted", "a device"):
        raise refusal(shown, name, f"is {entry.kind}")
    place, target = _inside(entry.name), _inside(posixpath.normpath(entry.target))
    if place is None or target is None:
        what = "lies" if place is None else f"leads to {printable(entry.target)!r},"
        raise DataError(
            f"{shown}: member {name!r} {what} outside its folder; do not trust this archive, "
            "fetch it from its publisher."
        )
    return Member(
        name=name, place=place, kind=entry.kind, size=entry.size, target=target, open=entry.open
    )


def _inside(path: str) -> tuple[str, ...] | None:
    r"""The parts of a path below a folder; ``None`` for ``/x``, ``..\x``, ``C:x`` and the like."""
    path = path.replace("\\", "/")
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    drive = any(part[1:2] == ":" for part in parts)
    return None if path.startswith("/") or ".." in parts or drive or "\0" in path else parts


@contextmanager
def _reading(shown: str, member: str = "") -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno:
            raise unreadable(shown, error) from error
        where = f"{shown}: member {member!r}" if member else shown
        reason = printable(error).rstrip(".") or type(error).__name__
        cure = (
            "unpack it with another program and name its folder"
            if isinstance(error, NotImplementedError)
            else "fetch it again"
        )
        raise DataError(f"{where} cannot be read ({reason}); {cure}.") from error
