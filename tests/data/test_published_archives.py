"""Releases as they are downloaded: archives side by side, tables loose beside them."""

import gzip
import shutil

import numpy as np
import pytest
from release import build

from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset


def pack(folder, kind, *, inside):
    """Replace a folder by its archive; the archive holds the folder, or only what is in it."""
    place = (folder.parent, folder.name) if inside else (folder, ".")
    archive = shutil.make_archive(folder.parent / f"{folder.name}-packed", kind, *place)
    shutil.rmtree(folder)
    suffix = ".tar.gz" if kind == "gztar" else f".{kind}"
    shutil.move(archive, folder.parent / f"{folder.name}{suffix}")


def isic2018(root):
    for folder in [path for path in root.iterdir() if path.is_dir()]:
        pack(folder, "zip", inside=True)


def ham10000(root):
    """As on Dataverse: the images lie in their archives without a folder."""
    for folder in [path for path in root.iterdir() if path.is_dir()]:
        pack(folder, "zip", inside=False)


def nih_chestxray14(root):
    for folder in sorted(root.glob("images_*")):
        pack(folder / "images", "gztar", inside=True)
        shutil.move(folder / "images.tar.gz", root / f"{folder.name}.tar.gz")
        folder.rmdir()


def pcam(root):
    for path in root.glob("*.h5"):
        with gzip.open(f"{path}.gz", "wb") as packed:
            packed.write(path.read_bytes())
        path.unlink()


PACKED = {
    "isic2018": isic2018,
    "ham10000": ham10000,
    "nih-chestxray14": nih_chestxray14,
    "pcam": pcam,
}


@pytest.mark.parametrize("reader", PACKED)
def test_a_folder_of_archives_is_read_like_what_they_hold(reader, tmp_path):
    (tmp_path / "release").mkdir()
    release = build(reader, tmp_path / "release")
    before = read_dataset("x", reader, release.root, release.options)
    _, pictures = prepare(before, size=8, fit="squash", cache=tmp_path / "a")
    PACKED[reader](release.root)
    assert [path for path in release.root.iterdir() if path.suffix in (".zip", ".gz")]
    after = read_dataset("x", reader, release.root, release.options, cache=tmp_path / "cache")
    _, unpacked = prepare(after, size=8, fit="squash", cache=tmp_path / "b")
    by_stem = {name.rsplit("/", 1)[-1]: place for place, name in enumerate(after.names)}
    order = [by_stem[name.rsplit("/", 1)[-1]] for name in before.names]
    if reader == "pcam":
        order = list(range(len(before)))
    assert sorted(order) == list(range(len(after)))
    assert np.array_equal(after.labels[order], before.labels, equal_nan=True)
    assert after.groups[order].tolist() == before.groups.tolist()
    assert np.array_equal(unpacked.array[order], pictures.array)
