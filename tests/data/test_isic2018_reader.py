import os
import shutil

import pytest
from data_problems import write_csv
from releases.isic2018 import CLASSES, COUNTS, LESIONS, build, folder, ids, lesion, truth

from warmstart.data.checks import NO_GROUPS
from warmstart.data.readers import read_dataset
from warmstart.errors import ConfigError, DataError

OTHERS = "the official parts lie here too, not read: validation, test (option parts)"


@pytest.fixture
def root(tmp_path):
    return build(tmp_path).root


def read(root, *parts):
    return read_dataset("x", "isic2018", root, {"parts": list(parts)} if parts else {})


def refused(root, *parts):
    with pytest.raises(DataError) as error:
        read(root, *parts)
    return str(error.value)


def test_the_training_part_is_read_and_the_others_are_mentioned(root):
    dataset = read(root)
    assert len(dataset) == COUNTS["Training"]
    assert dataset.classes == CLASSES
    assert dataset.split is None
    assert dataset.notes == (OTHERS, f"groups from {LESIONS}: 14 groups")
    assert dataset.warnings == (
        "15 images, but 10,015 were published (MEL 3 for 1,113, NV 2 for 6,705, BCC 2 for 514, "
        "AKIEC 2 for 327, BKL 2 for 1,099, DF 2 for 115, VASC 2 for 142)",
    )


def test_the_first_and_the_last_image_are_of_one_lesion(root):
    groups = read(root).groups
    assert groups[0] == groups[14] == "HAM_0000000"
    assert len(set(groups)) == 14


def test_several_parts_are_the_official_split_and_images_outside_training_are_alone(root):
    dataset = read(root, "train", "test")
    assert dataset.split.tolist() == ["test"] * 7 + ["train"] * 15
    assert dataset.groups[0] == "file:ISIC2018_Task3_Test_Input/ISIC_0034524.jpg"
    assert dataset.notes[0] == (
        "the official part lies here too, not read: validation (option parts)"
    )
    assert dataset.notes[1].startswith(
        f"groups from {LESIONS}: 14 groups; 7 images without a row are groups of their own: "
    )
    assert dataset.warnings == ("22 images, but 11,527 were published",)


def test_without_a_table_of_lesions_no_groups_are_known(root):
    (root / LESIONS).unlink()
    dataset = read(root)
    assert dataset.groups is None
    assert NO_GROUPS in dataset.warnings


def test_lesions_that_are_none_of_these_images_are_no_groups(root):
    dataset = read(root, "test")
    assert dataset.groups is None
    assert f"{LESIONS} names none of the images" in dataset.notes


@pytest.mark.parametrize("name", ["HAM10000_metadata.csv", "HAM10000_metadata"])
def test_the_lesions_of_ham10000_are_the_same(name, root):
    before = read(root).groups.tolist()
    (root / LESIONS).unlink()
    rows = [(lesion("Training", n), image, "nv") for n, image in enumerate(ids("Training"))]
    write_csv(root / name, ("lesion_id", "image_id", "dx"), rows)
    dataset = read(root)
    assert dataset.groups.tolist() == before
    assert dataset.notes[-1] == f"groups from {name}: 14 groups"


def test_a_part_whose_labels_are_missing_is_refused(root):
    (root / truth("Validation")).unlink()
    assert len(read(root)) == 15
    assert refused(root, "train", "validation") == (
        f"{root} holds no ISIC2018_Task3_Validation_GroundTruth.csv; expected a folder with "
        "ISIC2018_Task3_Training_Input, ISIC2018_Task3_Training_GroundTruth.csv and, for groups, "
        "ISIC2018_Task3_Training_LesionGroupings.csv."
    )


def test_a_part_whose_images_are_missing_is_refused(root):
    shutil.rmtree(root / folder("Test"))
    assert refused(root, "test").startswith(f"{root} holds no folder ISIC2018_Task3_Test_Input; ")


def test_parts_have_names_and_there_is_one(root):
    with pytest.raises(ConfigError) as error:
        read_dataset("x", "isic2018", root, {"parts": []})
    assert str(error.value) == (
        "[datasets.x] parts = [] is wrong for reader 'isic2018': Tuple should have at least 1 "
        "item after validation, not 0."
    )
    with pytest.raises(ConfigError, match="Input should be 'train', 'validation' or 'test'"):
        read(root, "training")


def test_the_folder_that_holds_the_release_gives_the_same_dataset(root):
    inside, outside = read(root, "train", "test"), read(root.parent, "train", "test")
    assert inside.names == outside.names
    assert inside.images.root == outside.images.root == root


def test_a_relative_root_gives_the_same_names(root, monkeypatch):
    before = read(root).names
    monkeypatch.chdir(root)
    dataset = read(type(root)())
    assert dataset.names == before
    assert all(os.path.exists(dataset.images.root / name) for name in dataset.names)


def test_archives_unpacked_into_folders_of_their_names_are_read(root):
    for name in (folder("Training"), folder("Test")):
        os.rename(root / name, root / "moved")
        (root / name).mkdir()
        os.rename(root / "moved", root / name / name)
    assert len(read(root, "train", "test")) == 22


def test_a_folder_that_lies_in_itself_again_is_read_once(root):
    inner = root / folder("Training") / folder("Training")
    shutil.copytree(root / folder("Training"), inner)
    dataset = read(root)
    assert len(dataset) == 15
    assert all(name.count("/") == 1 for name in dataset.names)
    images = ", ".join(f"{folder('Training')}/{image}.jpg" for image in ids("Training")[:5])
    assert dataset.notes[1] == (
        f"15 images lie under {root / folder('Training')} again, with the same name and size; the "
        f"copies were left out: {images} and 10 more"
    )
    assert len(dataset.warnings) == 1
