import shutil

import pytest
from release import build
from releases.nih_chestxray14 import DATA, FINDINGS, HEADER, IMAGES, ROWS, write_lines

from warmstart.data.readers import read_dataset
from warmstart.errors import ConfigError, DataError

NAMES = [name for name, *_ in IMAGES]
V2020 = HEADER.removesuffix(",").replace("Gender", "Sex")


@pytest.fixture
def root(tmp_path):
    return build("nih-chestxray14", tmp_path).root


def read(root, **options):
    return read_dataset("x", "nih-chestxray14", root, options)


def refused(root, error=DataError, **options):
    with pytest.raises(error) as caught:
        read(root, **options)
    return str(caught.value)


def test_patients_are_text_and_said(root):
    dataset = read(root)
    assert dataset.groups.tolist() == ["1", "1", "2", "1336", "1337", "28173"]
    assert dataset.notes == ("groups from column 'Patient ID' of Data_Entry_2017.csv: 5 groups",)
    assert dataset.warnings == ("6 images, but 112,120 were published",)


def test_the_table_of_2020_is_preferred(root):
    rows = [row.removesuffix(",").replace(",1,58", ",0001,58") for row in ROWS]
    write_lines(root / "Data_Entry_2017_v2020.csv", (V2020, *rows))
    dataset = read(root)
    assert dataset.groups.tolist()[:3] == ["0001", "0001", "2"]
    assert dataset.notes[0].startswith("groups from column 'Patient ID' of Data_Entry_2017_v2020")


def test_images_may_lie_in_one_folder_and_end_in_capitals(root):
    (root / "images").mkdir()
    for name in NAMES:
        moved = root / "images" / name.rsplit("/", 1)[-1].replace(".png", ".PNG")
        shutil.move(root / name, moved)
    assert read(root).names[0] == "images/00000001_000.PNG"
    assert read(root).classes == FINDINGS


def test_a_user_may_point_at_the_folder_that_holds_it(root):
    assert read(root.parent).names == NAMES


def test_some_labels_may_be_read(root):
    dataset = read(root, labels=["Mass", "Cardiomegaly"])
    assert dataset.classes == ("Mass", "Cardiomegaly")
    assert dataset.labels.tolist() == [[0, 1], [0, 1], [0, 0], [0, 1], [1, 0], [1, 1]]
    assert refused(root, ConfigError, labels=["Masses", "Mass"]).startswith(
        "[datasets.x] labels = \"Masses\" is wrong for reader 'nih-chestxray14': Input should be "
        "'Atelectasis', "
    )


def test_missing_images_are_left_out_if_the_study_says_so(root):
    (root / NAMES[1]).unlink()
    assert refused(root) == (
        f"{root}/{DATA}, line 3: 1 of 6 images is not under {root}: 00000001_001.png. Fetch the "
        'missing archives, or set missing = "leave-out" to read what is there.'
    )
    dataset = read(root, missing="leave-out")
    assert dataset.names == [NAMES[0], *NAMES[2:]]
    assert dataset.groups.tolist() == ["1", "2", "1336", "1337", "28173"]
    assert dataset.split.tolist() == ["train"] * 3 + ["test"] * 2
    assert dataset.warnings == (
        f"1 of 6 images is not under {root} and was left out: 00000001_001.png",
        "5 images, but 112,120 were published",
    )


def test_nothing_is_left_to_read_without_any_image(root):
    for name in NAMES:
        (root / name).unlink()
    assert refused(root, missing="leave-out").startswith(
        f"{root}/{DATA}, line 2: 6 of 6 images are not under {root}: 00000001_000.png, "
    )


def test_without_both_lists_there_are_no_official_parts(root):
    (root / "test_list.txt").unlink()
    (root / "train_val_list.txt").unlink()
    dataset = read(root)
    assert dataset.split is None
    assert dataset.warnings == ("6 images, but 112,120 were published",)


def test_an_image_in_neither_list_is_refused(root):
    write_lines(root / "test_list.txt", ["00028173_000.png"])
    assert refused(root) == (
        f"{root}/{DATA}, line 6: 00001337_000.png is in none of train_val_list.txt, "
        "test_list.txt; fetch them again, or take both away to read the release without official "
        "parts."
    )


def test_no_finding_with_a_finding_is_refused(root):
    write_lines(
        root / DATA, (HEADER, ROWS[0].replace("Cardiomegaly", "No Finding|Mass"), *ROWS[1:])
    )
    assert refused(root).startswith(
        f"{root}/{DATA}, line 2: Finding Labels is 'No Finding|Mass', where 'No Finding' is unknown"
    )


def test_an_image_there_twice_is_refused(root):
    shutil.copy(root / NAMES[0], root / "images_002/images")
    assert refused(root) == (
        f"{root}/{DATA}, line 2: 00000001_000.png lies under {root} twice, {NAMES[0]} and "
        "images_002/images/00000001_000.png; remove one."
    )
