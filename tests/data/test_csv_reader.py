import shutil
from pathlib import Path

import numpy as np
import pytest
from data_problems import write_csv, write_image

from warmstart.data.readers import read_dataset
from warmstart.errors import DataError

HEADER = ("path", "label", "group", "split")
ROWS = [
    ("b.png", "NA", "004", "train"),
    ("a.png", "None", "04", "Valid"),
    ("d.png", "None", "5", "TEST"),
    ("c.png", "NA", "5", "validation"),
]


@pytest.fixture
def place(tmp_path):
    for name in "abcd":
        write_image(tmp_path / f"{name}.png")
    return tmp_path


def read(path, **options):
    return read_dataset("x", "csv", path, options)


def refused(path, **options):
    with pytest.raises(DataError) as error:
        read(path, **options)
    return str(error.value)


def test_cells_are_text_and_rows_are_sorted_by_path(place):
    dataset = read(write_csv(place / "l.csv", HEADER, ROWS))
    assert dataset.names == ["a.png", "b.png", "c.png", "d.png"]
    assert dataset.classes == ("NA", "None")
    assert dataset.labels.tolist() == [1, 0, 0, 1]
    assert dataset.groups.tolist() == ["04", "004", "5", "5"]
    assert dataset.split.tolist() == ["validation", "train", "validation", "test"]
    assert dataset.notes == ("groups from column 'group' of l.csv: 3 groups",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_separator_and_byte_order_mark_are_found_out(delimiter, place):
    lines = [delimiter.join(row) for row in (HEADER, *ROWS)]
    (place / "l.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    assert read(place / "l.csv").labels.tolist() == [1, 0, 0, 1]


def test_paths_may_be_relative_to_a_folder_without_extension(place):
    write_csv(place / "l.csv", ("id", "dx"), [("a", "x"), ("b", "y")])
    options = {"path_column": "id", "label_column": "dx", "extension": ".png", "images": "."}
    assert read(place / "l.csv", **options).names == ["a.png", "b.png"]


def test_absolute_paths_become_relative_to_the_folder_of_images(place):
    (place / "deep").mkdir()
    rows = [(place / "a.png", "x"), (f"../{place.name}/b.png", "y"), ("./deep/../c.png", "y")]
    table = write_csv(place / "deep" / "l.csv", ("path", "label"), rows)
    for images in ("..", str(place), f"{place}/"):
        assert read(table, images=images).names == ["a.png", "b.png", "c.png"]


def test_paths_outside_the_folder_of_images_are_refused(place):
    (place / "deep").mkdir()
    (place / "deeper").mkdir()
    rows = [(place / "a.png", "x"), ("../b.png", "y"), ("../deeper/e.png", "y"), ("e.png", "y")]
    path = write_csv(place / "deep" / "l.csv", ("path", "label"), rows)
    assert refused(path) == (
        f"{path}: 3 of 4 paths lie outside {place / 'deep'}: {place / 'a.png'}, ../b.png, "
        "../deeper/e.png. Set images = ... to a folder that all images lie under."
    )


def test_an_image_listed_by_absolute_and_by_relative_path_is_refused(place):
    path = write_csv(place / "l.csv", ("path", "label"), [("a.png", "x"), (place / "a.png", "y")])
    assert refused(path) == (
        f"{path}: a.png is listed twice, in lines 2 and 3; keep one row per image."
    )


def test_a_blank_path_is_no_image(place):
    path = write_csv(place / "l.csv", ("path", "label"), [("a.png", "x"), ("", "y")])
    assert refused(path).startswith(f"{path}: 1 of 2 images are not under {place}: .. Set images")


def test_a_broken_link_is_an_image_that_preparing_lists(place):
    (place / "link.png").symlink_to(place / "absent.png")
    path = write_csv(place / "l.csv", ("path", "label"), [("a.png", "x"), ("link.png", "y")])
    assert read(path).names == ["a.png", "link.png"]


def test_missing_images_are_listed(place):
    rows = [(f"{n:02d}.png", "x") for n in range(12)] + [("a.png", "y")]
    path = write_csv(place / "l.csv", ("path", "label"), rows)
    listed = ", ".join(f"{n:02d}.png" for n in range(10))
    assert refused(path) == (
        f"{path}: 12 of 13 images are not under {place}: {listed} and 2 more. Set images to the "
        "folder the paths are relative to, and extension if the paths have none."
    )


def test_a_wrong_column_names_the_nearest_and_all(place):
    path = write_csv(place / "l.csv", ("path", "labels"), [("a.png", "x")])
    assert refused(path) == (
        f"{path} has no column 'label'. Did you mean 'labels'? Columns: path, labels."
    )


def test_a_blank_label_names_its_line(place):
    path = write_csv(place / "l.csv", ("path", "label"), [("a.png", "x"), ("b.png", " ")])
    assert refused(path) == f"{path}, line 3: label is blank; every image needs a label."
    path = write_csv(place / "l.csv", ("path", "label"), [("a.png", ""), ("b.png", "")])
    assert refused(path) == (
        f"{path}, line 2 (and in 1 more): label is blank; every image needs a label."
    )


@pytest.mark.parametrize("second", ["x", "y"])
def test_an_image_listed_twice_is_refused(place, second):
    path = write_csv(place / "l.csv", ("path", "label"), [("a.png", "x"), ("./a.png", second)])
    assert refused(path) == (
        f"{path}: a.png is listed twice, in lines 2 and 3; keep one row per image."
    )


def test_an_unknown_part_is_refused(place):
    path = write_csv(place / "l.csv", HEADER, [("a.png", "x", "1", "holdout")])
    assert refused(path) == (
        f"{path}, line 2: split is 'holdout'; expected one of train, training, val, valid, "
        "validation, test."
    )


def test_columns_of_yes_and_no_give_several_labels_and_blank_is_missing(place):
    rows = [("a.png", 1, 0), ("b.png", 0, ""), ("c.png", "1.0", 1)]
    path = write_csv(place / "l.csv", ("path", "mass", "nodule"), rows)
    dataset = read(path, label_columns=["mass", "nodule"])
    assert dataset.classes == ("mass", "nodule")
    assert np.array_equal(dataset.labels, [[1, 0], [0, np.nan], [1, 1]], equal_nan=True)
    path = write_csv(place / "l.csv", ("path", "mass"), [("a.png", -1)])
    assert refused(path, label_columns=["mass"]) == (
        f"{path}, line 2: mass is '-1'; expected 0, 1 or blank."
    )


def test_a_separator_gives_several_labels(place):
    rows = [("a.png", "mass|nodule"), ("b.png", "nodule"), ("c.png", "mass"), ("d.png", "mass")]
    dataset = read(write_csv(place / "l.csv", ("path", "label"), rows), label_separator="|")
    assert dataset.classes == ("mass", "nodule")
    assert dataset.labels.tolist() == [[1, 1], [0, 1], [1, 0], [1, 0]]


def test_groups_come_from_a_second_file_by_name_or_stem(place):
    path = write_csv(place / "l.csv", ("path", "label"), [(f"{n}.png", n in "ab") for n in "abcd"])
    rows = [("elsewhere/a.png", "p1"), ("b", "p2"), ("c.jpg", "p1"), ("z", "p9")]
    write_csv(place / "p.csv", ("image", "patient"), rows)
    dataset = read(
        path,
        groups_file="p.csv",
        groups_path_column="image",
        groups_group_column="patient",
    )
    assert dataset.groups.tolist() == ["p1", "p2", "p1", "file:d.png"]
    assert dataset.notes == (
        "groups from p.csv: 2 groups; 1 image without a row is a group of its own: d.png; "
        "1 row without an image: z",
    )


def test_a_blank_group_is_said(place):
    rows = [("a.png", "x", "p1"), ("b.png", "y", ""), ("c.png", "x", "p2"), ("d.png", "y", "p1")]
    dataset = read(write_csv(place / "l.csv", ("path", "label", "group"), rows))
    assert dataset.notes == (
        "groups from column 'group' of l.csv: 2 groups; 1 image without a group is a group of its "
        "own: b.png",
    )


def test_a_name_that_means_two_groups_matches_no_file(place):
    path = write_csv(place / "l.csv", ("path", "label"), [(f"{n}.png", n in "ab") for n in "abcd"])
    write_csv(place / "p.csv", ("file", "group"), [("x/a.png", "p1"), ("y/a.png", "p2")])
    dataset = read(path, groups_file="p.csv")
    assert dataset.groups.tolist() == [f"file:{name}.png" for name in "abcd"]
    assert dataset.notes == (
        "groups from p.csv: 0 groups; 4 images without a row are groups of their own: "
        "a.png, b.png, c.png, d.png; 2 rows without an image: x/a.png, y/a.png",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; expected a header line and one row per image."),
        ("path,label\n", "holds no rows; expected a header line and one per image."),
        ("path,path\na,b\n", "has the column 'path' twice; rename one."),
    ],
)
def test_a_file_without_a_table_is_refused(content, message, place):
    path = place / "l.csv"
    path.write_text(content)
    assert refused(path) == f"{path} {message}"


def test_a_row_of_another_length_is_refused(place):
    (place / "l.csv").write_text("path,label\na.png,x\nb.png,y,z\n")
    assert refused(place / "l.csv") == (
        f"{place / 'l.csv'}, line 3: 3 cells, expected 2. Quote cells that hold the separator."
    )


def test_text_that_is_not_utf_8_is_refused(place):
    (place / "l.csv").write_bytes(b"path,label\n\xe9.png,x\n")
    assert refused(place / "l.csv") == (
        f"{place / 'l.csv'} is not UTF-8 text (invalid continuation byte); save it as UTF-8."
    )


def test_a_folder_is_no_table(place):
    assert refused(place) == (
        f"{place} is not a file; expected a CSV file with one row per image, by default with the "
        "columns path and label."
    )


def test_a_row_with_too_few_cells_has_advice_of_its_own(place):
    (place / "l.csv").write_text("path,label\na.png,x\nb.png\n")
    assert refused(place / "l.csv") == (
        f"{place / 'l.csv'}, line 3: 1 cell, expected 2. Complete the row or remove it."
    )


def test_a_quote_that_is_never_closed_names_the_line_of_its_row(place):
    (place / "l.csv").write_text('path,label\na.png,x\n"b.png,y\nc.png,x\nd.png,y\n')
    assert refused(place / "l.csv") == (
        f"{place / 'l.csv'}, line 3: a quote is opened and never closed; close it."
    )


def test_text_after_a_quote_names_its_line(place):
    (place / "l.csv").write_text('path,label\n"a.png"z,x\n')
    assert refused(place / "l.csv") == f"{place / 'l.csv'}, line 2: ',' expected after '\"'."


def test_a_nul_character_is_refused_with_its_line(place):
    (place / "l.csv").write_text("path,label\na.png,x\nb.png,y\0\n")
    assert refused(place / "l.csv") == (
        f"{place / 'l.csv'}, line 3 holds a NUL character; save it as UTF-8 text."
    )


def test_the_line_for_excel_and_empty_columns_are_passed_over(place):
    path = place / "l.csv"
    path.write_text("sep=;\npath;label;;\na,b.png;x;;\nb.png;y\nc.png;x;;;;\n")
    write_image(place / "a,b.png")
    assert read(path).names == ["a,b.png", "b.png", "c.png"]
    path.write_text("sep=;\npath;label\na.png;x;;z\n")
    assert refused(path) == (
        f"{path}, line 3: 4 cells, expected 2. Quote cells that hold the separator."
    )


def test_names_may_be_spelled_with_other_unicode_than_on_the_disk(place):
    for name in ("caf\u00e9", "cre\u0300me"):
        write_image(place / f"{name}.png")
    rows = [("cafe\u0301.png", "x"), ("cr\u00e8me.png", "y"), ("a.png", "x")]
    dataset = read(write_csv(place / "l.csv", ("path", "label"), rows))
    assert dataset.names == ["a.png", "caf\u00e9.png", "cre\u0300me.png"]
    assert all(dataset.images.raw([0, 1, 2]))


def test_a_folder_or_zip_with_one_csv_is_that_csv(place, tmp_path_factory):
    write_csv(place / "l.csv", ("path", "label"), [("a.png", "x"), ("b.png", "y")])
    assert read(place).names == ["a.png", "b.png"]
    packed = shutil.make_archive(tmp_path_factory.mktemp("zip") / "x", "zip", place)
    cache = tmp_path_factory.mktemp("cache")
    assert read_dataset("x", "csv", Path(packed), {}, cache=cache).names == ["a.png", "b.png"]
    write_csv(place / "groups.csv", ("file", "group"), [("a.png", "x")])
    assert refused(place) == (
        f"{place} holds 2 files *.csv, such as groups.csv and l.csv; name one of them as root."
    )
