import pytest
from releases import dtd as miniature
from releases.dtd import FILES, add

from warmstart.data.readers import read_dataset
from warmstart.errors import ConfigError, DataError


@pytest.fixture
def root(tmp_path):
    return miniature.build(tmp_path).root


def read(root, **options):
    return read_dataset("x", "dtd", root, options)


def refused(root, **options):
    with pytest.raises(DataError) as error:
        read(root, **options)
    return str(error.value)


@pytest.mark.parametrize("inside", [".", "dtd", "dtd/images"])
def test_it_does_not_matter_how_deep_one_points(inside, root):
    dataset = read(root / inside)
    assert dataset.names == list(FILES)
    assert dataset.split.tolist() == ["train", "validation", "test"] * 3
    assert dataset.notes == ("official parts from train1.txt, val1.txt, test1.txt",)


def test_images_of_something_else_beside_it_are_not_read(root):
    (root / "images").mkdir()
    assert read(root).names == list(FILES)


def test_another_division_has_other_parts(root):
    assert read(root, split=2).split.tolist() == ["test", "train", "validation"] * 3


def test_a_division_that_is_not_there_is_refused(root):
    assert refused(root, split=3) == (
        f"{root}/dtd/labels holds no train3.txt, val3.txt, test3.txt; fetch the release's folder "
        "labels again."
    )


@pytest.mark.parametrize("split", [0, 11])
def test_there_are_ten_divisions(split, root):
    with pytest.raises(ConfigError, match=f"split = {split} is wrong for reader 'dtd'"):
        read(root, split=split)


def test_without_lists_there_are_no_official_parts(root):
    for path in (root / "dtd/labels").glob("*[0-9].txt"):
        path.unlink()
    dataset = read(root)
    assert dataset.names == list(FILES)
    assert dataset.split is None
    assert dataset.notes == (
        "no official parts: there are no lists train1.txt, val1.txt and test1.txt",
    )


def test_joint_labels_are_all_textures_an_image_shows(root):
    dataset = read(root, labels="joint")
    assert dataset.classes == ("banded", "cracked", "polka-dotted")
    assert dataset.labels.tolist() == [
        [1, 1, 0], [1, 0, 0], [1, 0, 0],
        [0, 1, 0], [1, 1, 0], [0, 1, 0],
        [0, 0, 1], [0, 0, 1], [0, 0, 1],
    ]  # fmt: skip
    assert dataset.split.tolist() == ["train", "validation", "test"] * 3


def test_a_texture_without_a_folder_is_refused_with_its_line(root):
    path = root / "dtd/labels/labels_joint_anno.txt"
    path.write_text(path.read_text().replace("banded cracked", "banded crackd", 1))
    assert refused(root, labels="joint") == (
        f"{path}, line 1: 'crackd' is none of the 3 class folders. Did you mean 'cracked'? "
        "Correct the line, or fetch the folder."
    )


def test_an_image_without_joint_labels_is_left_out_and_named(root):
    path = root / "dtd/labels/labels_joint_anno.txt"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    dataset = read(root, labels="joint")
    assert len(dataset) == len(dataset.split) == len(dataset.labels) == 8
    assert (
        f"1 image under {root}/dtd/images is not in labels_joint_anno.txt and was left out: "
        "banded/banded_0002.jpg"
    ) in dataset.warnings


def test_an_image_listed_twice_in_one_list_is_refused(root):
    add(FILES[0], "dtd/labels/labels_joint_anno.txt")(root)
    path = root / "dtd/labels/labels_joint_anno.txt"
    assert refused(root, labels="joint") == (
        f"{path}, line 10: banded/banded_0002.jpg is listed twice, first in labels_joint_anno.txt, "
        "line 1; keep one line per image."
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"\n\n", " is empty; fetch it again."), (b"\xff", " is not UTF-8 text")],
)
def test_a_damaged_list_is_named(content, problem, root):
    path = root / "dtd/labels/train1.txt"
    path.write_bytes(content)
    assert refused(root).startswith(f"{path}{problem}")


def test_the_missing_images_are_counted(root):
    assert read(root).warnings[0] == (
        "9 images, but 5,640 were published (banded 3 for 120, cracked 3 for 120, polka-dotted 3 "
        "for 120)"
    )
    assert read(root, labels="joint").warnings[0] == "9 images, but 5,640 were published"
