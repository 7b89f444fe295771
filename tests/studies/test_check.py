import io
import shutil

import numpy as np
import pandas as pd
import pytest
from data_problems import write_csv
from PIL import Image

from small_study import write_images
from warmstart.core.places import cache_folder
from warmstart.data import audit
from warmstart.data.dataset import Dataset
from warmstart.data.similar import Pairs
from warmstart.data.sources import ImageArray
from warmstart.studies.check import check_lines, check_one, write_check
from warmstart.studies.one_dataset import look_at, read_one


@pytest.fixture
def alike(monkeypatch, tmp_path):
    """Choose the near-duplicates, by place; none are remembered from other tests."""
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "cache"))
    pairs = []

    def similar(images, progress=None):
        first, second = np.array(pairs, np.int64).reshape(-1, 2).T
        return Pairs(first, second, np.full(len(pairs), 0.96875, np.float32))

    monkeypatch.setattr(audit, "similar_images", similar)
    return pairs


@pytest.fixture
def lesions(tmp_path, alike):
    return write_images(tmp_path / "lesions", ("benign", "malignant"))


def checked(reader, root, folds=5):
    looked = look_at(read_one(reader, root), cache_folder(), lambda *_: None)
    return check_one(looked, cache_folder(), folds=folds, step=lambda *_: None)


def lines(found, written=()):
    return list(check_lines(found, written))


def test_nothing_is_found_in_sound_images(lesions):
    found = checked("folder", lesions)
    assert not found.found
    assert lines(found) == [
        "lesions: 24 images, 2 classes",
        "ok  images  all 24 can be read",
        "ok  copies  no two images show the same picture",
        "ok  groups  12 groups",
        "ok  folds   5 are possible",
        "lesions: nothing found by 4 checks.",
    ]


def test_copies_are_named_where_they_do_harm(lesions, alike):
    shutil.copy(lesions / "benign/000.png", lesions / "benign/001.png")
    shutil.copy(lesions / "benign/002.png", lesions / "benign/005.png")
    shutil.copy(lesions / "benign/004.png", lesions / "malignant/003.png")
    alike += [(6, 8), (8, 10)]
    found = checked("folder", lesions)
    assert found.found
    assert lines(found) == [
        "lesions: 24 images, 2 classes",
        "ok     images            all 24 can be read",
        "note   copies            3 sets of identical images and 1 set of near-duplicates, 9 "
        "images in all",
        "found  labels of copies  1 set with different labels",
        "       benign/004.png = malignant/003.png",
        "found  groups of copies  3 sets over several groups, which a split by groups may part",
        "       benign/002.png = benign/005.png",
        "       benign/004.png = malignant/003.png",
        "       benign/006.png ~ benign/008.png ~ benign/010.png",
        "ok     groups            12 groups",
        "ok     folds             5 are possible",
        "--out DIR writes everything that was found as tables, and the copies as pictures.",
        "lesions: 2 of 6 checks found something: labels of copies, groups of copies.",
    ]


def test_any_split_may_part_copies_where_no_groups_are_known(lesions):
    (lesions / "groups.csv").unlink()
    shutil.copy(lesions / "benign/000.png", lesions / "benign/001.png")
    assert lines(checked("folder", lesions))[2:7] == [
        "note   copies            1 set of identical images, 2 images in all",
        "ok     labels of copies  no set with different labels",
        "found  groups of copies  1 set that any split may part, because no groups are known",
        "       benign/000.png = benign/001.png",
        "note   groups            no groups known: AUC will be too high if patients have several "
        "images",
    ]


def test_copies_within_a_group_are_no_fault(lesions):
    shutil.copy(lesions / "benign/000.png", lesions / "benign/001.png")
    assert not checked("folder", lesions).found


