"""The identity of a dataset: SHA-256 over what its rows are, cached so that a rerun only stats."""

import hashlib
import io
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from warmstart.core.store import write_file
from warmstart.data.dataset import Dataset, Raw
from warmstart.data.mixture import Mixture, lasting_names

Progress = Callable[[int, int], None]
"""Called with the number of images done and the number there are."""

NOTHING = hashlib.sha256(b"").digest()
"""Digest of an image whose file is empty or cannot be opened; never kept."""

_RACY_NS = 2_000_000_000
"""A file changed this shortly before it was hashed may change again under the same mtime."""

_Known = dict[str, tuple[int, int, bytes]]
"""Size, mtime and digest of each file, by name."""


def fingerprint(dataset: Dataset, digests: Sequence[bytes]) -> str:
    """Return the SHA-256 of (relative path, label, group, file bytes) over the dataset's rows.

    The label enters as the name of the class, so that renumbering the classes changes nothing;
    an official part enters where there is one. In the names of a mixture's images
    its members are numbered, so that renaming one changes nothing but classes kept apart.

    Args:
        dataset: The dataset.
        digests: Digest of each image, see ``image_digests``; n of them.

    Returns:
        64 hexadecimal digits.
    """
    total = hashlib.sha256()
    for name, label, rest, digest in zip(
        lasting_names(dataset), _label_texts(dataset), _group_texts(dataset), digests, strict=True
    ):
        total.update(f"{name}\0{label}\0{rest}\0".encode() + digest)
    return total.hexdigest()


def hashed_groups(dataset: Dataset, digests: Sequence[bytes]) -> NDArray[np.str_]:
    """Return what stands for the group of each image wherever it is written to disk.

    The name of the group is hashed with the images in it. So nobody who lacks these images can
    find the name by trying all numbers of patients, nor follow a patient to another dataset.
    Without groups each image is its own, named like the image.

    Args:
        dataset: The dataset.
        digests: Digest of each image, see ``image_digests``; n of them.

    Returns:
        16 hexadecimal digits per image, shape (n,).
    """
    groups = lasting_names(dataset) if dataset.groups is None else dataset.groups.tolist()
    members: dict[str, list[bytes]] = {}
    for group, digest in zip(groups, digests, strict=True):
        members.setdefault(group, []).append(digest)
    hashed = {group: _hashed_group(group, inside) for group, inside in members.items()}
    return np.array([hashed[group] for group in groups], dtype=np.str_)


def _hashed_group(group: str, digests: Sequence[bytes]) -> str:
    content = f"{group}\0".encode() + b"".join(sorted(digests))
    return hashlib.sha256(content).hexdigest()[:16]


def _label_texts(dataset: Dataset) -> list[str]:
    if not dataset.multilabel:
        return [dataset.classes[label] for label in dataset.labels]
    order = np.argsort(dataset.classes)
    names = [dataset.classes[position] for position in order]
    rows = dataset.labels[:, order].tolist()
    return ["\0".join(f"{n}={v:g}" for n, v in zip(names, row, strict=True)) for row in rows]


def _group_texts(dataset: Dataset) -> list[str]:
    """The group of each image, and its official part where there is one."""
    groups = [""] * len(dataset) if dataset.groups is None else dataset.groups.tolist()
    if dataset.split is None:
        return groups
    return [f"{group}\0{part}" for group, part in zip(groups, dataset.split.tolist(), strict=True)]


def image_digests(dataset: Dataset, cache: Path, progress: Progress | None = None) -> list[bytes]:
    """Return the SHA-256 of each image as stored.

    Digests of files are kept in ``cache`` and reused while name, size and mtime are the same;
    arrays that a program made are hashed every time.

    Args:
        dataset: The dataset.
        cache: Folder for digests.
        progress: Called while files are hashed.

    Returns:
        32 bytes for each of the n images, in their order; ``NOTHING`` for a file that is empty or
        cannot be opened.

    Raises:
        DataError: If an ``.npz`` that holds the images cannot be read.
        StoreError: If the cache cannot be written.
    """
    images, rows, names = dataset.images, dataset.rows.tolist(), dataset.names
    if isinstance(images, Mixture):
        shares = [member.take(inside) for member, inside in images.shares(rows)]
        return [d for share in shares for d in image_digests(share, cache, progress)]
    if images.root is None:
        return _hash(dataset, list(range(len(rows))), progress)
    file = cache / "digests" / f"{_place(images.root)}.npz"
    known, now = _load(file), time.time_ns()
    stamps = images.stamps(rows).tolist()
    stale = [i for i, name in enumerate(names) if known.get(name, ())[:2] != tuple(stamps[i])]
    for i, digest in zip(stale, _hash(dataset, stale, progress), strict=True):
        known[names[i]] = (*stamps[i], digest)
    digests = [known[name][2] for name in names]
    if stale:
        _save(file, {n: entry for n, entry in known.items() if _keeps(entry, now)})
    return digests


def _keeps(entry: tuple[int, int, bytes], now: int) -> bool:
    """Whether the file had content, and had it for a while, when it was hashed."""
    size, mtime, digest = entry
    return size >= 0 and mtime < now - _RACY_NS and digest != NOTHING


def _hash(dataset: Dataset, positions: list[int], progress: Progress | None) -> list[bytes]:
    digests = []
    for raw in dataset.images.raw(dataset.rows[positions].tolist()):
        digests.append(_digest(raw))
        if progress is not None:
            progress(len(digests), len(positions))
    return digests


def _digest(raw: Raw) -> bytes:
    if isinstance(raw, bytes):
        return hashlib.sha256(raw).digest()
    head = f"{raw.dtype.str} {raw.shape} ".encode()
    return hashlib.sha256(head + np.ascontiguousarray(raw).tobytes()).digest()


def _place(root: Path) -> str:
    """Name of the digests of one folder; holds no path that could name a user."""
    return hashlib.sha256(os.fsencode(root.absolute())).hexdigest()[:16]


def _load(file: Path) -> _Known:
    """Read stored digests; a missing or damaged file only means that files are hashed again."""
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            names = stored["names"].tobytes().decode().split("\0")
            stamps = stored["stamps"].tolist()
            digests = stored["digests"].tobytes()
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}
    return {
        name: (size, mtime, digests[32 * i : 32 * i + 32])
        for i, (name, (size, mtime)) in enumerate(zip(names, stamps, strict=True))
    }


def _save(file: Path, known: _Known) -> None:
    if not known:
        return
    stamps: NDArray[np.int64] = np.array([entry[:2] for entry in known.values()], np.int64)
    content = io.BytesIO()
    np.savez(
        content,
        names=np.frombuffer("\0".join(known).encode(), np.uint8),
        stamps=stamps,
        digests=np.frombuffer(b"".join(entry[2] for entry in known.values()), np.uint8),
    )
    write_file(file, content.getvalue())
