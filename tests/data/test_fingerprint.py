import hashlib
import os
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from data_problems import made, write_csv, write_image

from warmstart.data.fingerprint import NOTHING, fingerprint, hashed_groups, image_digests
from warmstart.data.readers import read_dataset
from warmstart.data.sources import ImageArray, ImageFiles

OLD = time.time_ns() - 3_600_000_000_000


def age(root, when=OLD):
    for path in root.rglob("*.png"):
        os.utime(path, ns=(when, when))


@pytest.fixture
def root(make_folder):
    root = make_folder({"a": 3, "b": 2})
    age(root)
    return root


def read(root):
    return read_dataset("x", "folder", root, {})


def known(dataset, cache, progress=None):
    return fingerprint(dataset, image_digests(dataset, cache, progress))


def identity(root, tmp_path):
    return known(read(root), tmp_path / "cache")


def test_is_the_sha_256_of_path_label_group_and_bytes(root, tmp_path):
    total = hashlib.sha256()
    for file in sorted(root.rglob("*.png")):
        name = file.relative_to(root).as_posix()
        total.update(f"{name}\0{file.parent.name}\0\0".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    assert identity(root, tmp_path) == total.hexdigest()


def test_a_rerun_reads_no_file(root, tmp_path, monkeypatch):
    first = identity(root, tmp_path)
    monkeypatch.setattr(
        ImageFiles, "raw", lambda self, rows: iter([b""] * 0 if not rows else 1 / 0)
    )
    assert identity(root, tmp_path) == first


@pytest.mark.parametrize("change", ["bytes", "name", "label", "group"])
def test_what_a_row_is_changes_it(change, root, tmp_path):
    first = identity(root, tmp_path)
    if change == "bytes":
        write_image(root / "a" / "00.png", value=200)
    elif change == "name":
        (root / "a" / "00.png").rename(root / "a" / "zz.png")
    elif change == "label":
        (root / "a" / "00.png").rename(root / "b" / "zz.png")
    else:
        write_csv(root / "groups.csv", ("file", "group"), [("a/00.png", "p1"), ("a/01.png", "p1")])
    assert identity(root, tmp_path) != first


def test_numbers_of_classes_place_and_name_do_not_change_it(root, tmp_path):
    dataset = read(root)
    first = known(dataset, tmp_path / "cache")
    swapped = replace(dataset, classes=("b", "a"), labels=1 - dataset.labels, name="y")
    assert known(swapped, tmp_path / "cache") == first
    assert identity(root.rename(root.with_name("moved")), tmp_path) == first


def test_order_of_labels_does_not_change_it(tmp_path):
    one = made(np.array([[0.0, 1.0], [1.0, np.nan]]), classes=("a", "b"))
    other = replace(one, labels=one.labels[:, ::-1], classes=("b", "a"))
    assert known(one, tmp_path) == known(other, tmp_path)
    changed = replace(one, labels=np.array([[0.0, 1.0], [1.0, 0.0]]))
    assert known(one, tmp_path) != known(changed, tmp_path)


def test_a_file_changed_within_two_seconds_of_hashing_is_hashed_again(root, tmp_path):
    file = root / "a" / "00.png"
    stamp = time.time_ns()
    os.utime(file, ns=(stamp, stamp))
    first = identity(root, tmp_path)
    data = bytearray(file.read_bytes())
    data[-20] ^= 1
    file.write_bytes(data)  # same size ...
    os.utime(file, ns=(stamp, stamp))  # ... and the same mtime
    assert identity(root, tmp_path) != first


def test_arrays_of_a_program_are_hashed_every_time(tmp_path):
    dataset = made([0, 1])
    first = known(dataset, tmp_path)
    other = ImageArray(np.ones((2, 4, 4), np.uint8), dataset.images.names)
    assert known(replace(dataset, images=other), tmp_path) != first
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", [b"", b"no npz", None])
def test_a_damaged_cache_only_means_hashing_again(damage, root, tmp_path):
    first = identity(root, tmp_path)
    (stored,) = (tmp_path / "cache" / "digests").iterdir()
    stored.write_bytes(stored.read_bytes()[:-30] if damage is None else damage)
    assert identity(root, tmp_path) == first


def test_a_subset_shares_the_digests_of_its_parent(root, tmp_path, monkeypatch):
    first = identity(root, tmp_path)
    read(root)
    part = read(root).take(np.array([0, 1, 3, 4]))
    monkeypatch.setattr(ImageFiles, "_read", lambda self, row: 1 / 0)
    assert known(part, tmp_path / "cache") != first


def test_the_cache_names_neither_folder_nor_group(root, tmp_path):
    write_csv(root / "groups.csv", ("file", "group"), [("a/00.png", "MRN-4711")])
    identity(root, tmp_path)
    for path in (tmp_path / "cache").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert b"MRN-4711" not in content
        assert str(root).encode() not in content


def test_progress_counts_hashed_files(root, tmp_path):
    seen = []
    known(read(root), tmp_path / "c", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(n, 5) for n in range(1, 6)]


def test_a_file_that_could_not_be_opened_is_hashed_again(root, tmp_path, monkeypatch):
    dataset, cache = read(root), tmp_path / "cache"
    with monkeypatch.context() as patch:  # a file without permission: its stamp is readable
        patch.setattr(ImageFiles, "_read", lambda self, row: b"")
        assert image_digests(dataset, cache) == [NOTHING] * 5
    expected = [hashlib.sha256((root / name).read_bytes()).digest() for name in dataset.names]
    assert image_digests(dataset, cache) == expected
    with monkeypatch.context() as patch:  # the permission is taken away: the stamp stays
        patch.setattr(os, "access", lambda path, mode: False)
        patch.setattr(ImageFiles, "_read", lambda self, row: b"")
        assert image_digests(dataset, cache) == [NOTHING] * 5
    assert image_digests(dataset, cache) == expected


@pytest.mark.skipif(sys.platform != "linux", reason="names of folders are bytes on Linux only")
def test_a_root_that_is_not_utf_8_is_read(root, tmp_path):
    first = identity(root, tmp_path)
    moved = os.fsdecode(os.fsencode(root.parent) + b"/caf\xe9")
    assert identity(root.rename(moved), tmp_path) == first


DIGESTS = [b"x", b"y", b"z", b"x"]


def test_a_hashed_group_is_over_its_name_and_the_sorted_digests_of_its_images():
    dataset = made([0, 1, 0, 1], ["p1", "p2", "p1", "p2"])
    one = hashlib.sha256(b"p1\0" + b"xz").hexdigest()[:16]
    two = hashlib.sha256(b"p2\0" + b"xy").hexdigest()[:16]
    assert hashed_groups(dataset, DIGESTS).tolist() == [one, two, one, two]


def test_a_hashed_group_is_another_with_another_name_or_image():
    dataset = made([0, 1, 0, 1], ["p1", "p2", "p1", "p2"])
    first = hashed_groups(dataset, DIGESTS)
    renamed = hashed_groups(replace(dataset, groups=np.array(["p3", "p2"] * 2)), DIGESTS)
    changed = hashed_groups(dataset, [b"w", *DIGESTS[1:]])
    for other in (renamed, changed):
        assert (other != first).tolist() == [True, False, True, False]


def test_without_groups_each_image_is_its_own():
    hashed = hashed_groups(made([0, 1, 0, 1]), DIGESTS)
    assert len(set(hashed.tolist())) == 4
    assert hashed[0] == hashlib.sha256(b"0000\0x").hexdigest()[:16]
