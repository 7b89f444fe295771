"""A folder of class folders: ``root/<class>/**/image``."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from warmstart.data.dataset import Dataset
from warmstart.data.listing import SUFFIXES, image_files, is_image, is_litter, unreadable
from warmstart.data.readers.grouping import group_of_path, named_groups, table_note
from warmstart.data.readers.reader import STRICT, Reader
from warmstart.data.readers.table import read_table
from warmstart.data.sources import ImageFiles
from warmstart.errors import DataError

WRITE_TABLE = 'write their labels in a CSV file and use reader = "csv".'
"""What to do where there are no class folders, in a study file."""
_PARTS = frozenset({"train", "val", "valid", "validation", "test"})


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FolderOptions:
    """Options of the reader ``folder``.

    Attributes:
        groups: Whether a ``groups.csv`` beside the class folders is used.
    """

    groups: bool = True


def read_folder(root: Path | None, options: FolderOptions) -> Dataset:
    """Read a folder of class folders.

    Raises:
        DataError: If there are no class folders, or one of them holds no image.
    """
    if root is None or not root.is_dir():
        raise DataError(f"{root} is not a folder; expected {FOLDER.expects}.")
    classes = _class_folders(root)
    found = sorted(
        (file, label) for label, name in enumerate(classes) for file in _images(root, name)
    )
    files = [file for file, _ in found]
    groups, notes = _groups(root, files) if options.groups else (None, ())
    return Dataset(
        name="folder",
        images=ImageFiles(root, files),
        rows=np.arange(len(files)),
        labels=np.array([label for _, label in found], np.int64),
        classes=classes,
        groups=groups,
        notes=notes,
        warnings=_like_parts(classes),
    )


def _class_folders(root: Path) -> tuple[str, ...]:
    try:
        entries = [entry for entry in root.iterdir() if not is_litter(entry.name)]
    except OSError as error:
        raise unreadable(root, error) from error
    classes = tuple(sorted(entry.name for entry in entries if _is_class(entry)))
    if classes:
        return classes
    images = sum(is_image(entry.name) for entry in entries)
    inside = f"{images} images but no sub-folders" if images else "no sub-folders"
    raise DataError(
        f"{root} holds {inside}; expected {FOLDER.expects}. For images in one folder {WRITE_TABLE}"
    )


def _is_class(entry: Path) -> bool:
    """A folder, but not one that a study beside the images wrote."""
    try:
        return entry.is_dir() and not (entry / "study.toml").is_file()
    except OSError as error:
        raise unreadable(entry, error) from error


def _like_parts(classes: tuple[str, ...]) -> tuple[str, ...]:
    """A warning where the classes are named like the parts of a release."""
    if len(classes) < 2 or not {name.lower() for name in classes} <= _PARTS:
        return ()
    return (
        f"class folders are named {', '.join(classes)}: is this a release with official parts? "
        "Point at one of them, or use its reader (warmstart datasets list)",
    )


def _images(root: Path, name: str) -> list[str]:
    """Paths of the images of one class, relative to the root, with ``/``."""
    files = [f"{name}/{file}" for file in image_files(root / name)]
    if not files:
        suffixes = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
        raise DataError(
            f"Class folder {root / name} holds no image ({suffixes}); add images or remove it."
        )
    return files


def _groups(root: Path, files: list[str]) -> tuple[NDArray[np.str_] | None, tuple[str, ...]]:
    path = root / "groups.csv"
    if not path.is_file():
        return None, ()
    groups = group_of_path(read_table(path), "file", "group")
    found = [groups.get(file) for file in files]
    if not any(found):
        return None, (f"{path.name} names none of the images",)
    note = table_note(path.name, files, found, list(set(groups) - set(files)))
    return named_groups(files, found), (note,)


FOLDER = Reader(
    name="folder",
    title="class folders",
    labels="one class",
    groups="groups.csv, where there is one",
    layout="benign/\n    img_001.jpg\nmalignant/\n    img_002.jpg\ngroups.csv     file,group",
    read=read_folder,
    options=FolderOptions,
    expects="a folder with one sub-folder of images per class",
)
