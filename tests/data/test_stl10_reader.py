import numpy as np
import pytest
from release import build
from releases.stl10 import CLASSES, changed, photo

from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset
from warmstart.data.readers.stl10 import read_stl10
from warmstart.errors import DataError


@pytest.fixture
def root(tmp_path):
    return build("stl10", tmp_path).root


def read(root):
    return read_dataset("x", "stl10", root, {})


def refused(root):
    with pytest.raises(DataError) as caught:
        read(root)
    return str(caught.value)


@pytest.mark.parametrize("inside", ["", "stl10_binary", "stl10_binary/test_X.bin"])
def test_a_user_may_point_at_the_folder_its_parent_or_a_file(root, inside):
    assert len(read(root / inside)) == 22


def test_names_of_classes_are_those_of_the_release_file_where_it_is_there(root):
    assert read(root).classes == CLASSES
    changed("class_names.txt", "\ufeffæroplane\r\n".encode() + b"b\nc\nd\ne\nf\ng\nh\ni\nj\n\n")(
        root
    )
    assert read(root).classes[:2] == ("æroplane", "b")
    (root / "stl10_binary/class_names.txt").unlink()
    assert read(root).classes == CLASSES


def test_names_of_classes_that_are_no_text_are_refused(root):
    changed("class_names.txt", b"\xff\xfe")(root)
    assert refused(root) == (
        f"{root}/stl10_binary/class_names.txt is not UTF-8 text (invalid start byte); fetch it "
        "again."
    )


def test_one_part_is_enough(root):
    (root / "stl10_binary/train_X.bin").unlink()
    dataset = read(root)
    assert dataset.names == [f"test/{row:06d}" for row in range(10)]
    assert set(dataset.split) == {"test"}
    assert dataset.notes[0] == "parts that are here: test; not here: train"


def test_no_part_is_refused(tmp_path):
    assert refused(tmp_path) == (
        f"{tmp_path} holds no train_X.bin or test_X.bin; expected a folder with train_X.bin and "
        "train_y.bin, test_X.bin and test_y.bin, or both."
    )


def test_a_complete_part_is_compared_with_its_own_published_count(root):
    (root / "stl10_binary/test_X.bin").unlink()
    listed = ", ".join(f"{name} {2 if name in ('bird', 'car') else 1} for 500" for name in CLASSES)
    assert f"12 images, but 5,000 were published ({listed})" in read(root).warnings


def test_images_without_labels_are_said_to_be_left_out(root):
    note = "the images of unlabeled_X.bin have no labels and are left out"
    assert note in read(root).notes
    (root / "stl10_binary/unlabeled_X.bin").unlink()
    assert note not in read(root).notes


def test_planes_are_stored_column_after_column(root):
    images = read(root).images
    for number, found in zip((3, 13, 22), images.raw([2, 12, 21]), strict=True):
        assert np.array_equal(found, photo(number))


def test_images_are_identified_by_their_file(root):
    images, folder = read(root).images, root / "stl10_binary"
    sizes = images.stamps([0, 11, 12, 21])[:, 0].tolist()
    assert sizes == [12 * 27_648] * 2 + [10 * 27_648] * 2
    (folder / "test_X.bin").unlink()
    with pytest.raises(DataError) as caught:
        images.stamps([0])
    assert str(caught.value) == (
        f"Cannot read {folder}/test_X.bin: No such file or directory. Check that the file is there "
        "and that you may read it."
    )


def test_a_file_that_is_cut_off_after_it_was_listed_is_told(root, tmp_path):
    dataset, path = read(root), root / "stl10_binary/train_X.bin"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError) as caught:
        prepare(dataset, size=8, fit="squash", cache=tmp_path / "cache")
    assert str(caught.value) == f"{path} ends before its last image; fetch it again."


def test_a_file_that_vanishes_after_it_was_listed_is_told(root):
    images, path = read(root).images, root / "stl10_binary/train_X.bin"
    path.unlink()
    with pytest.raises(DataError) as caught:
        list(images.raw([0]))
    assert str(caught.value) == (
        f"Cannot read {path}: No such file or directory. Check that the file is there and that you "
        "may read it."
    )


def test_a_folder_in_the_place_of_a_file_is_refused(root):
    path = root / "stl10_binary/test_y.bin"
    path.unlink()
    path.mkdir()
    assert refused(root) == f"{path} is not a file; unpack the release again."


def test_two_copies_equally_near_are_refused(root):
    copy = root / "copy"
    copy.mkdir()
    (copy / "train_X.bin").touch()
    assert refused(root) == (
        f"{root} holds train_X.bin twice, {copy}/train_X.bin and {root}/stl10_binary/train_X.bin; "
        "point at the folder of one."
    )


def test_without_a_root_there_is_one_line():
    with pytest.raises(DataError) as caught:
        read_stl10(None, None)
    assert str(caught.value) == "There is no root; name the folder of the release."
