"""Lists what lies in a folder: sorted, through links, without the litter of operating systems."""

import os
from collections.abc import Iterator
from pathlib import Path

from warmstart.errors import DataError

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".ppm", ".pgm"}
)
_LITTER = frozenset({"__macosx", "thumbs.db", "desktop.ini"})


def is_litter(name: str) -> bool:
    """Whether an operating system wrote this file or folder: hidden, ``__MACOSX``, thumbnails."""
    return name.startswith(".") or name.lower() in _LITTER


def is_image(name: str) -> bool:
    """Whether the name ends like that of an image, whatever the case."""
    return os.path.splitext(name)[1].lower() in SUFFIXES


def all_files(root: Path) -> Iterator[str]:
    """Yield every file below a folder as ``a/b/name``.

    Links to folders are followed, except into a folder that is being listed already or that holds
    the root.

    Raises:
        DataError: If a folder may not be read.
    """
    real = Path(os.path.realpath(root))
    yield from _below(str(root), "", frozenset(map(str, (real, *real.parents))))


def _below(folder: str, prefix: str, above: frozenset[str]) -> Iterator[str]:
    for entry in _entries(folder):
        if not _is_folder(entry):
            yield prefix + entry.name
            continue
        real = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
        if real not in above:
            yield from _below(entry.path, f"{prefix}{entry.name}/", above | {real})


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """A folder or a link to one; a folder named like an image is an image that cannot be read."""
    try:
        return entry.is_dir() and not is_image(entry.name)
    except OSError:  # a link that leads to itself
        return False


def image_files(root: Path) -> list[str]:
    """Return the images below a folder as ``a/b/name``, sorted.

    Raises:
        DataError: If a folder may not be read.
    """
    return sorted(name for name in all_files(root) if is_image(name))


def only_file(root: Path | None, suffix: str, expects: str) -> Path:
    """Return the file that a user points at: ``root``, or the only one below it with this suffix.

    Raises:
        DataError: If there is none, there are several, or a folder may not be read.
    """
    if root is not None and root.is_file():
        return root
    inside = all_files(root) if root is not None and root.is_dir() else ()
    found = sorted(name for name in inside if name.lower().endswith(suffix))
    if root is None or not found:
        raise DataError(f"{root} is not a file; expected {expects}.")
    if len(found) > 1:
        raise DataError(
            f"{root} holds {len(found)} files *{suffix}, such as {found[0]} and {found[1]}; name "
            "one of them as root."
        )
    return root / found[0]


_DEPTH = 5
"""Levels of folders below the root that are searched for a file."""


def find(root: Path, name: str) -> Path | None:
    """Find a file or folder by name, the one nearest to ``root``; case counts where it decides.

    ``root`` itself is found by its own name too, so that a user may point at a part of a release
    or at the folder that holds it. Returns ``None`` if it is not within five levels of folders.

    Raises:
        DataError: If two are equally near, or a folder may not be read.
    """
    if root.name.lower() == name.lower():
        return root
    level = [str(root)] if root.is_dir() else []
    for _ in range(_DEPTH):
        found = [entry for folder in level for entry in _entries(folder)]
        same = [entry for entry in found if entry.name.lower() == name.lower()]
        exact = [entry for entry in same if entry.name == name] or same
        if len(exact) > 1:
            raise DataError(
                f"{root} holds {name} twice, {exact[0].path} and {exact[1].path}; point at the "
                "folder of one."
            )
        if exact:
            return Path(exact[0].path)
        level = [entry.path for entry in found if _is_folder(entry)]
    return None


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            inside = [entry for entry in entries if not is_litter(entry.name)]
    except OSError as error:
        raise unreadable(folder, error) from error
    return sorted(inside, key=lambda entry: entry.name)


def unreadable(path: str | Path, error: OSError) -> DataError:
    """Say in one line that the system does not let us read a file or folder."""
    return DataError(
        f"Cannot read {path}: {error.strerror}. Check that the file is there and that you may "
        "read it."
    )
