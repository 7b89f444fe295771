"""Downloads a release: resumed where it broke off, and given its name only when it is right."""

import hashlib
import http.client
import os
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from warmstart.core.store import locked, storing
from warmstart.core.text import printable
from warmstart.data.releases import Release
from warmstart.errors import DataError

Progress = Callable[[int, int], None]

_WAITS = (1.0, 2.0, 4.0)
"""Seconds before another try; all of them again after a try that brought something new."""
_TIMEOUT = 60.0
_BLOCK = 2**18
_RANGE_REFUSED = 416
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which another try may help."""


def download(
    release: Release,
    folder: Path,
    *,
    address: str | None = None,
    progress: Progress | None = None,
    wait: Callable[[float], object] = time.sleep,
) -> Path:
    """Return the file of a release in ``folder``, fetched unless it is there.

    What has come is kept as ``<file>.part`` when the connection breaks, and resumed from there by
    the next try or the next call. Proxies are taken from the environment, as urllib does.

    Args:
        release: What to fetch.
        folder: Where to put it; made if need be.
        address: Another place to fetch it from, such as a mirror.
        progress: Called with the bytes that are there and all bytes; both the same where the
            server does not tell how many there are.
        wait: Called with the seconds to wait before another try.

    Raises:
        DataError: If it cannot be fetched, what came has another checksum, or another file of
            that name is there.
        StoreError: If the folder cannot be written.
    """
    folder = folder.absolute()
    final = folder / release.file
    with storing(folder):
        if not final.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder / f".{release.file}.lock"):
                if not final.exists():
                    part = folder / f"{release.file}.part"
                    _fetch(release, _Transfer(address or release.address, part, progress), wait)
                    os.replace(part, final)
                    return final
        found, (kind, expected) = _digest(final, release), _published(release)
        if found != expected:
            raise DataError(
                f"{final} is not the {release.name} that was published: its {kind} is {found}, "
                f"expected {expected}. Move it away and rerun to fetch it."
            )
    return final


def _published(release: Release) -> tuple[str, str]:
    kind, _, digest = release.checksum.partition(":")
    return kind, digest


def _digest(path: Path, release: Release) -> str:
    kind = _published(release)[0]
    with path.open("rb") as handle:
        return hashlib.file_digest(
            handle, lambda: hashlib.new(kind, usedforsecurity=False)
        ).hexdigest()


@dataclass
class _Transfer:
    """Brings a file from an address, in as many tries as it takes.

    Attributes:
        address: Where it comes from.
        part: What has come so far.
        progress: Is told the bytes that have come, and all.
        mark: The server's name for the version that has come, so that two are never mixed.
    """

    address: str
    part: Path
    progress: Progress | None
    mark: str = ""

    @property
    def size(self) -> int:
        """Bytes that have come so far."""
        return self.part.stat().st_size if self.part.exists() else 0

    def once(self) -> None:
        """Fetch what is missing, or all where the server cannot send a part.

        Raises:
            _BrokenError: If it could not, or only some of it.
        """
        start = self.size
        response = _opened(self.address, self._headers(start))
        if response is None:
            return
        with response:
            if response.status != http.HTTPStatus.PARTIAL_CONTENT:
                start = 0
            elif not _starts_at(response, start):
                raise _BrokenError("the server sent another part than was asked for", final=True)
            self.mark = response.headers.get("ETag") or ""
            length = response.headers.get("Content-Length")
            total = start + int(length) if length and length.isdigit() else 0
            with self.part.open("ab" if start else "wb") as out:
                for block in _blocks(response):
                    start += out.write(block)
                    if self.progress is not None:
                        self.progress(start, max(start, total))
        if start < total:
            raise _BrokenError("the connection broke off")

    def _headers(self, start: int) -> dict[str, str]:
        headers = {"User-Agent": "warmstart"}
        if start:
            headers["Range"] = f"bytes={start}-"
        if start and self.mark.startswith('"'):  # a weak mark cannot tell two versions apart
            headers["If-Range"] = self.mark
        return headers


class _BrokenError(Exception):
    """A try that failed; no other one is worth it if ``final``."""

    def __init__(self, reason: object, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


def _fetch(release: Release, transfer: _Transfer, wait: Callable[[float], object]) -> None:
    """Fill the part; begin anew, once, where a part of an earlier call turns out to be wrong."""
    part, (kind, expected) = transfer.part, _published(release)
    for _ in range(2 if transfer.size else 1):
        try:
            _persist(transfer, wait)
        except _BrokenError as broken:
            raise _failure(release, transfer, str(broken)) from broken
        found = _digest(part, release)
        if found == expected:
            return
        part.unlink()
    raise _failure(release, transfer, f"the {kind} of what came is {found}")


def _persist(transfer: _Transfer, wait: Callable[[float], object]) -> None:
    most, waits = transfer.size, iter(_WAITS)
    while True:
        try:
            return transfer.once()
        except _BrokenError as broken:
            if transfer.size > most:
                most, waits = transfer.size, iter(_WAITS)
            seconds = None if broken.final else next(waits, None)
            if seconds is None:
                raise
            wait(seconds)


def _failure(release: Release, transfer: _Transfer, reason: str) -> DataError:
    kind, expected = _published(release)
    return DataError(
        f"Cannot download {release.name}: {reason}. Fetch {transfer.address} yourself, put "
        f"{release.file} into {transfer.part.parent} and rerun; its {kind} is {expected}."
    )


def _opened(address: str, headers: dict[str, str]) -> Any:
    """The answer of the server; ``None`` if it has nothing beyond the part that is there."""
    try:
        return urllib.request.urlopen(
            urllib.request.Request(address, headers=headers), timeout=_TIMEOUT
        )
    except HTTPError as error:
        error.close()
        if error.code == _RANGE_REFUSED and "Range" in headers:
            return None
        reason = f"HTTP {error.code} {printable(error.reason)}".rstrip()
        raise _BrokenError(reason, final=error.code not in _PASSING) from error
    except URLError as error:
        raise _BrokenError(_reason(error.reason), final=isinstance(error.reason, str)) from error
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenError(_reason(error)) from error
    except ValueError as error:
        raise _BrokenError(_reason(error), final=True) from error


def _starts_at(response: Any, start: int) -> bool:
    told = re.match(r"bytes (\d+)-", response.headers.get("Content-Range") or "")
    return told is not None and int(told[1]) == start


def _blocks(response: Any) -> Iterator[bytes]:
    """Yield what comes as soon as it comes, so that a slow connection loses nothing."""
    while True:
        try:
            block = response.read1(_BLOCK)
        except http.client.IncompleteRead as error:
            yield error.partial
            raise _BrokenError("the connection broke off") from error
        except (OSError, http.client.HTTPException) as error:
            raise _BrokenError(_reason(error)) from error
        if not block:
            return
        yield block


def _reason(error: object) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return printable(text).rstrip(".") or type(error).__name__
