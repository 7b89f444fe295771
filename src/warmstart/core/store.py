"""Results by identity: written to a temporary place and renamed, claimed by an OS file lock."""

import errno
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from warmstart.errors import StoreError

_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space"),
    errno.EDQUOT: ("the disk quota is used up", "free some space"),
    errno.EFBIG: ("the file is larger than this system allows", "choose another place"),
    errno.EACCES: ("permission denied", "choose a folder you may write to"),
    errno.EPERM: ("permission denied", "choose a folder you may write to"),
    errno.EROFS: ("the file system is read-only", "choose a folder you may write to"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter one"),
    errno.ENOTDIR: ("a file stands where a folder is needed", "choose another folder"),
    errno.EEXIST: ("a file stands where a folder is needed", "choose another folder"),
    errno.ENOENT: ("no folder can be made there", "choose another folder"),
    errno.ESTALE: ("the drive does not answer", "connect it"),
    errno.ENOTCONN: ("the drive does not answer", "connect it"),
    errno.EIO: ("the drive reports an error", "check it"),
    errno.EISDIR: ("a folder stands where a file is needed", "choose another folder"),
}


@contextmanager
def storing(place: Path) -> Iterator[None]:
    """Turn a full disk or a missing permission inside the block into one clear line.

    Args:
        place: The folder that is written to.

    Raises:
        StoreError: If the system refuses to write; what was finished before stays.
    """
    try:
        yield
    except OSError as error:
        absent_file = error.errno == errno.ENOENT and place.is_dir()
        if absent_file or error.errno not in _REASONS:
            raise
        what, cure = _dangling(place) or _REASONS[error.errno]
        raise StoreError(
            f"Cannot write to {place}: {what}; nothing finished is lost, {cure} and run again."
        ) from error


def _dangling(place: Path) -> tuple[str, str] | None:
    for path in (place, *place.parents):
        if os.path.islink(path) and not os.path.exists(path):
            return f"{path} is a link that leads nowhere", "repair it or choose another folder"
    return None


@contextmanager
def fresh_folder(final: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the name ``final`` when the block ends without an error.

    A reader sees the whole folder or none. Where ``final`` appeared meanwhile, it stays.
    """
    with storing(final.parent):
        final.parent.mkdir(parents=True, exist_ok=True)
        work = final.parent / f".writing-{final.name}-{uuid.uuid4().hex[:8]}"
        work.mkdir()
        try:
            yield work
            if not final.exists():
                work.rename(final)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def remove_leftovers(final: Path) -> None:
    """Remove what killed processes left of this folder; call it where no other can write it."""
    for left in final.parent.glob(f".writing-{final.name}-*"):
        shutil.rmtree(left, ignore_errors=True)


def write_file(path: Path, content: bytes | str) -> None:
    """Write a file whole or not at all; an unchanged file is left alone.

    Raises:
        StoreError: If the system refuses to write.
    """
    data = content.encode() if isinstance(content, str) else content
    with storing(path.parent):
        if path.is_file() and path.read_bytes() == data:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        work = path.parent / f".writing-{path.name}-{uuid.uuid4().hex[:8]}"
        try:
            work.write_bytes(data)
            os.replace(work, path)
        finally:
            work.unlink(missing_ok=True)


@contextmanager
def claim(lock: Path) -> Iterator[bool]:
    """Try to hold a lock file for the block; yield whether it is ours.

    The operating system lets go of it when the process ends, also by ``kill -9``.
    """
    with storing(lock.parent):
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = FileLock(lock)
        with suppress(Timeout):
            handle.acquire(blocking=False)
    try:
        yield handle.is_locked
    finally:
        handle.release()


@contextmanager
def locked(lock: Path) -> Iterator[None]:
    """Hold a lock file for the block, waiting for other processes to let go of it."""
    with storing(lock.parent):
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = FileLock(lock)
        handle.acquire()
    try:
        yield
    finally:
        handle.release()


def stored_folder(final: Path, write: Callable[[Path], None]) -> Path:
    """Return a folder that is written where it is not there yet, by one process only.

    Args:
        final: The folder; it appears whole or not at all.
        write: Given an empty folder to fill; other processes wait meanwhile.

    Raises:
        StoreError: If the system refuses to write.
    """
    if not final.exists():
        with locked(Path(f"{final}.lock")):
            if not final.exists():
                remove_leftovers(final)
                with fresh_folder(final) as work:
                    write(work)
    return final


def is_claimed(lock: Path) -> bool:
    """Whether another process holds this lock file now."""
    if not lock.exists():
        return False
    with claim(lock) as ours:
        return not ours
