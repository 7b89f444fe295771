import bz2
import errno
import gzip
import lzma
import os
import shutil
import signal
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from packed import FILES, held, inner, message, tar_of, zip_of

from warmstart.data import unpack as module
from warmstart.data.unpack import unpacked
from warmstart.errors import StoreError

Usage = namedtuple("Usage", "total used free")


# One archive.


@pytest.mark.parametrize("name", ["x.zip", "X.ZIP", "x.tar", "x.tar.gz", "x.tgz", "x.tar.xz"])
def test_an_archive_is_unpacked_into_the_cache_once(root, cache, monkeypatch, name):
    end = name.lower().rpartition(".")[2].replace("tgz", "gz")
    mode = "w" if end == "tar" else f"w:{end}"
    archive = zip_of(root / name, FILES) if end == "zip" else tar_of(root / name, FILES, mode)
    folder = unpacked(archive, (), cache)
    assert folder.parent == cache / "unpacked"
    assert held(folder) == FILES
    monkeypatch.setattr(module, "opened", None)
    monkeypatch.setattr(module, "unpacked_size", None)
    assert unpacked(archive, (), cache) == folder


def test_a_tar_is_read_however_it_is_compressed(root, cache):
    data = tar_of(root / "x.tar", FILES).read_bytes()
    ways = {"plain.tar.gz": data, "b.tar": bz2.compress(data), "l.tgz": lzma.compress(data)}
    for name, packed in ways.items():
        (root / name).write_bytes(packed)
        assert held(unpacked(root / name, (), cache)) == FILES


def test_a_single_file_is_unpacked_from_its_gz(root, cache):
    path = root / "labels.h5.gz"
    path.write_bytes(gzip.compress(b"one") + gzip.compress(b"two"))
    assert held(unpacked(path, (), cache)) == {"labels.h5": b"onetwo"}


def test_a_changed_or_moved_archive_is_unpacked_anew(root, cache, tmp_path):
    archive = zip_of(root / "x.zip", FILES)
    first = unpacked(archive, (), cache)
    zip_of(archive, {"other": b"1"})
    second = unpacked(archive, (), cache)
    assert held(second) == {"other": b"1"}
    assert held(first) == FILES
    os.utime(archive, ns=(1, 1))
    assert unpacked(archive, (), cache) not in (first, second)


def test_a_file_or_folder_that_holds_no_archive_is_returned_as_it_is(root, cache, monkeypatch):
    np.savez(root / "pathmnist.npz", a=np.zeros(2))
    (root / "a.csv").write_text("a")
    zip_of(root / "other.zip", FILES)
    monkeypatch.chdir(root)
    for path in (
        root,
        root / "a.csv",
        root / "pathmnist.npz",
        root / "absent",
        root / "absent.zip",
    ):
        assert unpacked(path, ("ISIC*.zip",), cache) == path
    assert unpacked(Path("."), ("*.npz",), cache) == Path(".")
    assert not cache.exists()


def test_litter_and_nothing_else_is_left_out(root, cache):
    junk = {"__MACOSX/images/._a.png": b"", ".DS_Store": b"", "images/.DS_Store": b"", "._x": b""}
    assert held(unpacked(zip_of(root / "x.zip", {**junk, **FILES}), (), cache)) == FILES
    assert held(unpacked(tar_of(root / "x.tar", {**junk, **FILES}), (), cache)) == FILES


def test_empty_folders_and_files_and_odd_paths_are_kept(root, cache):
    files = {"empty/": b"", "none.txt": b"", "./a//b/./c": b"1", "d\\e.png": b"2"}
    folder = unpacked(zip_of(root / "x.zip", files), (), cache)
    assert held(folder) == {"none.txt": b"", "a/b/c": b"1", "d/e.png": b"2"}
    assert (folder / "empty").is_dir()


def test_progress_counts_the_bytes_of_the_archives(root, cache):
    one, two = zip_of(root / "a.zip", FILES), tar_of(root / "b.tar", FILES)
    seen = []
    unpacked(root, ("*",), cache, progress=lambda done, total: seen.append((done, total)))
    size = one.stat().st_size + two.stat().st_size
    assert seen[-1] == (size, size)
    assert {total for _, total in seen} == {size}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len(seen) > 6


# A folder of archives.


def test_archives_of_a_folder_lie_beside_what_was_beside_them(root, cache):
    zip_of(root / "HAM_part_1.zip", {"a.jpg": b"a"})
    zip_of(root / "ham_part_2.ZIP", {"ham_part_2/b.jpg": b"b"})
    tar_of(root / "ham_three.tar.gz", {"other/c.jpg": b"c"}, "w:gz")
    (root / "HAM_metadata.csv").write_bytes(b"table")
    (root / ".DS_Store").write_bytes(b"")
    (root / "extra").mkdir()
    (root / "extra" / "d.jpg").write_bytes(b"d")
    (root / "gone").symlink_to("nowhere")
    names = os.listdir(root)
    folder = unpacked(root, ("ham_*.zip", "HAM_*.tar.gz"), cache)
    expected = {
        "HAM_part_1/a.jpg": b"a",
        "ham_part_2/b.jpg": b"b",
        "ham_three/other/c.jpg": b"c",
        "HAM_metadata.csv": b"table",
        "extra/d.jpg": b"d",
    }
    assert held(folder) == expected
    assert (folder / "HAM_metadata.csv").samefile(root / "HAM_metadata.csv")
    assert os.listdir(root) == names  # nothing of the user's is touched


