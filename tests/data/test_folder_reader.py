import errno
import os
import sys
from pathlib import Path

import pytest
from data_problems import write_csv, write_image

from warmstart.data.readers import read_dataset
from warmstart.errors import DataError

SUFFIXES = "bmp, gif, jpeg, jpg, pgm, png, ppm, tif, tiff, webp"


def read(root, **options):
    return read_dataset("x", "folder", root, options)


def test_files_are_sorted_by_their_whole_path(make_folder):
    root = make_folder({"b": 2, "a": 1})
    write_image(root / "a" / "deep" / "er" / "0.PNG")
    assert read(root).names == ["a/00.png", "a/deep/er/0.PNG", "b/00.png", "b/01.png"]
    assert read(root).classes == ("a", "b")


def test_what_is_no_image_is_ignored(make_folder):
    root = make_folder({"a": 2, "b": 2})
    expected = read(root).names
    for name in (".DS_Store", "Thumbs.db", "notes.txt", "._00.png"):
        (root / "a" / name).write_text("x")
    for name in ("__MACOSX", ".hidden", "a/.thumbs", "a/__MACOSX"):
        write_image(root / name / "0.png")
    assert read(root).names == expected


def test_groups_come_from_the_table_beside_the_classes_and_that_is_said(make_folder):
    root = make_folder({"a": 3, "b": 2})
    rows = [("a/00.png", "p1"), ("a\\01.png", "p2"), ("b/00.png", "p1"), ("a/9.png", "p7")]
    write_csv(root / "groups.csv", ("file", "group"), rows)
    dataset = read(root)
    assert dataset.groups.tolist() == ["p1", "p2", "file:a/02.png", "p1", "file:b/01.png"]
    assert dataset.notes == (
        "groups from groups.csv: 2 groups; 2 images without a row are groups of their own: "
        "a/02.png, b/01.png; 1 row without an image: a/9.png",
    )


def test_groups_can_be_left_out(make_folder):
    root = make_folder({"a": 2, "b": 2})
    write_csv(root / "groups.csv", ("file", "group"), [("a/00.png", "p1")])
    dataset = read(root, groups=False)
    assert dataset.groups is None
    assert dataset.warnings == (
        "no groups known: AUC will be too high if patients have several images",
    )


def test_a_file_in_two_groups_is_refused(make_folder):
    root = make_folder({"a": 2, "b": 2})
    path = root / "groups.csv"
    write_csv(path, ("file", "group"), [("a/00.png", "p1"), ("a/00.png", "p2")])
    with pytest.raises(DataError) as error:
        read(root)
    assert str(error.value) == (
        f"{path}, line 3: a/00.png is given a second group; an image belongs to one group."
    )


def test_an_empty_class_folder_is_refused(make_folder):
    root = make_folder({"a": 2, "b": 2})
    (root / "c").mkdir()
    with pytest.raises(DataError) as error:
        read(root)
    assert str(error.value) == (
        f"Class folder {root / 'c'} holds no image ({SUFFIXES}); add images or remove it."
    )


def test_one_class_only_is_refused(make_folder):
    with pytest.raises(DataError) as error:
        read(make_folder({"a": 2}))
    assert str(error.value) == ("x: one class only ('a'); a classification needs at least two.")


def test_images_without_class_folders_are_refused_with_the_way_out(tmp_path):
    for number in range(3):
        write_image(tmp_path / f"{number}.png")
    with pytest.raises(DataError) as error:
        read(tmp_path)
    assert str(error.value) == (
        f"{tmp_path} holds 3 images but no sub-folders; expected a folder with one sub-folder of "
        "images per class. For images in one folder write their labels in a CSV file and use "
        'reader = "csv".'
    )


def test_a_file_is_no_folder(tmp_path):
    path = write_image(tmp_path / "0.png")
    with pytest.raises(DataError) as error:
        read(path)
    assert str(error.value) == (
        f"{path} is not a folder; expected a folder with one sub-folder of images per class."
    )


