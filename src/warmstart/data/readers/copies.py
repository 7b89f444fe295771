"""Copies of a release's files: folders that an archive holds twice, or that were unpacked twice."""

import os
from collections.abc import Sequence
from pathlib import Path

from warmstart.core.text import first_few

_SHOWN = 5


def without_copies(root: Path, files: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Leave out the copies among images: files of the same name and the same size in bytes.

    Of several the one in the fewest folders stays, then the first by name. Files of one name and
    different sizes all stay: which of them is meant is not for a reader to decide.

    Args:
        root: Folder of the images.
        files: Paths of the images below it.

    Returns:
        The paths without copies, sorted; and a note on what was left out, if anything was.
    """
    kept: dict[str, list[str]] = {}
    copies = []
    for file in sorted(files, key=lambda file: (file.count("/"), file)):
        same = kept.setdefault(os.path.basename(file), [])
        if same and _size(root, file) in [_size(root, other) for other in same]:
            copies.append(file)
        else:
            same.append(file)
    return sorted(file for same in kept.values() for file in same), _note(root, sorted(copies))


def _size(root: Path, file: str) -> int:
    try:
        return os.path.getsize(os.path.join(root, file))
    except OSError:  # a broken link: no image, and a copy of other broken links
        return -1


def _note(root: Path, copies: Sequence[str]) -> tuple[str, ...]:
    if not copies:
        return ()
    images = "image lies" if len(copies) == 1 else "images lie"
    were = "copy was" if len(copies) == 1 else "copies were"
    shown = first_few(copies, _SHOWN)
    return (
        f"{len(copies)} {images} under {root} again, with the same name and size; the {were} "
        f"left out: {shown}",
    )
