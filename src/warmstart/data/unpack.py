"""Unpacks the archives that a release is published as, once, into the cache."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from warmstart.core.identity import question_key
from warmstart.core.places import CACHE_VARIABLE
from warmstart.core.store import fresh_folder, locked, remove_leftovers, storing
from warmstart.data.archives import (
    Member,
    archive_suffix,
    content,
    members,
    opened,
    output_name,
    refusal,
    unpacked_size,
)
from warmstart.data.listing import is_litter, unreadable
from warmstart.errors import DataError, StoreError

Progress = Callable[[int, int], None]

KAGGLE = "archive.zip"
"""The name under which Kaggle's site saves any dataset; a pattern of the readers of some."""
_LEVELS = 2
"""How deep archives inside archives are unpacked."""
_SPARE = 2**28
"""Bytes of the disk that unpacking leaves free."""
_GB = 2**30


def unpacked(
    root: Path, patterns: Sequence[str], cache: Path, *, progress: Progress | None = None
) -> Path:
    """Return the folder of a release: ``root`` itself, or what its archives hold.

    A ``root`` that is an archive (.zip, .tar, .tar.gz, .tgz, .tar.bz2, .tar.xz, or .gz for a single
    file) is unpacked into a folder of the cache. Of a ``root`` that is a folder, all archives that
    match are, each into a sub-folder of its name unless that is its only top folder already; what
    lies beside them is linked there too. An archive whose folder or file lies beside it was
    unpacked by the user and is left alone, and so is Kaggle's ``archive.zip`` where a folder lies
    beside it. A ``root`` without archives stands for its only sub-folder, if archives lie there.
    Archives inside archives are replaced by their contents, two levels deep; the litter of
    operating systems is left out. Where no archive is found, ``root`` is returned as it is.

    Args:
        root: Folder or file of the release.
        patterns: Names of its archives, such as ``"ISIC2018_*.zip"``; case does not matter.
        cache: Folder in which ``unpacked/<key>`` is made; the key changes with path, size and
            mtime of the archives. Later calls only look at these.
        progress: Called with the bytes of the archives read so far, and of all.

    Raises:
        DataError: If an archive cannot be read, is encrypted or damaged, names a file twice, or
            has a member that would be written outside its folder.
        StoreError: If the cache cannot be written, or lacks the space.
    """
    archives, beside = _contents(root.absolute(), patterns)
    if not archives and (only := _only_folder(root.absolute(), patterns)):
        archives, beside = _contents(only, patterns)
    if not archives or any((root / output_name(path.name)).exists() for path in archives):
        return root
    apart = root.is_dir()
    folder = cache / "unpacked" / question_key([apart, [_stamp(path) for path in archives]])
    made = {output_name(path.name) for path in archives}
    if folder.exists() and (not apart or _is_current(folder, beside, made)):
        return folder
    with locked(Path(f"{folder}.lock")), storing(folder.parent):
        if not folder.exists():
            remove_leftovers(folder)
            with fresh_folder(folder) as work:
                _Unpacking(folder.parent, progress).all(archives, work, apart=apart)
        if apart:
            _bring(folder, beside, made)
    return folder


