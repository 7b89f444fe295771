import os

import numpy as np
import pytest
from data_problems import write_csv
from release import picture, save
from releases.aptos2019 import build as build_aptos2019
from releases.eyepacs import build as build_eyepacs

from warmstart.data.readers import read_dataset
from warmstart.data.readers.grades import counted
from warmstart.errors import ConfigError, DataError


@pytest.fixture
def eyepacs(tmp_path):
    return build_eyepacs(tmp_path).root


@pytest.fixture
def aptos2019(tmp_path):
    return build_aptos2019(tmp_path).root


def read(root, reader="eyepacs", **options):
    return read_dataset("x", reader, root, options)


def refused(root, **options):
    with pytest.raises(DataError) as error:
        read(root, **options)
    return str(error.value)


def test_the_training_part_is_read_and_the_test_part_is_mentioned(eyepacs):
    dataset = read(eyepacs)
    assert len(dataset) == 10
    assert dataset.names[0] == "train/1000_left.jpeg"
    assert dataset.split is None
    assert dataset.notes == (
        "the official part lies here too, not read: test (option parts)",
        "groups from <patient>_<left or right>: 5 groups",
    )
    assert dataset.warnings == (
        "10 images, but 35,126 were published (no_dr 2 for 25,810, mild 2 for 2,443, moderate 2 "
        "for 5,292, severe 2 for 873, proliferative 2 for 708)",
    )


def test_both_eyes_are_of_one_patient(eyepacs):
    dataset = read(eyepacs, parts=["train", "test"])
    patients = dict(zip(dataset.names, dataset.groups.tolist(), strict=True))
    assert patients["train/10_left.jpeg"] == patients["train/10_right.jpeg"] == "10"
    assert len(set(patients.values())) == 9
    assert dataset.warnings == ("18 images, but 88,702 were published",)


def test_a_name_without_an_eye_is_a_group_of_its_own(eyepacs):
    save(eyepacs / "train/extra.jpeg", picture(1))
    text = (eyepacs / "trainLabels.csv").read_text("utf-8")
    (eyepacs / "trainLabels.csv").write_text(text + "extra,0\n", "utf-8")
    dataset = read(eyepacs)
    assert dataset.groups[-1] == "file:train/extra.jpeg"
    assert dataset.notes[-1] == (
        "groups from <patient>_<left or right>: 5 groups; 1 image without a group is a group of "
        "its own: train/extra.jpeg"
    )


@pytest.mark.parametrize("reader", ["eyepacs", "aptos2019"])
def test_labels_are_grades_or_follow_from_them(reader, request):
    root = request.getfixturevalue(reader)
    grade = read(root, reader).labels
    classes = ("no_dr", "mild", "moderate", "severe", "proliferative")
    one = read(root, reader, labels="onehot")
    assert one.classes == read(root, reader, labels="grades").classes == classes
    assert one.labels.sum(axis=1).tolist() == [1] * len(grade)
    assert one.labels.argmax(axis=1).tolist() == grade.tolist()
    rising = read(root, reader, labels="cumulative")
    assert rising.classes == ("grade>=1", "grade>=2", "grade>=3", "grade>=4")
    assert rising.labels.sum(axis=1).tolist() == grade.tolist()
    assert (np.diff(rising.labels, axis=1) <= 0).all()
    referable = read(root, reader, labels="referable")
    assert referable.classes == ("not_referable", "referable")
    assert referable.labels.tolist() == [int(g in (2, 3, 4)) for g in grade]


def test_published_numbers_follow_the_labels():
    grades = (10, 5, 4, 3, 2)
    assert list(counted(grades, "onehot").values()) == [10, 5, 4, 3, 2]
    assert counted(grades, "cumulative") == {
        "grade>=1": 14,
        "grade>=2": 9,
        "grade>=3": 5,
        "grade>=4": 2,
    }
    assert counted(grades, "referable") == {"not_referable": 15, "referable": 9}


def test_several_labels_are_compared_with_as_many_images_as_published(eyepacs):
    assert read(eyepacs, labels="cumulative").warnings == (
        "10 images, but 35,126 were published (grade>=1 8 for 9,316, grade>=2 6 for 6,873, "
        "grade>=3 4 for 1,581, grade>=4 2 for 708)",
    )


def test_other_labels_are_refused(eyepacs):
    with pytest.raises(ConfigError) as error:
        read(eyepacs, labels="ordinal")
    assert str(error.value) == (
        "[datasets.x] labels = \"ordinal\" is wrong for reader 'eyepacs': Input should be "
        "'grades', 'onehot', 'cumulative' or 'referable'."
    )


def test_the_test_part_needs_its_labels(eyepacs):
    (eyepacs / "retinopathy_solution.csv").unlink()
    assert len(read(eyepacs)) == 10
    assert refused(eyepacs, parts=["test"]) == (
        f"{eyepacs} holds no retinopathy_solution.csv; expected a folder with train and "
        "trainLabels.csv; for the official test part, also with test and retinopathy_solution.csv."
    )


def test_images_and_table_may_lie_in_folders_of_their_archives(eyepacs):
    os.rename(eyepacs / "trainLabels.csv", eyepacs / "moved.csv")
    (eyepacs / "trainLabels.csv").mkdir()
    os.rename(eyepacs / "moved.csv", eyepacs / "trainLabels.csv/trainLabels.csv")
    os.rename(eyepacs / "train", eyepacs / "moved")
    (eyepacs / "train").mkdir()
    os.rename(eyepacs / "moved", eyepacs / "train/train")
    dataset = read(eyepacs)
    assert dataset.names[0] == "train/train/1000_left.jpeg"
    assert len(dataset) == 10


def test_endings_may_be_upper_case(eyepacs):
    os.rename(eyepacs / "train/10_left.jpeg", eyepacs / "train/10_left.JPEG")
    assert "train/10_left.JPEG" in read(eyepacs).names


def test_the_folder_that_holds_the_release_gives_the_same_names(eyepacs):
    assert read(eyepacs.parent).names == read(eyepacs).names


def test_aptos_has_no_patients_no_parts_and_no_labels_for_testing(aptos2019):
    dataset = read(aptos2019, "aptos2019")
    assert dataset.groups is None
    assert dataset.split is None
    assert not any(name.startswith("test") for name in dataset.names)
    assert dataset.warnings[0] == (
        "12 images, but 3,662 were published (no_dr 3 for 1,805, mild 2 for 370, moderate 3 for "
        "999, severe 2 for 193, proliferative 2 for 295)"
    )


def test_a_table_without_rows_is_refused(eyepacs):
    path = write_csv(eyepacs / "trainLabels.csv", ("image", "level"), [])
    assert refused(eyepacs) == (f"{path} holds no rows; expected a header line and one per image.")
