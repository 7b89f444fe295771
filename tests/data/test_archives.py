import errno
import gzip
import os
import stat
import tarfile
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from packed import FILES, held, message, tar_of, zip_of

from warmstart.data.unpack import unpacked
from warmstart.errors import DataError, StoreError

YOURSELF = "unpack the archive yourself and name its folder."
DISTRUST = "do not trust this archive, fetch it from its publisher."


# What is refused.


@pytest.mark.parametrize(
    "name", ["/etc/x", "../x", "a/../../x", "C:\\x", "a/c:x", "..\\x", "a\\..\\x", "\\\\host\\x"]
)
@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_a_member_outside_its_folder_is_refused(root, cache, make, name):
    archive = make(root / ("x.zip" if make is zip_of else "x.tar"), {"a.png": b"", name: b"bad"})
    assert message(archive, cache) == (
        f"{archive}: member {name!r} lies outside its folder; {DISTRUST}"
    )
    assert not (cache / "x").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("target", ["/etc/passwd", "../../x", "..\\..\\x"])
def test_a_link_that_leads_outside_is_refused(root, cache, kind, target):
    archive = tar_of(root / "x.tar", FILES, links=[("images/l", kind, target)])
    shown = target if kind == tarfile.LNKTYPE or target[0] == "/" else f"images/{target}"
    assert message(archive, cache) == (
        f"{archive}: member 'images/l' leads to {shown!r}, outside its folder; {DISTRUST}"
    )


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_a_device_is_refused(root, cache, kind):
    archive = tar_of(root / "x.tar", {}, links=[("dev", kind, "")])
    assert message(archive, cache) == f"{archive}: member 'dev' is a device; {YOURSELF}"


def test_links_inside_become_files(root, cache):
    links = [("images/s", tarfile.SYMTYPE, "deep/../a.png"), ("h", tarfile.LNKTYPE, "labels.csv")]
    folder = unpacked(tar_of(root / "x.tar", FILES, links=links), (), cache)
    found = {**FILES, "images/s": FILES["images/a.png"], "h": FILES["labels.csv"]}
    assert held(folder) == found
    assert not (folder / "images" / "s").is_symlink()
    assert held(unpacked(zip_with_link(root / "x.zip", "images/a.png"), (), cache)) == {
        **FILES,
        "link": FILES["images/a.png"],
    }


def zip_with_link(path, target):
    zip_of(path, FILES)
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zip_of(path, {info: target}, "a")


@pytest.mark.parametrize("target", ["images", "nothing", "link"])
def test_a_link_to_no_file_is_refused(root, cache, target):
    archive = zip_with_link(root / "x.zip", target)
    assert message(archive, cache) == (
        f"{archive}: member 'link' links to what is no file of the archive; {YOURSELF}"
    )


def test_nothing_is_written_through_a_link(root, cache, tmp_path):
    (tmp_path / "outside").mkdir()
    archive = tar_of(root / "x.tar", {}, links=[("l", tarfile.SYMTYPE, "images")])
    tar_of(archive, {"l/bad": b"", "images/x": b""}, "a")
    assert message(archive, cache) == (
        f"{archive}: member 'l' links to what is no file of the archive; {YOURSELF}"
    )
    archive = zip_with_link(root / "x.zip", str(tmp_path / "outside"))
    zip_of(archive, {"link/bad": b""}, "a")
    assert message(archive, cache) == (
        f"{archive}: member 'link' leads to {str(tmp_path / 'outside')!r}, outside its folder; "
        f"{DISTRUST}"
    )
    assert os.listdir(tmp_path / "outside") == []


@pytest.mark.parametrize(
    ("names", "named"),
    [(["a", "a"], "a"), (["a/b", "a"], "a"), (["a", "a/b"], "a/b"), (["a", "a/"], "a")],
)
def test_a_path_that_is_there_twice_is_refused(root, cache, names, named):
    archive = tar_of(root / "x.tar", {names[0]: b"1"})
    if names[1].endswith("/"):
        tar_of(archive, {}, "a", links=[("a", tarfile.DIRTYPE, "")])
    else:
        tar_of(archive, {names[1]: b"2"}, "a")
    assert message(archive, cache) == f"{archive}: member {named!r} is there twice; {YOURSELF}"


