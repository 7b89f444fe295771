from pathlib import Path

import numpy as np
import pytest
from release import picture, save
from releases import imagenet as miniature
from releases.imagenet import CLS, TRAIN, VAL, WORDS
from scipy.io import savemat

from warmstart.data.readers import read_dataset
from warmstart.errors import DataError

VALIDATION = [f"val/ILSVRC2012_val_{number:08d}.JPEG" for number in (1, 2, 3)]
EVERY = [f"train/{file}" for file in TRAIN] + VALIDATION
IDS = {"n03126707": 2, "n01440764": 449, "n02012849": 7, "n00001740": 1001}


@pytest.fixture
def kaggle(tmp_path):
    return miniature.build(tmp_path).root


@pytest.fixture
def original(tmp_path):
    """The original archives, each unpacked into a folder of its name."""
    for number, file in enumerate(TRAIN):
        save(tmp_path / "ILSVRC2012_img_train" / file, picture(number))
    for number, name in enumerate(VALIDATION):
        save(tmp_path / "ILSVRC2012_img_val" / Path(name).name, picture(number))
    data = tmp_path / "ILSVRC2012_devkit_t12/data"
    data.mkdir(parents=True)
    write_meta(data / "meta.mat")
    numbers = [str(IDS[synset]) for synset in VAL]
    (data / "ILSVRC2012_validation_ground_truth.txt").write_text("\n".join(numbers) + "\n")
    return tmp_path


@pytest.fixture
def folders(tmp_path):
    for number, file in enumerate(TRAIN):
        save(tmp_path / "ImageNet/train" / file, picture(number))
    for number, synset in enumerate(("n02012849", "n01440764")):
        save(tmp_path / "ImageNet/val" / synset / f"{number}.JPEG", picture(number))
    return tmp_path


def write_meta(path):
    kinds = [("ILSVRC2012_ID", object), ("WNID", object), ("words", object), ("num_children", "O")]
    words = {**WORDS, "n00001740": "entity"}
    rows = [(IDS[synset], synset, words[synset], 0) for synset in IDS]
    savemat(path, {"synsets": np.array([[row] for row in rows], dtype=kinds)})


def read(root, **options):
    return read_dataset("x", "imagenet", root, options)


def refused(root, **options):
    with pytest.raises(DataError) as error:
        read(root, **options)
    return str(error.value)


@pytest.mark.parametrize("inside", [".", "ILSVRC", "ILSVRC/Data", CLS])
def test_it_does_not_matter_how_deep_one_points(inside, kaggle):
    dataset = read(kaggle / inside)
    assert dataset.names == EVERY
    assert dataset.images.root == kaggle / CLS
    assert dataset.classes == tuple(sorted(WORDS))
    assert dataset.labels.tolist() == [0, 0, 1, 1, 2, 2, 2, 0, 0]
    assert dataset.notes == ()


def test_a_table_beside_another_tree_is_not_used(kaggle, tmp_path):
    (kaggle / "ILSVRC").rename(tmp_path / "mine")
    assert "is neither LOC_val_solution.csv nor" in refused(tmp_path / "mine")


def test_the_original_archives_are_labelled_by_number(original):
    dataset = read(original)
    assert [name.split("_val_")[-1] for name in dataset.names[6:]] == [
        "00000001.JPEG", "00000002.JPEG", "00000003.JPEG",
    ]  # fmt: skip
    assert dataset.labels.tolist() == [0, 0, 1, 1, 2, 2, 2, 0, 0]
    assert dataset.split.tolist() == ["train"] * 6 + ["validation"] * 3


@pytest.mark.parametrize("release", ["kaggle", "original"])
def test_words_that_two_synsets_share_are_told_apart(release, request):
    dataset = read(request.getfixturevalue(release), names="words")
    assert dataset.classes == ("tench, Tinca tinca", "crane (n02012849)", "crane (n03126707)")


def test_plain_folders_need_no_tables(folders):
    dataset = read(folders)
    assert dataset.names[6:] == ["val/n01440764/1.JPEG", "val/n02012849/0.JPEG"]
    assert dataset.labels.tolist() == [0, 0, 1, 1, 2, 2, 0, 1]
    assert dataset.split.tolist() == ["train"] * 6 + ["validation"] * 2
    assert read(folders / "ImageNet/train").names == EVERY[:6]


def test_folders_of_synsets_alone_are_no_official_part(folders):
    (folders / "ImageNet/train").rename(folders / "tiny")
    dataset = read(folders / "tiny")
    assert dataset.names == list(TRAIN)
    assert dataset.split is None
    assert refused(folders / "tiny", parts=["validation"]) == (
        f"{folders}/tiny holds no part validation; expected a folder with train/<synset>/*.JPEG, "
        "val/<synset>/*.JPEG or <synset>/*.JPEG."
    )


