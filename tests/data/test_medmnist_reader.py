import numpy as np
import pytest

from warmstart.data.readers import read_dataset
from warmstart.data.readers.medmnist_sets import MEDMNIST_SETS
from warmstart.errors import DataError

KEYS = "train_images, train_labels, val_images, val_labels, test_images, test_labels"


def release(labels=1, **changes):
    rng, arrays = np.random.default_rng(0), {}
    for part, n in (("train", 6), ("val", 4), ("test", 5)):
        arrays[f"{part}_images"] = rng.integers(0, 256, (n, 5, 5), np.uint8)
        arrays[f"{part}_labels"] = rng.permuted(np.tile([[0], [1]], (n, labels))[:n], axis=0)
    return {key: value for key, value in {**arrays, **changes}.items() if value is not None}


def refused(path):
    with pytest.raises(DataError) as error:
        read_dataset("x", "medmnist", path, {})
    return str(error.value)


def test_parts_become_the_official_split(tmp_path):
    np.savez(tmp_path / "r.npz", **release())
    dataset = read_dataset("x", "medmnist", tmp_path / "r.npz", {"class_names": ["no", "yes"]})
    assert dataset.split.tolist() == ["train"] * 6 + ["validation"] * 4 + ["test"] * 5
    assert dataset.names[0] == "train/000000"
    assert dataset.names[-1] == "test/000004"
    assert dataset.classes == ("no", "yes")
    assert dataset.labels.shape == (15,)


def test_several_columns_are_several_labels(tmp_path):
    np.savez(tmp_path / "r.npz", **release(labels=3))
    dataset = read_dataset("x", "medmnist", tmp_path / "r.npz", {})
    assert dataset.multilabel
    assert dataset.classes == ("0", "1", "2")


def test_missing_arrays_are_listed_with_those_found(tmp_path):
    path = tmp_path / "r.npz"
    np.savez(path, **release(val_images=None, test_labels=None))
    assert refused(path) == (
        f"{path} lacks val_images, test_labels; expected a MedMNIST .npz with {KEYS}. "
        "Found: test_images, train_images, train_labels, val_labels."
    )


def test_pickled_labels_are_refused_not_run(tmp_path):
    path = tmp_path / "r.npz"
    np.savez(path, **release(val_labels=np.array([[None]] * 4, dtype=object)))
    assert refused(path).startswith(
        f"{path}: val_labels cannot be read: Object arrays cannot be loaded when allow_pickle=False"
    )


@pytest.mark.parametrize(
    ("images", "problem"),
    [
        (np.asfortranarray(np.zeros((4, 5, 5), np.uint8)), "is stored column by column"),
        (np.zeros((4, 5, 5), object), "holds pickled objects"),
    ],
    ids=["columns", "objects"],
)
def test_images_that_cannot_be_streamed_are_refused(images, problem, tmp_path):
    path = tmp_path / "r.npz"
    np.savez(path, **release(val_images=images))
    assert refused(path) == (
        f"{path}: array 'val_images' {problem}; save it as a plain array of numbers with "
        "np.ascontiguousarray."
    )


def test_images_and_labels_that_disagree_are_refused(tmp_path):
    path = tmp_path / "r.npz"
    np.savez(path, **release(val_labels=np.zeros((3, 1), np.uint8)))
    assert refused(path) == (
        f"{path}: val_images has shape (4, 5, 5) and val_labels (3, 1); "
        "expected (n, h, w) or (n, h, w, c), and (n, 1) or (n, L)."
    )


def test_wrong_names_of_classes_are_refused(tmp_path):
    path = tmp_path / "r.npz"
    np.savez(path, **release())
    with pytest.raises(DataError) as error:
        read_dataset("x", "medmnist", path, {"class_names": ["a", "b", "c"]})
    assert str(error.value) == (
        f"{path} has 2 classes, but 3 were expected: a, b, c. Name them with class_names = [...]."
    )


@pytest.mark.parametrize("name", ["bloodmnist", "bloodmnist_224", "BloodMNIST_64"])
def test_a_file_named_after_a_set_has_its_classes(name, tmp_path):
    labels = {f"{part}_labels": np.arange(8)[:, None] for part in ("train", "val", "test")}
    images = {f"{part}_images": np.zeros((8, 5, 5), np.uint8) for part in ("train", "val", "test")}
    np.savez(tmp_path / f"{name}.npz", **labels, **images)
    dataset = read_dataset("x", "medmnist", tmp_path / f"{name}.npz", {})
    assert dataset.classes[3:5] == ("immature granulocyte", "lymphocyte")
    assert "24 images, but 17,092 were published" in dataset.warnings


def test_a_set_with_other_labels_than_published_is_refused(tmp_path):
    path = tmp_path / "breastmnist.npz"
    np.savez(path, **release(labels=3))
    assert refused(path) == (
        f"{path} has 3 classes, but 2 were expected: malignant, normal or benign. Name them with "
        "class_names = [...]."
    )


def test_the_sets_are_those_of_the_paper():
    assert len(MEDMNIST_SETS) == 12
    # the paper counts 708,069; later releases leave 107 images out of the three organ sets
    assert sum(sum(known.images) for known in MEDMNIST_SETS.values()) == 708_069 - 107
    assert all(len(set(known.classes)) == len(known.classes) for known in MEDMNIST_SETS.values())
