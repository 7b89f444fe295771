import errno
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from warmstart.core.store import (
    claim,
    fresh_folder,
    is_claimed,
    stored_folder,
    storing,
    write_file,
)
from warmstart.errors import StoreError

REFUSALS = {
    errno.ENOSPC: "the disk is full; nothing finished is lost, free some space and run again.",
    errno.EACCES: "permission denied; nothing finished is lost, choose a folder you may write to "
    "and run again.",
    errno.EROFS: "the file system is read-only; nothing finished is lost, choose a folder you may "
    "write to and run again.",
}
refused = pytest.mark.parametrize("number", REFUSALS, ids=lambda number: errno.errorcode[number])


def fail(number):
    def call(*_args, **_kwargs):
        raise OSError(number, os.strerror(number))

    return call


# A folder, whole or not at all.


def test_a_folder_appears_when_its_block_ends(tmp_path):
    final = tmp_path / "runs" / "a"
    with fresh_folder(final) as folder:
        (folder / "metrics.json").write_text("{}")
        assert not final.exists()
    assert [path.name for path in final.iterdir()] == ["metrics.json"]
    assert names(tmp_path / "runs") == ["a"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_block_that_raises_leaves_nothing(tmp_path, error):
    def write():
        with fresh_folder(tmp_path / "a") as folder:
            (folder / "half").write_text("x")
            raise error

    with pytest.raises(error):
        write()
    assert names(tmp_path) == []


def test_a_folder_that_appeared_meanwhile_stays(tmp_path):
    final = tmp_path / "a"
    with fresh_folder(final) as folder:
        (folder / "file").write_text("ours")
        final.mkdir()
        (final / "file").write_text("theirs")
    assert (final / "file").read_text() == "theirs"
    assert names(tmp_path) == ["a"]


@refused
def test_a_disk_that_refuses_inside_the_block_is_named_and_leaves_nothing(tmp_path, number):
    def write():
        with fresh_folder(tmp_path / "a") as folder:
            (folder / "half").write_text("x")
            fail(number)()

    with pytest.raises(StoreError) as raised:
        write()
    assert str(raised.value) == f"Cannot write to {tmp_path}: {REFUSALS[number]}"
    assert names(tmp_path) == []


def test_an_error_of_another_kind_is_not_called_a_refusal(tmp_path):
    with pytest.raises(FileNotFoundError), storing(tmp_path):
        (tmp_path / "absent").read_text()


# A file, whole or not at all.


@pytest.mark.parametrize(
    ("content", "stored"), [("größe\n", "größe\n".encode()), (b"\0\1", b"\0\1")]
)
def test_a_file_is_written_with_the_folders_above_it(tmp_path, content, stored):
    write_file(tmp_path / "a" / "b" / "file", content)
    assert (tmp_path / "a" / "b" / "file").read_bytes() == stored
    assert names(tmp_path / "a" / "b") == ["file"]


def test_an_unchanged_file_is_left_alone(tmp_path):
    path = tmp_path / "file"
    write_file(path, "same")
    os.utime(path, ns=(1, 1))
    write_file(path, "same")
    assert path.stat().st_mtime_ns == 1
    write_file(path, "other")
    assert path.stat().st_mtime_ns > 1
    assert path.read_text() == "other"


@refused
@pytest.mark.parametrize("step", ["pathlib.Path.write_bytes", "os.replace"])
def test_a_disk_that_refuses_a_file_is_named_and_the_old_file_stays(
    tmp_path, monkeypatch, number, step
):
    path = tmp_path / "file"
    write_file(path, "old")
    monkeypatch.setattr(step, fail(number))
    with pytest.raises(StoreError) as raised:
        write_file(path, "new")
    assert str(raised.value) == f"Cannot write to {tmp_path}: {REFUSALS[number]}"
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_a_disk_that_is_really_full_is_recognised(tmp_path):
    def write():
        with storing(tmp_path), open("/dev/full", "wb", buffering=0) as full:
            full.write(b"x")

    with pytest.raises(StoreError, match="the disk is full"):
        write()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_folder_without_permission_is_recognised(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="permission denied"):
        write_file(tmp_path / "file", "x")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("below", ["file/x", "file/deeper/x"])
def test_a_file_where_a_folder_is_needed_is_recognised(tmp_path, below):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError) as raised:
        write_file(tmp_path / below, "x")
    assert str(raised.value) == (
        f"Cannot write to {(tmp_path / below).parent}: a file stands where a folder is needed; "
        "nothing finished is lost, choose another folder and run again."
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows calls it a missing permission")
def test_a_folder_where_a_file_is_needed_is_recognised(tmp_path):
    (tmp_path / "results.csv").mkdir()
    with pytest.raises(StoreError) as raised:
        write_file(tmp_path / "results.csv", "x")
    assert str(raised.value) == (
        f"Cannot write to {tmp_path}: a folder stands where a file is needed; nothing finished is "
        "lost, choose another folder and run again."
    )


@pytest.mark.skipif(not os.path.exists("/proc/self"), reason="no /proc on this system")
def test_a_place_where_no_folder_can_be_made_is_recognised():
    with pytest.raises(StoreError) as raised:
        write_file(Path("/proc/nothing/file"), "x")
    assert str(raised.value) == (
        "Cannot write to /proc/nothing: no folder can be made there; nothing finished is lost, "
        "choose another folder and run again."
    )


@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        (errno.ESTALE, "the drive does not answer; nothing finished is lost, connect it"),
        (errno.ENOTCONN, "the drive does not answer; nothing finished is lost, connect it"),
        (errno.EIO, "the drive reports an error; nothing finished is lost, check it"),
    ],
)
def test_a_drive_that_is_gone_is_recognised(tmp_path, number, refusal):
    with pytest.raises(StoreError) as raised, storing(tmp_path):
        fail(number)()
    assert str(raised.value) == f"Cannot write to {tmp_path}: {refusal} and run again."