def test_folders_that_are_read_for_nothing_are_said(folders):
    save(folders / "ImageNet/extra/n01440764/1.JPEG", picture(1))
    save(folders / "ImageNet/old/train/n01440764/1.JPEG", picture(1))
    dataset = read(folders)
    assert len(dataset) == 8
    assert dataset.notes == (f"not read: {folders}/ImageNet/old/train, {folders}/ImageNet/extra",)


@pytest.mark.parametrize(("part", "names"), [("train", EVERY[:6]), ("validation", EVERY[6:])])
def test_one_part_is_read_without_the_other(part, names, kaggle):
    assert read(kaggle, parts=[part]).names == names


def test_training_images_need_no_table(kaggle):
    (kaggle / "LOC_val_solution.csv").unlink()
    assert len(read(kaggle, parts=["train"])) == 6


def test_a_synset_without_an_image_is_refused(kaggle):
    (kaggle / CLS / "train/n09999999").mkdir()
    assert refused(kaggle) == ("x: class 'n09999999' has no image; add images or leave it out.")


def test_words_need_a_file_that_knows_them(kaggle):
    path = kaggle / "LOC_synset_mapping.txt"
    path.write_text("n01440764 tench, Tinca tinca\n")
    assert refused(kaggle, names="words") == (
        f'{path} has no words for n02012849, n03126707; fetch it again, or write names = "wnid".'
    )
    path.write_text("n01440764 tench\n\ncrane\n")
    assert refused(kaggle, names="words") == (
        f"{path}, line 3: got 'crane'; expected a synset and its words, such as 'n01440764 tench, "
        "Tinca tinca'."
    )
    path.unlink()
    assert refused(kaggle, names="words") == (
        f'{kaggle} holds neither LOC_synset_mapping.txt nor meta.mat, which names = "words" needs; '
        'fetch one of them, or write names = "wnid".'
    )


@pytest.mark.parametrize("number", ["9", "", "0", "²", "449.0"])
def test_a_number_that_no_synset_has_is_refused_with_its_line(number, original):
    path = original / "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt"
    path.write_text(f"2\n449\n{number or 'x'}\n")
    assert refused(original) == (
        f"{path}, line 3: got {number or 'x'!r}; expected an ILSVRC2012_ID of {path.parent}/"
        "meta.mat."
    )


def test_a_number_without_an_image_is_refused_with_its_line(original):
    (original / "ILSVRC2012_img_val/ILSVRC2012_val_00000002.JPEG").unlink()
    path = original / "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt"
    assert refused(original) == (
        f"{path}, line 2: 1 of 3 images is not under {original}/ILSVRC2012_img_val: "
        "ILSVRC2012_val_00000002. Fetch the missing files, or remove their rows."
    )


@pytest.mark.parametrize("content", [b"", b"MATLAB 5.0 MAT-file", bytes(500)])
def test_a_damaged_meta_mat_is_named(content, original):
    path = original / "ILSVRC2012_devkit_t12/data/meta.mat"
    path.write_bytes(content)
    assert refused(original) == (
        f"{path} cannot be read: it is no MATLAB file of level 5. Fetch it again."
    )


def test_a_meta_mat_without_synsets_is_named(original):
    path = original / "ILSVRC2012_devkit_t12/data/meta.mat"
    savemat(path, {"synsets": np.zeros(3)})
    assert refused(original) == (
        f"{path} cannot be read: it holds no array of structs 'synsets'. Fetch it again."
    )
    savemat(path, {"synsets": {"ILSVRC2012_ID": 1, "WNID": "tench", "words": "tench"}})
    assert refused(original) == (
        f"{path}: got {{'ILSVRC2012_ID': 1, 'WNID': 'tench', 'words': 'tench'}}; expected a synset "
        "with ILSVRC2012_ID, WNID, words. Fetch it again."
    )


def test_a_folder_without_synsets_is_refused(tmp_path):
    save(tmp_path / "cats/1.JPEG", picture(1))
    assert refused(tmp_path) == (
        f"{tmp_path} holds no folders of synsets; expected a folder with train/<synset>/*.JPEG, "
        "val/<synset>/*.JPEG or <synset>/*.JPEG."
    )


def test_the_numbers_published_are_of_the_parts_read(kaggle):
    assert "9 images, but 1,331,167 were published" in read(kaggle).warnings
    assert "3 images, but 50,000 were published" in read(kaggle, parts=["validation"]).warnings