def test_more_copies_than_are_printed_are_counted(lesions):
    (lesions / "groups.csv").unlink()
    for number in range(60):
        shutil.copy(
            lesions / f"benign/{number // 2 % 12:03d}.png", lesions / f"benign/{100 + number}.png"
        )
    for path in sorted((lesions / "benign").glob("0*.png")):
        path.unlink()
    found = lines(checked("folder", lesions))
    names = " = ".join(f"benign/{number}.png" for number in (100, 101, 124, 125, 148))
    assert f"       {names} and 1 more" in found


def test_no_name_of_a_patient_is_shown(lesions, tmp_path, alike):
    shutil.copy(lesions / "benign/000.png", lesions / "malignant/003.png")
    found = checked("folder", lesions)
    files = write_check(found, tmp_path / "out")
    text = "\n".join(lines(found))
    text += "".join(path.read_text() for path in files if path.suffix == ".csv")
    assert "patient-" not in text


def test_what_cannot_be_read_is_named(lesions):
    (lesions / "benign/000.png").write_bytes(b"")
    (lesions / "malignant/001.png").write_bytes(b"")
    found = lines(checked("folder", lesions))
    assert found[1:4] == [
        "found  images  2 of 24 cannot be read",
        "       benign/000.png (the file is empty or cannot be opened)",
        "       malignant/001.png (the file is empty or cannot be opened)",
    ]
    assert found[-1] == "lesions: 1 of 4 checks found something: images."


def test_a_class_with_fewer_groups_than_folds(lesions):
    assert lines(checked("folder", lesions, folds=7))[-4:] == [
        "found  folds   7 are impossible: 2 of 2 classes have fewer groups",
        "       class 'benign' has 6 groups",
        "       class 'malignant' has 6 groups",
        "lesions: 1 of 4 checks found something: folds.",
    ]


def test_folds_are_those_of_images_that_can_be_read(lesions):
    for number in range(4):
        (lesions / f"benign/{number:03d}.png").write_bytes(b"")
    assert lines(checked("folder", lesions))[-3:] == [
        "found  folds   5 are impossible: 1 of 2 classes have fewer groups",
        "       class 'benign' has 4 groups",
        "lesions: 2 of 4 checks found something: images, folds.",
    ]


def test_one_image_or_group_is_not_several(tmp_path, alike):
    looked = look_at(one_image(), cache_folder(), lambda *_: None)
    found = check_one(looked, cache_folder(), folds=2, step=lambda *_: None)
    assert lines(found) == [
        "d: 1 image, 1 yes/no label",
        "ok     images   all 1 can be read",
        "found  classes  a study refuses them",
        "       label 'mass' is never 0; leave it out, there is nothing to tell apart",
        "       the only image of class 'mass' is in one group, which cannot be both trained on "
        "and tested; add images of other groups or merge the class",
        "ok     copies   no two images show the same picture",
        "ok     groups   1 group",
        "found  folds    2 are impossible: 1 of 1 labels have fewer groups",
        "       label 'mass' has 1 group",
        "d: 2 of 5 checks found something: classes, folds.",
    ]


def one_image():
    return Dataset(
        name="d",
        images=ImageArray(np.full((1, 8, 8, 3), 9, np.uint8), ["0"]),
        rows=np.arange(1),
        labels=np.ones((1, 1)),
        classes=("mass",),
        groups=np.array(["p"]),
    )


@pytest.fixture
def parts(lesions):
    """A table with a class, a group and a copy that its parts share, or lack."""
    rows = []
    for path in sorted(lesions.glob("*/*.png")):
        number = int(path.stem)
        part = "test" if number > 8 and path.parent.name == "benign" else "train"
        name = path.relative_to(lesions).as_posix()
        rows.append([name, path.parent.name, f"{path.parent.name}-{number // 2}", part])
    shutil.copy(lesions / "benign/001.png", lesions / "benign/011.png")
    return write_csv(lesions / "labels.csv", ["path", "label", "group", "split"], rows)


