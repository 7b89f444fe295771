import shutil

import pytest
from data_problems import write_csv
from release import build
from releases.pcam_kaggle import IDS

from warmstart.data.checks import NO_GROUPS
from warmstart.data.readers import read_dataset
from warmstart.errors import DataError


@pytest.fixture
def root(tmp_path):
    return build("pcam-kaggle", tmp_path).root


def read(root):
    return read_dataset("x", "pcam-kaggle", root, {})


def test_images_without_labels_are_passed_over_and_it_is_said(root):
    dataset = read(root)
    assert dataset.classes == ("normal", "tumor")
    assert dataset.notes == ("the images in test have no labels and are not read",)
    assert dataset.warnings == (
        "5 images, but 220,025 were published (normal 3 for 130,908, tumor 2 for 89,117)",
        NO_GROUPS,
    )


def test_a_user_may_point_at_the_folder_that_holds_it_or_at_the_table(root):
    (root.parent / "other" / "train").mkdir(parents=True)
    for place in (root.parent, root / "train_labels.csv"):
        assert read(place).names == [f"train/{name}.tif" for name, _ in IDS]


def test_folders_in_the_folder_and_capitals_in_endings_are_read(root):
    (root / "train" / "train").mkdir()
    for name, _ in IDS:
        shutil.move(root / f"train/{name}.tif", root / f"train/train/{name}.TIF")
    assert read(root).names == [f"train/train/{name}.TIF" for name, _ in IDS]


def test_without_the_folder_of_images_it_is_named(root):
    shutil.rmtree(root / "train")
    with pytest.raises(DataError) as error:
        read(root)
    assert str(error.value) == (
        f"{root} holds no folder train; expected a folder with train_labels.csv and the images "
        "train/<id>.tif."
    )


def test_labels_are_in_the_order_of_the_images(root):
    write_csv(root / "train_labels.csv", ("id", "label"), IDS[::-1])
    assert read(root).labels.tolist() == [label for _, label in IDS]
