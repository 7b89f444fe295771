import io

import numpy as np
import pandas as pd
import pytest
from data_problems import write_image
from PIL import Image

from small_study import write_images
from warmstart.core.places import cache_folder
from warmstart.studies.grid import picture_grid, write_grid
from warmstart.studies.one_dataset import look_at, read_one


def grid_of(folder):
    return picture_grid(look_at(read_one("folder", folder), cache_folder(), lambda *_: None))


def drawn(grid):
    return np.asarray(Image.open(io.BytesIO(grid.drawing)))


def test_the_table_says_which_image_stands_where(tmp_path):
    folder = tmp_path / "x"
    colours = {"a": [10, 60], "b": [110, 160, 210]}
    for name, values in colours.items():
        for value in values:
            write_image(folder / name / f"{value}.png", value=value, size=(50, 50))
    grid = grid_of(folder)
    pixels = drawn(grid)
    for row in grid.table.itertuples():
        value = int(row.image[2:-4])
        y, x = np.argwhere((pixels == value).all(axis=2)).mean(axis=0)
        assert row.image.startswith(row[1])
        assert y == pytest.approx(30 + 160 * (row.row - 1) + 75, abs=1)
        assert x == pytest.approx(pixels.shape[1] - 30 - 160 * (3 - row.column) - 75, abs=1)
    assert grid.table.values.tolist() == [
        ["a", 1, 1, "a/10.png"],
        ["a", 1, 2, "a/60.png"],
        ["b", 2, 1, "b/110.png"],
        ["b", 2, 2, "b/160.png"],
        ["b", 2, 3, "b/210.png"],
    ]


def test_pictures_keep_their_aspect_ratio_on_white(tmp_path):
    for name in ("a", "b"):
        write_image(tmp_path / "x" / name / "1.png", value=100, size=(100, 40))
    pixels = drawn(grid_of(tmp_path / "x"))
    rows = np.flatnonzero((pixels[:, -40] == 100).all(axis=1))
    assert len(rows) == 2 * 60
    edges = np.concatenate([pixels[:20].ravel(), pixels[-20:].ravel(), pixels[:, -20:].ravel()])
    assert (edges == 255).all()


def test_a_class_gives_eight_images_evenly_spread(tmp_path):
    folder = write_images(tmp_path / "x", ("a", "b"), per_class=71)
    table = grid_of(folder).table
    assert table.image[table["class"] == "a"].tolist() == [
        f"a/{i:03d}.png" for i in range(0, 71, 10)
    ]


def test_of_many_classes_the_first_are_drawn_and_the_others_counted(tmp_path):
    names = [f"class {i:02d}" for i in range(26)]
    few, many = tmp_path / "few", tmp_path / "many"
    write_images(few, names[:24], per_class=1)
    write_images(many, names, per_class=1)
    for folder in (few, many):
        (folder / "groups.csv").unlink()
    small, large = grid_of(few), grid_of(many)
    assert large.table["class"].tolist() == names[:24]
    extra = drawn(large)[drawn(small).shape[0] - 30 :]
    assert (extra < 200).any()  # the line below: 2 more classes
    assert (drawn(small)[-30:] == 255).all()


def test_long_names_in_any_script_are_drawn_whole(tmp_path):
    folder = tmp_path / "x"
    names = [
        "Staffordshire bullterrier, Staffordshire bull terrier & others <1>",
        "нормальная ткань",
    ]
    for name in names:
        write_image(folder / name / "1.png", value=100, size=(50, 50))
    pixels = drawn(grid_of(folder))
    beside = pixels.shape[1] - 30 - 150 - 10
    ink = np.flatnonzero((pixels[:, :beside] < 128).any(axis=(0, 2)))
    assert 30 <= ink.min() <= 34
    assert 150 < ink.max() < beside - 10
    assert (pixels[:, :28] == 255).all()


def test_unreadable_images_are_not_drawn(tmp_path):
    folder = write_images(tmp_path / "x", ("a", "b"), per_class=3, groups_of=1)
    (folder / "a" / "001.png").write_bytes(b"")
    assert grid_of(folder).table.image.tolist() == [
        *("a/000.png", "a/002.png"),
        *("b/000.png", "b/001.png", "b/002.png"),
    ]


def test_the_files_lie_where_they_are_wanted(tmp_path):
    grid = grid_of(write_images(tmp_path / "x", ("a", "b")))
    picture, table = write_grid(grid, "x", tmp_path / "out")
    assert (picture, table) == (tmp_path / "out/x-grid.png", tmp_path / "out/x-grid.csv")
    assert pd.read_csv(table).equals(grid.table)