@pytest.mark.parametrize("below", [".", "deeper"])
@pytest.mark.parametrize("write", [fresh_folder, claim])
def test_a_link_that_leads_nowhere_is_named(tmp_path, below, write):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "absent" / "folder")
    place = link / below
    with pytest.raises(StoreError) as raised, write(place / "x"):
        pass
    assert str(raised.value) == (
        f"Cannot write to {place}: {link} is a link that leads nowhere; nothing finished is lost, "
        "repair it or choose another folder and run again."
    )


# A folder that is written once.


def test_a_stored_folder_is_written_once_though_several_ask_for_it(tmp_path):
    final, written, waiting = tmp_path / "cache" / "key", [], threading.Barrier(4)

    def write(folder):
        written.append(folder)
        (folder / "a").write_text("whole")

    def ask(_):
        waiting.wait(10)
        return (stored_folder(final, write) / "a").read_text()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == ["whole"] * 4
    assert len(written) == 1
    assert not written[0].exists()


def test_a_stored_folder_that_fails_leaves_nothing_and_is_tried_again(tmp_path):
    (tmp_path / ".writing-key-0badcafe").mkdir()
    with pytest.raises(ZeroDivisionError):
        stored_folder(tmp_path / "key", lambda folder: folder.joinpath("a").touch() or 1 / 0)
    assert names(tmp_path) == ["key.lock"]
    assert names(stored_folder(tmp_path / "key", lambda folder: (folder / "b").touch())) == ["b"]


# A claim.


def test_a_claim_is_exclusive_and_ends_with_its_block(tmp_path):
    lock = tmp_path / "locks" / "a.lock"
    assert not is_claimed(lock)
    with claim(lock) as first, claim(lock) as second:
        assert (first, second) == (True, False)
        assert is_claimed(lock)
    assert not is_claimed(lock)
    with claim(lock) as again:
        assert again


def test_asking_does_not_claim_or_make_a_file(tmp_path):
    assert not is_claimed(tmp_path / "a.lock")
    assert names(tmp_path) == []


def test_an_error_inside_a_block_frees_the_claim_and_stays_what_it_is(tmp_path):
    def work(expected):
        with claim(tmp_path / "a.lock") as ours:
            assert ours is expected
            fail(errno.ENOSPC)()

    with pytest.raises(OSError, match="No space left"):
        work(True)
    assert not is_claimed(tmp_path / "a.lock")
    with claim(tmp_path / "a.lock"), pytest.raises(OSError, match="No space left"):
        work(False)


def test_another_process_is_kept_out_until_it_is_killed(tmp_path):
    lock = tmp_path / "a.lock"
    code = (
        "import sys, time; from pathlib import Path; from warmstart.core.store import claim\n"
        "with claim(Path(sys.argv[1])) as ours: print(ours, flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, lock], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout.readline() == "True\n"
        assert is_claimed(lock)
        with claim(lock) as ours:
            assert not ours
        holder.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        holder.wait(10)
    assert not is_claimed(lock)
    with claim(lock) as ours:
        assert ours


def names(folder):
    return sorted(path.name for path in folder.iterdir())