def test_single_files_in_gz_and_zip_keep_their_names(root, cache):
    (root / "split_train_x.h5.gz").write_bytes(gzip.compress(b"x"))
    zip_of(root / "train.csv.zip", {"train.csv": b"t", "__MACOSX/._train.csv": b""})
    (root / "split_meta.csv").write_bytes(b"m")
    folder = unpacked(root, ("*.h5.gz", "*.csv.zip"), cache)
    assert held(folder) == {"split_train_x.h5": b"x", "train.csv": b"t", "split_meta.csv": b"m"}


def test_what_the_user_unpacked_is_not_unpacked_again(root, cache):
    zip_of(root / "part_1.zip", {"a": b"1"})
    (root / "part_1").mkdir()
    assert unpacked(root, ("part_*",), cache) == root
    zip_of(root / "part_2.zip", {"a": b"2"})
    (root / "part_1" / "mine").write_bytes(b"3")
    found = held(unpacked(root, ("part_*",), cache))
    assert found["part_1/mine"] == b"3"
    assert found["part_2/a"] == b"2"
    assert "part_1/a" not in found


def test_what_lies_beside_the_archives_is_kept_up_to_date_without_unpacking(
    root, cache, monkeypatch
):
    zip_of(root / "a.zip", FILES)
    (root / "old.csv").write_bytes(b"old")
    (root / "same.csv").write_bytes(b"same")
    folder = unpacked(root, ("a.zip",), cache)
    monkeypatch.setattr(module, "opened", None)
    (root / "old.csv").unlink()
    (root / "new").mkdir()
    (root / "same.csv").unlink()
    (root / "same.csv").write_bytes(b"another")
    assert unpacked(root, ("a.zip",), cache) == folder
    assert sorted(os.listdir(folder)) == ["a", "new", "same.csv"]
    assert (folder / "same.csv").read_bytes() == b"another"


@pytest.mark.parametrize("ways", [{"link"}, {"link", "symlink"}], ids=len)
def test_files_that_cannot_be_linked_are_linked_softly_or_copied(root, cache, monkeypatch, ways):
    zip_of(root / "a.zip", FILES)
    (root / "b.csv").write_bytes(b"table")
    for way in ways:
        monkeypatch.setattr(os, way, refused)
    folder = unpacked(root, ("a.zip",), cache)
    assert (folder / "b.csv").is_symlink() is (ways == {"link"})
    monkeypatch.setattr(module, "locked", None)
    assert unpacked(root, ("a.zip",), cache) == folder
    assert (folder / "b.csv").read_bytes() == b"table"


def refused(*_args, **_kwargs):
    raise PermissionError(errno.EPERM, "Operation not permitted")


def test_a_folder_that_cannot_be_linked_is_refused(root, cache, monkeypatch):
    zip_of(root / "a.zip", FILES)
    (root / "extra").mkdir()
    monkeypatch.setattr("pathlib.Path.symlink_to", refused)
    with pytest.raises(StoreError) as raised:
        unpacked(root, ("a.zip",), cache)
    folder = next(path for path in (cache / "unpacked").iterdir() if path.is_dir())
    assert str(raised.value) == (
        f"Cannot link {root / 'extra'} into {folder} (Operation not permitted); unpack the "
        f"archives in {root} yourself, then nothing needs to be linked."
    )


def test_two_archives_of_one_name_are_refused(root, cache):
    zip_of(root / "a.zip", FILES)
    tar_of(root / "a.tar", FILES)
    assert message(root, cache) == (
        f"{root} holds a.tar and a.zip, which both unpack to a; leave one of them there."
    )


# Archives inside archives.


def test_a_tar_of_tars_becomes_folders(root, cache):
    classes = {f"n0{n}.tar": inner(tar_of, {f"n0{n}_1.JPEG": b"%d" % n}) for n in range(3)}
    folder = unpacked(tar_of(root / "train.tar", classes), (), cache)
    assert held(folder) == {f"n0{n}/n0{n}_1.JPEG": b"%d" % n for n in range(3)}