def _contents(root: Path, patterns: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """The archives to unpack, and the files and folders beside them."""
    if not root.is_dir():
        return ([root] if root.is_file() and archive_suffix(root.name) else []), []
    entries, folders = _entries(root) if patterns else ([], [])
    patterns = [pattern for pattern in patterns if pattern != KAGGLE or not folders]
    names = {path.name for path in entries}
    archives: dict[str, Path] = {}
    for path in entries:
        output = output_name(path.name)
        if output in names or not matches(path.name, patterns) or not path.is_file():
            continue
        if archives.setdefault(output, path) != path:
            raise DataError(
                f"{root} holds {archives[output].name} and {path.name}, which both unpack to "
                f"{output}; leave one of them there."
            )
    chosen = set(archives.values())
    return sorted(chosen), [p for p in entries if chosen and p not in chosen and p.exists()]


def _entries(root: Path) -> tuple[list[Path], list[Path]]:
    """What lies in a folder, and which of it are folders."""
    try:
        entries = sorted(path for path in root.iterdir() if not is_litter(path.name))
        return entries, [path for path in entries if path.is_dir()]
    except OSError as error:
        raise unreadable(root, error) from error


def _only_folder(root: Path, patterns: Sequence[str]) -> Path | None:
    """The sub-folder of a folder that has no other."""
    _, folders = _entries(root) if patterns and root.is_dir() else ([], [])
    return folders[0] if len(folders) == 1 else None


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a file's name is one of these patterns; case does not matter."""
    return any(fnmatch(name.lower(), pattern.lower()) for pattern in patterns)


def _stamp(path: Path) -> list[str | int]:
    found = path.stat()
    return [str(path), found.st_size, found.st_mtime_ns]


def _is_current(folder: Path, beside: list[Path], made: set[str]) -> bool:
    """Whether the folder holds what the archives hold, what lies beside them, and no more."""
    names = made | {path.name for path in beside}
    return set(os.listdir(folder)) == names and all(_same(folder / p.name, p) for p in beside)


def _bring(folder: Path, beside: list[Path], made: set[str]) -> None:
    """Link what lies beside the archives, and remove links to what no longer does."""
    sources = {path.name: path for path in beside}
    for place in folder.iterdir():
        if place.name not in made and not _same(place, sources.get(place.name)):
            place.unlink()
    for name, source in sources.items():
        if not os.path.lexists(folder / name):
            _bring_one(source.resolve(), folder / name)


def _bring_one(source: Path, place: Path) -> None:
    """Link a file, or copy it where it cannot be linked; link a folder."""
    if source.is_dir():
        try:
            place.symlink_to(source, target_is_directory=True)
        except OSError as error:
            raise StoreError(
                f"Cannot link {source} into {place.parent} ({error.strerror}); unpack the "
                f"archives in {source.parent} yourself, then nothing needs to be linked."
            ) from error
        return
    for link in (os.link, os.symlink):
        with suppress(OSError):
            link(source, place)
            return
    shutil.copy2(source, place)


def _same(place: Path, source: Path | None) -> bool:
    """Whether this is a link to the source, or a copy of it as it is now."""
    if source is None or not place.exists():
        return False
    return place.samefile(source) or (source.is_file() and _stamp(place)[1:] == _stamp(source)[1:])


@dataclass
class _Unpacking:
    """A release on its way into the cache: what is shown of it, and how far it is."""

    place: Path
    progress: Progress | None
    total: int = 0
    before: int = 0

    def all(self, archives: Sequence[Path], folder: Path, *, apart: bool) -> None:
        """Unpack archives, each into a folder of its name below ``folder`` if ``apart``."""
        needed = sum(unpacked_size(path, str(path)) for path in archives)
        self._need(needed, archives[0].parent if apart else archives[0])
        sizes = [path.stat().st_size for path in archives]
        self.total = sum(sizes)
        for archive, size in zip(archives, sizes, strict=True):
            (self._beside if apart else self._below)(archive, str(archive), folder, 0)
            self._tell(size)
            self.before += size

    def _beside(self, archive: Path, shown: str, folder: Path, level: int) -> None:
        """Unpack into a folder of the archive's name; a single file has that name itself."""
        if archive_suffix(archive.name).lower() == ".gz":
            self._below(archive, shown, folder, level)
            return
        final = folder / output_name(archive.name)
        work = folder / f".{uuid.uuid4().hex}"
        work.mkdir()
        self._below(archive, shown, work, level)
        top = work / final.name
        alone = list(work.iterdir()) == [top]
        if final.exists():
            raise DataError(
                f"{shown} unpacks to {final.name}, which lies beside it already; unpack the "
                "archives yourself and name their folder."
            )
        (top if alone else work).rename(final)
        if alone:
            work.rmdir()

    def _below(self, archive: Path, shown: str, folder: Path, level: int) -> None:
        """Write all members below ``folder``; links last, when all they may lead to is there."""
        links: list[tuple[Member, Path]] = []
        with opened(archive, shown) as raw:
            for member in members(raw, archive.name, shown):
                place = folder.joinpath(*member.place)
                if any(map(is_litter, member.place)):
                    continue
                if member.kind == "link":
                    links.append((member, place))
                else:
                    self._make(member, place, shown, level)
                if level == 0:
                    self._tell(raw.tell())
        for member, place in links:
            _link(member, folder.joinpath(*member.target), place, shown)

    def _make(self, member: Member, place: Path, shown: str, level: int) -> None:
        with _once(member, shown):
            (place if member.kind == "folder" else place.parent).mkdir(parents=True, exist_ok=True)
            if member.kind == "folder":
                return
            out = place.open("xb")
        done = 0
        with out:
            for block in content(member, shown):
                self._need(max(len(block), (member.size or 0) - done), shown)
                done += out.write(block)
        if level < _LEVELS and archive_suffix(place.name).lower() not in ("", ".gz"):
            inner = f"{shown} > {member.name}"
            self._need(unpacked_size(place, inner), inner)
            self._beside(place, inner, place.parent, level + 1)
            place.unlink()

    def _need(self, size: int, shown: str | Path) -> None:
        free = max(shutil.disk_usage(self.place).free - _SPARE, 0)
        if size > free:
            raise StoreError(
                f"Unpacking {shown} needs {size / _GB:.2f} GB more in {self.place}, of which "
                f"{free / _GB:.2f} GB can be used; free some space, or let {CACHE_VARIABLE} name "
                "a folder on a larger disk."
            )

    def _tell(self, done: int) -> None:
        if self.progress is not None:
            self.progress(self.before + done, self.total)


def _link(member: Member, source: Path, place: Path, shown: str) -> None:
    """Make a file that a member links to; a real one, as a link could lead the next one astray."""
    if not source.is_file():
        raise refusal(shown, member.name, "links to what is no file of the archive")
    with _once(member, shown):
        place.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(place):
            raise FileExistsError
    try:
        os.link(source, place)
    except OSError:
        shutil.copy2(source, place)


@contextmanager
def _once(member: Member, shown: str) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise refusal(shown, member.name, "is there twice") from error