def test_leaks_between_official_parts(parts):
    assert lines(checked("csv", parts))[2:-2] == [
        "note   copies            1 set of identical images, 2 images in all",
        "ok     labels of copies  no set with different labels",
        "found  groups of copies  1 set over several groups, which a split by groups may part",
        "       benign/001.png = benign/011.png",
        "found  parts of copies   1 set over several official parts",
        "       benign/001.png = benign/011.png",
        "found  groups            1 of 12 have images in several official parts",
        "       benign/009.png (test) and benign/008.png (train)",
        "found  official parts    1 gap: not every class is in every official part",
        "       class 'malignant' has no image in test",
        "ok     folds             5 are possible",
    ]


def test_a_part_whose_images_cannot_be_read_lacks_every_class(parts, lesions):
    for name in ("009", "010", "011"):
        (lesions / f"benign/{name}.png").write_bytes(b"")
    found = lines(checked("csv", parts))
    assert found[-6:] == [
        "ok     groups          each of 11 lies in one official part",
        "found  official parts  2 gaps: not every class is in every official part",
        "       class 'benign' has no image in test",
        "       class 'malignant' has no image in test",
        "ok     folds           5 are possible",
        "labels: 2 of 5 checks found something: images, official parts.",
    ]


def test_all_pairs_are_written(lesions, tmp_path, alike):
    shutil.copy(lesions / "benign/000.png", lesions / "malignant/003.png")
    alike += [(6, 7), (7, 9)]
    files = write_check(checked("folder", lesions), tmp_path / "out")
    assert [path.name for path in files] == [
        "lesions-findings.csv",
        "lesions-pairs.csv",
        "lesions-pairs.png",
    ]
    benign, malignant = "benign", "malignant"
    assert pd.read_csv(files[1], dtype=object).fillna("").values.tolist() == [
        [
            "1",
            "benign/000.png",
            "malignant/003.png",
            benign,
            malignant,
            "",
            "",
            "True",
            "",
            "False",
        ],
        [
            "2",
            "benign/006.png",
            "benign/007.png",
            benign,
            benign,
            "",
            "",
            "False",
            "0.9688",
            "True",
        ],
        ["2", "benign/006.png", "benign/009.png", benign, benign, "", "", "False", "", "False"],
    ]
    assert pd.read_csv(files[0], keep_default_na=False).values.tolist()[2:4] == [
        [
            *("labels of copies", "found", "1 set with different labels"),
            "benign/000.png = malignant/003.png",
        ],
        [
            *("groups of copies", "found"),
            "2 sets over several groups, which a split by groups may part",
            "benign/000.png = malignant/003.png",
        ],
    ]


def test_without_copies_there_are_no_pictures(lesions, tmp_path):
    files = write_check(checked("folder", lesions), tmp_path / "out")
    assert [path.name for path in files] == ["lesions-findings.csv"]


def test_the_sheet_shows_one_pair_per_row(lesions, tmp_path, alike):
    """Its two pictures beside each other; the worst pair comes first."""
    for name, level in {"004": 40, "005": 40, "006": 90}.items():
        Image.new("RGB", (16, 16), (level,) * 3).save(lesions / f"benign/{name}.png")
    shutil.copy(lesions / "benign/006.png", lesions / "malignant/000.png")
    pixels = np.asarray(
        Image.open(io.BytesIO(write_check(checked("folder", lesions), tmp_path)[2].read_bytes()))
    )
    for row, level in enumerate([90, 40]):
        top = 30 + 160 * row
        for left in (30, 190):
            assert (pixels[top : top + 150, left : left + 150] == level).all()


def test_classes_that_a_study_refuses_are_found(tmp_path, alike):
    root = write_images(tmp_path / "lesions", ("benign", "malignant"))
    with (root / "groups.csv").open("w", newline="") as file:
        rows = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*.png"))]
        file.write("file,group\n")
        file.writelines(f"{name},{'one' if 'malig' in name else name}\n" for name in rows)
    found = checked("folder", root)
    assert found.found
    assert (
        "       all 12 images of class 'malignant' are in one group, which cannot be both trained "
        "on and tested; add images of other groups or merge the class"
    ) in lines(found)