def test_five_names_without_row_or_image_are_listed(make_folder):
    root = make_folder({"a": 7, "b": 2})
    rows = [(f"a/x{n}.png", n) for n in range(8)] + [("a/00.png", "p"), ("b/00.png", "q")]
    write_csv(root / "groups.csv", ("file", "group"), rows)
    assert read(root).notes == (
        "groups from groups.csv: 2 groups; 7 images without a row are groups of their own: "
        "a/01.png, a/02.png, a/03.png, a/04.png, a/05.png and 2 more; 8 rows without an image: "
        "a/x0.png, a/x1.png, a/x2.png, a/x3.png, a/x4.png and 3 more",
    )


def test_a_file_that_cannot_be_opened_has_no_bytes_and_no_stamp(make_folder):
    root = make_folder({"a": 2, "b": 2})
    images = read(root).images
    os.remove(root / "b" / "00.png")
    first, gone = images.raw([0, 2])
    assert first == (root / "a" / "00.png").read_bytes()
    assert gone == b""
    assert images.stamps([0, 2])[:, 0].tolist() == [len(first), -1]


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux only")
def test_names_that_are_not_utf_8_are_refused_and_shown(make_folder):
    root = make_folder({"a": 2, "b": 2})
    os.rename(root / "a" / "00.png", os.fsencode(root / "a") + b"/caf\xe9.png")
    with pytest.raises(DataError) as error:
        read(root)
    assert str(error.value) == (
        "x: 1 of 4 file name is not UTF-8: 'a/caf\\udce9.png'. Rename these files or their folders."
    )


@pytest.mark.parametrize("closed", [".", "b"])
def test_a_folder_that_may_not_be_read_is_not_passed_over(closed, make_folder, monkeypatch):
    root, scandir, listdir = make_folder({"a": 2, "b": 2}), os.scandir, os.listdir

    def guarded(original):
        def call(path="."):
            if os.fspath(path) == os.path.normpath(root / closed):
                raise PermissionError(errno.EACCES, "Permission denied", os.fspath(path))
            return original(path)

        return call

    monkeypatch.setattr(os, "scandir", guarded(scandir))
    monkeypatch.setattr(os, "listdir", guarded(listdir))
    with pytest.raises(DataError) as error:
        read(root)
    assert str(error.value) == (
        f"Cannot read {root / closed}: Permission denied. Check that the file is there and that "
        "you may read it."
    )


def test_a_study_folder_beside_the_classes_is_no_class(make_folder):
    root = make_folder({"a": 2, "b": 2})
    (root / "study-results" / "samples").mkdir(parents=True)
    (root / "study-results" / "study.toml").write_text("")
    assert read(root).classes == ("a", "b")


def test_a_table_of_groups_that_names_none_of_the_images_gives_no_groups(make_folder):
    root = make_folder({"a": 2, "b": 2})
    write_csv(root / "groups.csv", ("file", "group"), [("elsewhere.png", "p1")])
    dataset = read(root)
    assert dataset.groups is None
    assert dataset.notes == ("groups.csv names none of the images",)
    assert dataset.warnings == (
        "no groups known: AUC will be too high if patients have several images",
    )


def test_a_class_folder_that_may_not_be_entered_is_said(make_folder, monkeypatch):
    root, is_file = make_folder({"a": 2, "b": 2}), Path.is_file

    def guarded(path):
        if path == root / "b" / "study.toml":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", guarded)
    with pytest.raises(DataError) as error:
        read(root)
    assert str(error.value) == (
        f"Cannot read {root / 'b'}: Permission denied. Check that the file is there and that you "
        "may read it."
    )


@pytest.mark.parametrize("up", ["..", "../.."])
def test_a_link_to_a_folder_above_lists_nothing_twice(up, make_folder):
    root = make_folder({"a": 2, "b": 2})
    (root / "a" / "up").symlink_to(up, target_is_directory=True)
    assert read(root).names == ["a/00.png", "a/01.png", "b/00.png", "b/01.png"]


def test_class_folders_named_like_parts_are_said_loudly(make_folder):
    assert read(make_folder({"Train": 2, "test": 2})).warnings == (
        "class folders are named Train, test: is this a release with official parts? Point at one "
        "of them, or use its reader (warmstart datasets list)",
        "no groups known: AUC will be too high if patients have several images",
    )
    assert len(read(make_folder({"train": 2, "bus": 2}, name="vehicles")).warnings) == 1