def test_archives_are_unpacked_two_levels_deep_and_npz_never(root, cache):
    deepest = inner(zip_of, {"d": b"4"})
    third = inner(zip_of, {"c": b"3", "four.zip": deepest})
    second = inner(tar_of, {"b": b"2", "two/two.zip": inner(zip_of, {"two/t": b"5"})})
    files = {"s/one.tar": second, "x.npz": b"npz", "y.nii.gz": b"gz", "three.zip": third}
    found = held(unpacked(zip_of(root / "x.zip", files), (), cache))
    assert found == {
        "s/one/b": b"2",
        "s/one/two/two/t": b"5",
        "x.npz": b"npz",
        "y.nii.gz": b"gz",
        "three/c": b"3",
        "three/four/d": b"4",
    }
    nested = inner(zip_of, {"1.zip": inner(zip_of, {"2.zip": inner(zip_of, {"3": b""})})})
    found = held(unpacked(zip_of(root / "n.zip", {"0.zip": nested}), (), cache))
    assert list(found) == ["0/1/2.zip"]


def test_an_archive_beside_its_own_folder_is_refused(root, cache):
    archive = zip_of(root / "x.zip", {"a/b": b"", "a.zip": inner(zip_of, {"b": b""})})
    assert message(archive, cache) == (
        f"{archive} > a.zip unpacks to a, which lies beside it already; unpack the archives "
        "yourself and name their folder."
    )


def test_damage_inside_an_inner_archive_names_both(root, cache):
    archive = tar_of(root / "x.tar", {"a/n01.tar": inner(tar_of, FILES)[:600]})
    assert message(archive, cache) == (
        f"{archive} > a/n01.tar: member 'images/a.png' cannot be read (unexpected end of data); "
        "fetch it again."
    )


# Space.


def free(monkeypatch, *sizes):
    """Let the disk have these bytes free, one after the other; the last stays."""
    left = list(sizes)
    usage = lambda _: Usage(0, 0, left.pop(0) if len(left) > 1 else left[0])  # noqa: E731
    monkeypatch.setattr(shutil, "disk_usage", usage)


@pytest.mark.parametrize("named", ["", "x.zip"], ids=["folder", "archive"])
def test_what_is_larger_than_the_disk_is_refused_before_anything_is_written(
    root, cache, monkeypatch, named
):
    zip_of(root / "x.zip", {"a": bytes(2**20), "b": bytes(2**24)})
    free(monkeypatch, 2**28 + 2**20)
    monkeypatch.setattr(module._Unpacking, "_below", None)
    assert message(root / named, cache, error=StoreError) == (
        f"Unpacking {root / named} needs 0.02 GB more in {cache / 'unpacked'}, of which 0.00 GB "
        "can be used; free some space, or let WARMSTART_CACHE name a folder on a larger disk."
    )


def test_an_archive_that_does_not_tell_its_size_stops_before_the_disk_is_full(
    root, cache, monkeypatch
):
    archive = root / "x.h5.gz"
    archive.write_bytes(gzip.compress(bytes(2**24)))
    free(monkeypatch, *[2**28 + 2**22] * 6, 2**28 + 2**19)
    assert message(archive, cache, error=StoreError) == (
        f"Unpacking {archive} needs 0.00 GB more in {cache / 'unpacked'}, of which 0.00 GB can be "
        "used; free some space, or let WARMSTART_CACHE name a folder on a larger disk."
    )


def test_a_full_disk_is_said(root, cache, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module._Unpacking, "_make", full)
    assert message(zip_of(root / "x.zip", FILES), cache, error=StoreError) == (
        f"Cannot write to {cache / 'unpacked'}: the disk is full; nothing finished is lost, "
        "free some space and run again."
    )


# Processes.


def test_a_killed_process_leaves_nothing_half_done(root, cache):
    archive = tar_of(root / "x.tar", {f"{n}.png": bytes(2000) for n in range(50)})
    code = (
        "import sys, time; from pathlib import Path; from warmstart.data.unpack import unpacked\n"
        "def wait(done, total):\n"
        "    if done > total / 2: print('half', flush=True); time.sleep(60)\n"
        "unpacked(Path(sys.argv[1]), (), Path(sys.argv[2]), progress=wait)"
    )
    command = [sys.executable, "-c", code, archive, cache]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
    left = [path.name for path in (cache / "unpacked").iterdir() if path.is_dir()]
    assert [name.startswith(".writing-") for name in left] == [True]
    folder = unpacked(archive, (), cache)
    assert len(held(folder)) == 50
    assert [path for path in (cache / "unpacked").iterdir() if path.is_dir()] == [folder]


def test_two_at_once_unpack_once(root, cache):
    tar_of(root / "x.tar", {f"{n}.png": b"1" for n in range(20)})
    (root / "table.csv").write_text("x")
    code = (
        "import sys, time; from pathlib import Path; from warmstart.data.unpack import unpacked\n"
        "def wait(*_): print('step', flush=True); time.sleep(0.02)\n"
        "unpacked(Path(sys.argv[1]), ('*',), Path(sys.argv[2]), progress=wait)"
    )
    command = [sys.executable, "-c", code, root, cache]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(text.count("step") for text in said) == [0, 21]
    assert len(held(unpacked(root, ("*",), cache))) == 21
