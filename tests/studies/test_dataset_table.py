import numpy as np
import pytest
from PIL import Image

from small_study import study_table
from warmstart.core.places import cache_folder
from warmstart.data import prepare
from warmstart.errors import ConfigError
from warmstart.reports.table_formats import FORMATS
from warmstart.studies.dataset_table import dataset_table, format_of
from warmstart.studies.study_file import build_study


def rows_of(images, said=None, **more):
    table = study_table()
    table["datasets"] |= more
    table["targets"] = {"lesions": {"dataset": "lesions"}}
    found = dataset_table(
        build_study(table),
        base=images,
        cache=cache_folder(),
        say=(said if said is not None else []).append,
        step=lambda *_: None,
    )
    return found.set_index("dataset")


def test_every_dataset_has_a_row_also_unused_and_derived_ones(images):
    Image.new("RGB", (40, 30)).save(images / "lesions/benign/000.png")
    rows = rows_of(
        images,
        few={"derive": "lesions", "subset": {"n": 12}},
        small={"derive": "lesions", "resolution": 8, "grayscale": True},
    )
    assert list(rows.index) == ["shapes", "lesions", "few", "small"]
    assert rows["images"].tolist() == [36, 24, 12, 24]
    assert rows["roles"].tolist() == ["source", "target", "", ""]
    assert rows["reader"].tolist() == ["folder", "folder", "from lesions", "from lesions"]
    assert rows["width_max"].tolist() == [16, 40, rows.loc["few", "width_max"], 8]
    assert rows["channels"].tolist() == [3, 3, 3, 1]
    assert rows["groups"].tolist()[:2] == [18, 12]


def test_groups_stay_whole_numbers_where_one_dataset_has_none(images):
    (images / "lesions/groups.csv").unlink()
    rows = rows_of(images)
    assert rows["groups"].to_csv(header=False, lineterminator="\n") == "shapes,18\nlesions,\n"


def test_a_subset_is_not_decoded_again(images, monkeypatch):
    decoded = []
    real = prepare.decode
    monkeypatch.setattr(prepare, "decode", lambda *seen: decoded.append(1) or real(*seen))
    few = {"derive": "lesions", "subset": {"n": 16}}
    Image.new("RGB", (9, 9), "red").save(images / "lesions/benign/000.png")
    Image.new("RGB", (9, 9), "blue").save(images / "shapes/star/000.png")
    rows_of(images, few=few, fewer={"derive": "few", "subset": {"n": 12}})
    assert len(decoded) == 24 + 36


def test_images_that_cannot_be_read_are_counted(images):
    (images / "lesions/benign/000.png").write_bytes(b"")
    said = []
    rows = rows_of(images, said)
    assert rows.loc["lesions", "images"] == 24
    assert said == ["lesions: 1 of 24 images cannot be read; sizes are those of the others."]


def test_sizes_are_those_of_the_subset(images):
    rng = np.random.default_rng(0)
    for number, path in enumerate(sorted((images / "lesions").glob("*/*.png"))):
        noise = rng.integers(0, 255, (10 + number, 20, 3), np.uint8)
        Image.fromarray(noise).save(path)
    rows = rows_of(images, malignant={"derive": "lesions", "subset": {"n": 6}})
    assert rows.loc["lesions", "height_max"] == 33
    assert rows.loc["malignant", "height_median"] <= 33


@pytest.mark.parametrize(
    ("style", "file", "expected"),
    [
        (None, None, "markdown"),
        (None, "t.csv", "csv"),
        (None, "t.MD", "markdown"),
        (None, "t.tex", "latex"),
        (None, "t.html", "html"),
        ("latex", "t.txt", "latex"),
    ],
)
def test_the_format_follows_the_option_then_the_file(tmp_path, style, file, expected):
    assert format_of(style, file and tmp_path / file) is FORMATS[expected]


def test_a_suffix_that_is_no_format(tmp_path):
    with pytest.raises(ConfigError) as caught:
        format_of(None, tmp_path / "t.xlsx")
    assert str(caught.value) == (
        f"--out {tmp_path / 't.xlsx'}: the suffix '.xlsx' is no format; expected .csv, .md, "
        ".markdown, .tex, .html, .htm, or give --format."
    )
