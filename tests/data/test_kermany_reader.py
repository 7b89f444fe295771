import shutil

import pytest
from release import picture, save
from releases import kermany as miniature
from releases.kermany import FILES

from warmstart.data.readers import read_dataset
from warmstart.errors import DataError

MENDELEY = {
    "test/NORMAL/NORMAL-1003233-0001.jpeg": "1003233",
    "test/PNEUMONIA/BACTERIA-1008087-0001.jpeg": "1008087",
    "test/PNEUMONIA/VIRUS-1008087-0001.jpeg": "1008087",
    "train/NORMAL/NORMAL-1003233-0002.jpeg": "1003233",
    "train/NORMAL/NORMAL-28501-0001.jpeg": "28501",
    "train/PNEUMONIA/BACTERIA-40699-0001.jpeg": "40699",
    "train/PNEUMONIA/VIRUS-28501-0001.jpeg": "28501",
}


@pytest.fixture
def kaggle(tmp_path):
    return miniature.build(tmp_path).root


@pytest.fixture
def mendeley(tmp_path):
    """``ZhangLabData.zip`` holds optical coherence tomography too."""
    for number, file in enumerate(MENDELEY):
        save(tmp_path / "CellData/chest_xray" / file, picture(number, grey=True))
    for name in ("NORMAL/NORMAL-12494-1.jpeg", "CNV/CNV-13823-1.jpeg"):
        save(tmp_path / "CellData/OCT/train" / name, picture(1, grey=True))
    return tmp_path


def read(root, **options):
    return read_dataset("x", "kermany", root, options)


def count_of(dataset):
    return [line for line in dataset.warnings if "published" not in line]


@pytest.mark.parametrize("inside", [".", "chest_xray", "chest_xray/chest_xray"])
def test_it_does_not_matter_how_deep_one_points(inside, kaggle):
    dataset = read(kaggle / inside)
    assert dataset.names == list(FILES)
    assert count_of(dataset) == []


def test_a_level_that_is_repeated_is_read_once_and_said(kaggle):
    assert read(kaggle).notes == (
        "groups: patients, from the names of the files",
        f"{kaggle}/chest_xray/chest_xray repeats 13 of the images and was not read",
    )


def test_the_complete_level_is_read(kaggle):
    shutil.rmtree(kaggle / "chest_xray/train")
    dataset = read(kaggle)
    assert dataset.images.root == kaggle / "chest_xray/chest_xray"
    assert dataset.names == list(FILES)
    assert f"{kaggle}/chest_xray repeats 6 of the images and was not read" in dataset.notes


def test_images_of_the_other_level_only_are_named(kaggle):
    (kaggle / "chest_xray/train/NORMAL/IM-0115-0001.jpeg").unlink()
    (kaggle / "chest_xray/chest_xray/val/NORMAL/NORMAL2-IM-1436-0001.jpeg").unlink()
    dataset = read(kaggle)
    assert len(dataset) == 12
    assert count_of(dataset) == [
        f"1 of 12 images under {kaggle}/chest_xray/chest_xray is not in the level that was read "
        "and was left out: train/NORMAL/IM-0115-0001.jpeg"
    ]


def test_a_release_without_the_outer_folder_is_read(kaggle, tmp_path):
    (kaggle / "chest_xray").rename(tmp_path / "pneumonia")
    assert read(tmp_path / "pneumonia").names == list(FILES)


def test_patients_of_mendeley_are_their_numbers_whatever_the_class(mendeley):
    dataset = read(mendeley)
    assert dataset.names == list(MENDELEY)
    assert dataset.groups.tolist() == list(MENDELEY.values())
    assert dataset.split.tolist() == ["test"] * 3 + ["train"] * 4


def test_tomography_beside_the_x_rays_is_not_read(mendeley):
    assert count_of(read(mendeley)) == []


@pytest.mark.parametrize(
    ("release", "labels"),
    [("kaggle", [0, 0, 2, 1, 0, 0, 0, 0, 2, 1, 1, 0, 1]), ("mendeley", [0, 1, 2, 0, 0, 1, 2])],
)
def test_kinds_of_pneumonia_come_from_names(release, labels, request):
    dataset = read(request.getfixturevalue(release), labels="kind")
    assert dataset.classes == ("normal", "bacteria", "virus")
    assert dataset.labels.tolist() == labels


def test_a_pneumonia_whose_name_says_no_kind_is_refused(kaggle):
    path = save(kaggle / "chest_xray/train/PNEUMONIA/person7.jpeg", picture(1, grey=True))
    assert len(read(kaggle)) == 14
    with pytest.raises(DataError) as error:
        read(kaggle, labels="kind")
    assert str(error.value) == (
        f"{path}: its name says neither bacteria nor virus, such as person1_bacteria_1.jpeg; "
        'rename or remove it, or write labels = "pneumonia".'
    )


def test_a_folder_without_parts_is_refused(tmp_path):
    save(tmp_path / "NORMAL/IM-0001-0001.jpeg", picture(1))
    with pytest.raises(DataError) as error:
        read(tmp_path)
    assert str(error.value) == (
        f"{tmp_path} holds no images in train/NORMAL; expected the folder chest_xray with NORMAL "
        "and PNEUMONIA in train, test and perhaps val."
    )


def test_folders_may_be_written_small_and_hold_folders(tmp_path):
    for number, name in enumerate(("normal/a/IM-1-1.JPG", "normal/IM-2-1.jpg")):
        save(tmp_path / "Train" / name, picture(number))
    for number in range(2):
        save(tmp_path / f"TEST/pneumonia/person{number}_virus_1.jpeg", picture(number))
    dataset = read(tmp_path)
    assert dataset.labels.tolist() == [1, 1, 0, 0]
    assert dataset.split.tolist() == ["test", "test", "train", "train"]
