import pytest
from release import build, picture, save

from warmstart.data.checks import NO_GROUPS
from warmstart.data.readers import read_dataset
from warmstart.errors import DataError


@pytest.fixture
def root(tmp_path):
    return build("kimia960", tmp_path).root


def read(root):
    return read_dataset("x", "kimia960", root, {})


def refused(root):
    with pytest.raises(DataError) as caught:
        read(root)
    return str(caught.value)


def test_the_folder_may_lie_deeper(root):
    assert read(root.parent).names[0] == "kimia_path_960/A1.tif"


def test_classes_are_the_twenty_scans_and_no_patient_is_known(root):
    dataset = read(root)
    assert "".join(dataset.classes) == "ABCDEFGHIJKLMNOPQRST"
    assert NO_GROUPS in dataset.warnings


def test_case_and_the_longer_ending_are_tolerated(root):
    (root / "B1.tif").rename(root / "b1.TIFF")
    dataset = read(root)
    assert dataset.labels[dataset.names.index("b1.TIFF")] == 1


@pytest.mark.parametrize("name", ["A0.tif", "A49.tif", "A01.tif", "U1.tif", "AA1.tif", "A1.png"])
def test_other_names_are_warned_of(root, name):
    save(root / name, picture(1))
    dataset = read(root)
    assert len(dataset) == 60
    assert (
        f"1 image under {root} is not named like A5.tif and was left out: {name}"
        in dataset.warnings
    )


def test_several_other_names_are_counted(root):
    for number in range(50, 57):
        save(root / f"A{number}.tif", picture(1))
    assert (
        f"7 images under {root} are not named like A5.tif and were left out: A50.tif, A51.tif, "
        "A52.tif, A53.tif, A54.tif and 2 more"
    ) in read(root).warnings


def test_the_same_name_in_another_case_is_refused(root):
    (root / "a1.TIF").write_bytes((root / "A1.tif").read_bytes())
    assert (
        refused(root) == f"{root} holds A1 twice and not the same, A1.tif and a1.TIF; remove one."
    )


def test_a_folder_without_such_images_is_refused(tmp_path):
    expected = "expected a folder with images <A to T><1 to 48>.tif, such as A5.tif."
    assert refused(tmp_path) == f"{tmp_path} holds no image named like A5.tif; {expected}"
    path = save(tmp_path / "A5.tif", picture(1))
    assert refused(path) == f"{path} is not a folder; {expected}"
