import numpy as np
import pytest
from release import picture, save
from releases import sti10 as miniature
from releases.sti10 import CLASSES, LABELS, pictures, save_images

from warmstart.data.readers import read_dataset
from warmstart.errors import DataError

SYNSETS = (
    "n04326547", "n02897820", "n03530642", "n07840804", "n09416076",
    "n03309808", "n09247410", "n02999410", "n09376198", "n11669921",
)  # fmt: skip


@pytest.fixture
def arrays(tmp_path):
    return miniature.build(tmp_path).root


@pytest.fixture
def tree(tmp_path):
    """ImageNet-21k: the ten synsets among others."""
    for number, synset in enumerate((*SYNSETS, "n00005787", "n01440764")):
        for image in range(2):
            name = f"winter21_whole/{synset}/{synset}_{image}.JPEG"
            save(tmp_path / name, picture(number))
    return tmp_path


def read(root):
    return read_dataset("x", "sti10", root, {})


def refused(root):
    with pytest.raises(DataError) as error:
        read(root)
    return str(error.value)


def test_colours_of_the_arrays_are_red_green_blue(arrays):
    dataset = read(arrays)
    shown = dataset.images.raw(range(len(dataset)))
    assert all(np.array_equal(a, b) for a, b in zip(shown, pictures(), strict=True))


def test_images_of_one_size_may_be_saved_as_one_array(arrays):
    one_size = [picture(n) for n in range(len(LABELS))]
    np.save(arrays / "sti10/all_imgs.npy", np.stack(one_size)[..., ::-1])
    shown = read(arrays / "sti10").images.raw([0, 19])
    assert all(map(np.array_equal, shown, (one_size[0], one_size[19])))


def test_labels_may_be_saved_as_objects(arrays):
    labels = read(arrays).labels.tolist()
    np.save(arrays / "sti10/all_labels.npy", np.array(LABELS, object))
    assert read(arrays).labels.tolist() == labels


@pytest.mark.parametrize("inside", [".", "winter21_whole"])
def test_the_ten_synsets_of_a_tree_are_read(inside, tree):
    dataset = read(tree / inside)
    assert dataset.names == sorted(f"{n}/{n}_{image}.JPEG" for n in SYNSETS for image in range(2))
    assert dataset.classes == CLASSES
    named = dict(zip(SYNSETS, CLASSES, strict=True))
    assert [CLASSES[label] for label in dataset.labels] == [named[n[:9]] for n in dataset.names]
    assert "20 images, but 8,060 were published" in dataset.warnings


def test_of_two_folders_of_a_synset_the_nearer_is_read(tree):
    other = save(tree / "ILSVRC/train/n04326547/1.JPEG", picture(1)).parent
    dataset = read(tree)
    assert len(dataset) == 20
    assert f"{other} was left out: another n04326547 is nearer" in dataset.warnings


def test_a_tree_without_one_of_the_synsets_is_refused(tree):
    (tree / "winter21_whole/n07840804").rename(tree / "winter21_whole/n00000001")
    assert refused(tree) == "x: class 'egg' has no image; add images or leave it out."


def test_a_tree_with_none_of_the_synsets_is_refused(tmp_path):
    save(tmp_path / "n01440764/1.JPEG", picture(1))
    assert refused(tmp_path) == (
        f"{tmp_path} holds none of the ten synsets; expected all_imgs.npy and all_labels.npy, or "
        f"folders named {', '.join(SYNSETS)}."
    )


def test_an_image_that_is_none_is_named(arrays):
    save_images(arrays / "sti10/all_imgs.npy", [*pictures()[:-1], None])
    assert refused(arrays) == (
        f"{arrays}/sti10/all_imgs.npy: image 19 is None; expected uint8 (h, w, 3) with blue first."
    )
