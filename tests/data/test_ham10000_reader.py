import csv
import os
import shutil

import pytest
from release import picture, save
from releases.ham10000 import COUNT, HEADER, METADATA, ROWS, build, name

from warmstart.data.readers import read_dataset
from warmstart.data.readers.table import Table
from warmstart.data.readers.tabled import images_of, without_image
from warmstart.errors import DataError


@pytest.fixture
def root(tmp_path):
    return build(tmp_path).root


def read(root):
    return read_dataset("x", "ham10000", root, {})


def refused(root):
    with pytest.raises(DataError) as error:
        read(root)
    return str(error.value)


def test_it_says_where_groups_come_from_and_what_was_published(root):
    dataset = read(root)
    assert dataset.classes == ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
    assert dataset.notes == ("groups from column 'lesion_id' of HAM10000_metadata.csv: 14 groups",)
    assert dataset.warnings == (
        "16 images, but 10,015 were published (akiec 3 for 327, bcc 3 for 514, bkl 2 for 1,099, "
        "df 2 for 115, mel 2 for 1,113, nv 2 for 6,705, vasc 2 for 142)",
    )


@pytest.mark.parametrize(
    ("file", "delimiter"), [("HAM10000_metadata", ","), ("HAM10000_metadata.tab", "\t")]
)
def test_the_table_of_harvard_dataverse_is_read(file, delimiter, root):
    before = read(root)
    (root / METADATA).unlink()
    with (root / file).open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow((*HEADER, "dataset"))
        writer.writerows((*row, "vidir_modern") for row in ROWS)
    after = read(root)
    assert after.names == before.names
    assert after.labels.tolist() == before.labels.tolist()
    assert after.groups.tolist() == before.groups.tolist()


def test_the_table_may_lie_in_a_folder_of_its_name(root):
    os.rename(root / METADATA, root / "moved")
    (root / METADATA).mkdir()
    os.rename(root / "moved", root / METADATA / METADATA)
    assert len(read(root)) == COUNT


def test_without_a_table_it_says_what_is_expected(root):
    (root / METADATA).unlink()
    assert refused(root) == (
        f"{root} holds no HAM10000_metadata.csv; expected a folder with HAM10000_metadata.csv (or "
        ".tab), HAM10000_images_part_1 and HAM10000_images_part_2."
    )


def test_the_table_alone_is_no_folder(root):
    assert refused(root / METADATA).startswith(f"{root / METADATA} is not a folder; expected a ")


def test_kaggle_s_second_copy_of_every_image_is_left_out(root):
    before = read(root).names
    for part in ("part_1", "part_2"):
        shutil.copytree(root / f"HAM10000_images_{part}", root / f"ham10000_images_{part}")
    dataset = read(root)
    assert dataset.names == before
    assert dataset.notes[0] == (
        f"16 images lie under {root} again, with the same name and size; the copies were left out: "
        "ham10000_images_part_1/ISIC_0027419.jpg, ham10000_images_part_1/ISIC_0027420.jpg, "
        "ham10000_images_part_1/ISIC_0027421.jpg, ham10000_images_part_1/ISIC_0027422.jpg, "
        "ham10000_images_part_1/ISIC_0027423.jpg and 11 more"
    )


def test_two_different_files_of_one_name_are_refused(root):
    save(root / "ham10000_images_part_1/ISIC_0027419.jpg", picture(0, size=(40, 30)))
    assert refused(root) == (
        f"{root / METADATA}, line 3: ISIC_0027419 lies under {root} twice, "
        "HAM10000_images_part_1/ISIC_0027419.jpg and ham10000_images_part_1/ISIC_0027419.jpg; "
        "remove one."
    )


def test_masks_and_test_images_of_dataverse_are_not_read(root):
    save(root / "HAM10000_segmentations_lesion_tschandl/ISIC_0027419_segmentation.png", picture(1))
    save(root / "ISIC2018_Task3_Test_Images/ISIC_0034524.jpg", picture(1))
    dataset = read(root)
    assert len(dataset) == COUNT
    assert len(dataset.warnings) == 1


def test_images_may_be_unpacked_beside_the_table(root):
    for number in range(COUNT):
        os.rename(root / name(number), root / os.path.basename(name(number)))
    dataset = read(root)
    assert dataset.names == [os.path.basename(name(number)) for number in range(COUNT)]
    assert dataset.images.root == root


def test_the_folder_that_holds_the_release_gives_the_same_dataset(root):
    assert read(root.parent).names == read(root).names
    assert read(root.parent).images.root == root


def test_folders_within_folders_are_searched(root):
    inner = root / "HAM10000_images_part_1/HAM10000_images_part_1"
    os.rename(root / "HAM10000_images_part_1", root / "moved")
    inner.parent.mkdir()
    os.rename(root / "moved", inner)
    assert read(root).names[0] == ("HAM10000_images_part_1/HAM10000_images_part_1/ISIC_0027419.jpg")


def test_images_without_any_file_are_missing(root):
    for part in ("part_1", "part_2"):
        shutil.rmtree(root / f"HAM10000_images_{part}")
    assert refused(root).startswith(
        f"{root / METADATA}, line 2: 16 of 16 images are not under {root}: "
    )


def test_ids_may_be_spelled_with_other_unicode_than_the_files(tmp_path):
    table = Table(tmp_path / "t.csv", ("id",), (("cafe\u0301",), ("cr\u00e8me",)), (2, 3))
    files = ["caf\u00e9.png", "cre\u0300me.png"]
    assert images_of(table, "id", tmp_path, files) == (files, ())
    assert without_image(table, "id", files) == []
