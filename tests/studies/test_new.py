import numpy as np
import pytest
from PIL import Image

from small_study import write_images
from warmstart.studies.new import new_study
from warmstart.studies.study_file import read_study


def studied(text, folder):
    file = folder / "mine.toml"
    file.write_text(text)
    return read_study(file)


def test_names_that_toml_cannot_hold_become_names_it_can(tmp_path):
    folder = write_images(tmp_path / 'my "best" images: 1.0', ("a", "b"))
    study = studied(new_study(folder), tmp_path)
    assert list(study.datasets) == ["my--best--images--1-0"]
    assert study.datasets["my--best--images--1-0"].root == folder.as_posix()


@pytest.mark.parametrize(("native", "chosen"), [(20, 32), (70, 64), (112, 112), (500, 112)])
def test_the_image_size_fits_the_images(tmp_path, native, chosen):
    folder = write_images(tmp_path / "x", ("a", "b"), per_class=3, groups_of=1, size=native)
    study = studied(new_study(folder), tmp_path)
    assert study.finetune["image_size"] == chosen


@pytest.mark.parametrize(("groups_of", "folds"), [(1, 5), (3, 4), (6, 2)])
def test_the_folds_fit_the_groups(tmp_path, groups_of, folds):
    folder = write_images(tmp_path / "x", ("a", "b"), per_class=12, groups_of=groups_of)
    assert studied(new_study(folder), tmp_path).protocol.folds == folds


def test_an_archive_is_read_as_medmnist(tmp_path):
    arrays = {}
    for part, n in (("train", 20), ("val", 6), ("test", 6)):
        arrays[f"{part}_images"] = np.zeros((n, 28, 28), np.uint8)
        arrays[f"{part}_labels"] = (np.arange(n) % 2)[:, None]
    np.savez(tmp_path / "breastmnist.npz", **arrays)
    study = studied(new_study(tmp_path / "breastmnist.npz"), tmp_path)
    assert study.datasets["breastmnist"].reader == "medmnist"


def test_unreadable_images_do_not_stop_the_look(tmp_path):
    folder = write_images(tmp_path / "x", ("a", "b"), per_class=4, groups_of=1)
    (folder / "a" / "000.png").write_bytes(b"not an image")
    Image.new("L", (300, 10)).save(folder / "a" / "001.png")
    assert "Sizes from 16 x 10 to 300 x 16 pixels" in new_study(folder)
