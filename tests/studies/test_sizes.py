"""How many images a study has where some are not on disk."""

import pytest

from small_study import study_table, write_images
from warmstart.errors import DataError
from warmstart.studies.sizes import published_sizes, without_root
from warmstart.studies.study_file import build_study

DATASETS = {
    "textures": {"reader": "dtd", "root": "dtd"},
    "chest": {"reader": "kermany", "root": "chest"},
    "frontal": {"reader": "chexpert", "root": "chexpert", "views": "frontal"},
    "some": {"derive": "textures", "subset": {"n": 500}},
    "tenth": {"derive": "some", "subset": {"fraction": 0.1}},
    "grey": {"derive": "chest", "grayscale": True},
    "merged": {"derive": "chest", "classes": {"merge": {"all": ["normal", "pneumonia"]}}},
    "both": {"mix": {"datasets": ["textures", "lesions"]}},
    "equal": {"mix": {"datasets": ["textures", "lesions"], "proportions": [1, 1]}},
    "lesions": {"reader": "folder", "root": "lesions"},
}


def study(**datasets):
    return build_study(study_table(datasets=datasets, sources={}))


def sizes(folder, found, names=None):
    return published_sizes(
        found, names or found.datasets, folder, cache=folder, step=lambda *_: None
    )


@pytest.fixture
def lesions(tmp_path):
    write_images(tmp_path / "lesions", ("benign", "malignant"))  # 24 images
    return tmp_path


def test_what_is_there_is_counted_and_what_is_not_is_as_published(lesions):
    found = sizes(lesions, study(**DATASETS))
    assert found.images == {
        "textures": 5_640,
        "chest": 5_856,
        "frontal": 191_229,
        "some": 500,
        "tenth": 50,
        "grey": 5_856,
        "merged": 5_856,
        "both": 5_664,
        "equal": 48,
        "lesions": 24,
    }
    assert found.missing == {"textures", "chest", "frontal"}


def test_a_release_that_is_there_is_not_as_published(lesions):
    (lesions / "dtd").mkdir()
    assert "textures" not in without_root(study(**DATASETS), DATASETS, lesions)


def test_only_datasets_that_are_asked_for_must_be_there(lesions):
    assert without_root(study(**DATASETS), ["tenth"], lesions) == ["textures"]


def test_a_dataset_without_a_published_number_is_refused_by_its_name(tmp_path):
    with pytest.raises(DataError) as refused:
        sizes(tmp_path, study(**DATASETS))
    assert str(refused.value) == (
        f"lesions: {tmp_path}/lesions does not exist; reader 'folder' expects a folder with one "
        "sub-folder of images per class. If lesions is in another folder, name that with "
        "--data-root DIR."
    )


def test_several_without_a_published_number_are_named_together(tmp_path):
    absent = {name: {"reader": "folder", "root": name} for name in ("a", "b")}
    with pytest.raises(DataError) as refused:
        sizes(tmp_path, study(**absent))
    lines = str(refused.value).splitlines()
    assert lines[0] == "2 datasets are not there:"
    assert [line.split(":")[0] for line in lines[1:]] == ["  a", "  b"]


def test_classes_that_are_kept_cannot_be_counted_before_they_are_there(tmp_path):
    kept = {
        "chest": DATASETS["chest"],
        "sick": {"derive": "chest", "classes": {"keep": ["pneumonia"]}},
    }
    with pytest.raises(DataError) as refused:
        sizes(tmp_path, study(**kept))
    assert str(refused.value) == (
        "sick: it keeps some classes of chest, and how many images these have is not known before "
        "chest is there."
    )