def test_an_encrypted_member_is_refused(root, cache):
    archive = zip_of(root / "x.zip", {"a.png": b"abc"})
    data = bytearray(archive.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    archive.write_bytes(data)
    assert message(archive, cache) == f"{archive}: member 'a.png' is encrypted; {YOURSELF}"


def test_a_compression_that_python_lacks_is_said(root, cache):
    archive = zip_of(root / "x.zip", {"a.png": b"abc"})
    data = bytearray(archive.read_bytes())
    for start in (8, data.index(b"PK\1\2") + 10):
        data[start] = 9
    archive.write_bytes(data)
    assert message(archive, cache) == (
        f"{archive}: member 'a.png' cannot be read (That compression method is not supported); "
        "unpack it with another program and name its folder."
    )


def test_a_wrong_checksum_names_archive_and_member(root, cache):
    archive = root / "x.zip"
    with zipfile.ZipFile(archive, "w") as plain:
        plain.writestr("a/b.png", b"abcdef")
    archive.write_bytes(archive.read_bytes().replace(b"abcdef", b"abcdeg", 1))
    assert message(archive, cache) == (
        f"{archive}: member 'a/b.png' cannot be read (Bad CRC-32 for file 'a/b.png'); "
        "fetch it again."
    )


def test_a_wrong_checksum_at_the_end_of_a_gz_is_seen(root, cache):
    archive = tar_of(root / "x.tar.gz", FILES, "w:gz")
    data = bytearray(archive.read_bytes())
    data[-8] ^= 1
    archive.write_bytes(data)
    found = message(archive, cache)
    assert found.startswith(f"{archive} cannot be read (CRC check failed 0x")
    assert found.endswith("); fetch it again.")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x.zip", "File is not a zip file"),
        ("x.tar", "invalid header"),
        ("x.tar.gz", "invalid header"),
        ("x.csv.gz", "Not a gzipped file (b'<!')"),
    ],
)
def test_what_is_no_archive_is_said(root, cache, name, reason):
    (root / name).write_bytes(b"<!DOCTYPE html> Please log in." * 30)
    member = ": member 'x.csv'" if name == "x.csv.gz" else ""
    assert message(root / name, cache) == (
        f"{root / name}{member} cannot be read ({reason}); fetch it again."
    )


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz", "x.tar.xz", "x.tar.bz2", "x.h5.gz"])
def test_an_archive_that_ends_too_early_is_refused_wherever_it_ends(root, cache, name):
    path, files = root / name, {f"{n}.png": os.urandom(900) for n in range(6)}
    if name == "x.zip":
        zip_of(path, files)
    elif name == "x.h5.gz":
        path.write_bytes(gzip.compress(os.urandom(4000)))
    else:
        tar_of(path, files, "w" if name == "x.tar" else f"w:{name.rpartition('.')[2]}")
    data = path.read_bytes()
    whole = 6 * 1536 if name == "x.tar" else len(data) - 1  # what a tar needs is followed by zeros
    for length in (0, 1, 5, 511, 512, 600, 1536, 3072, whole // 2, whole - 1, whole):
        path.write_bytes(data[:length])
        found = message(path, cache)
        assert found.startswith(str(path))
        assert found.endswith("fetch it again.")


@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_damage_anywhere_is_one_clear_error_or_none(root, cache, make):
    path = make(root / ("x.zip" if make is zip_of else "x.tar"), FILES)
    data, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(150):
        spoilt = bytearray(data)
        for place in rng.integers(0, min(len(data), 4000), 3):
            spoilt[place] = rng.integers(256)
        path.write_bytes(spoilt)
        with suppress(DataError, StoreError):
            unpacked(path, (), cache)


def test_an_archive_that_may_not_be_read_is_said(root, cache, monkeypatch):
    archive = tar_of(root / "x.tar", FILES)

    def refuse(path, mode):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.open", refuse)
    assert message(archive, cache) == (
        f"Cannot read {archive}: Permission denied. Check that the file is there and that you may "
        "read it."
    )


def test_a_tar_that_declares_more_than_it_holds_is_refused(root, cache):
    info = tarfile.TarInfo("huge")
    info.size = 2**60
    archive = root / "x.tar"
    archive.write_bytes(info.tobuf() + bytes(2048))
    assert message(archive, cache) == (
        f"{archive}: member 'huge' cannot be read (unexpected end of data); fetch it again."
    )


def test_a_zip_that_declares_less_than_it_holds_is_stopped(root, cache):
    archive = zip_of(root / "x.zip", {"a": bytes(2**20)})
    data = archive.read_bytes().replace((2**20).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    archive.write_bytes(data)
    assert message(archive, cache) == (
        f"{archive}: member 'a' cannot be read (Bad CRC-32 for file 'a'); fetch it again."
    )


# Names.


def test_names_of_a_zip_are_utf8_where_they_can_be_else_cp437(root, cache):
    plain = {"gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n.png": b"1", "\N{SNOWMAN}.png": b"2"}
    assert held(unpacked(zip_of(root / "a.zip", plain), (), cache)) == plain
    for raw, name in ((b"gr\xc3\xbcn", "grün"), (b"gr\x81nn", "grünn")):  # UTF-8, CP437
        archive = zip_of(root / f"{len(name)}.zip", {"x" * len(raw): b""})
        archive.write_bytes(archive.read_bytes().replace(b"x" * len(raw), raw))
        assert list(held(unpacked(archive, (), cache))) == [name]


def test_names_of_a_tar_that_are_no_utf8_are_latin_1(root, cache):
    with tarfile.open(root / "x.tar", "w", format=tarfile.GNU_FORMAT, encoding="latin-1") as file:
        file.addfile(tarfile.TarInfo("grün/" + "ö" * 120))
    assert list(held(unpacked(root / "x.tar", (), cache))) == ["grün/" + "ö" * 120]
