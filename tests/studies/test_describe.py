from pathlib import Path

import numpy as np
import pytest
from data_problems import write_csv, write_image
from PIL import Image

from small_study import write_images
from warmstart.core.places import cache_folder
from warmstart.data.dataset import Dataset
from warmstart.data.sources import ImageArray
from warmstart.errors import ConfigError, DataError
from warmstart.studies.describe import describe_lines
from warmstart.studies.one_dataset import look_at, name_of, read_one


def looked_at(dataset):
    return look_at(dataset, cache_folder(), lambda *_: None)


def described(reader, root, *, every_class=False, **named):
    looked = looked_at(read_one(reader, root, **named))
    return list(describe_lines(looked, every_class=every_class))


def pictured(labels, classes, **columns):
    """A dataset of random images in memory."""
    labels = np.asarray(labels)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (len(labels), 8, 8, 3), np.uint8)
    return Dataset(
        name="d",
        images=ImageArray(pixels, [f"{i:03d}" for i in range(len(labels))]),
        rows=np.arange(len(labels)),
        labels=labels,
        classes=classes,
        **columns,
    )


def test_a_folder_is_described_whole(tmp_path):
    folder = write_images(tmp_path / "lesions", ("benign", "maligne Läsion", "正常"))
    Image.new("L", (40, 30)).save(folder / "benign/100.png")
    Image.new("L", (40, 30)).save(folder / "benign/101.png")
    assert described("folder", folder) == [
        "lesions: 38 images, 3 classes",
        "  images per class  12 to 14, mean 12.7",
        "  width in pixels   16 to 40, median 16",
        "  height in pixels  16 to 30, median 16",
        "  channels          3",
        "  groups            20; images in each: 1 to 2, mean 1.9",
        "  official parts    none",
        "",
        "class           images",
        "benign              14  ████████████████████████",
        "maligne Läsion      12  █████████████████████",
        "正常                12  █████████████████████",
        "",
        "note: groups from groups.csv: 18 groups; 2 images without a row are groups of "
        "their own: benign/100.png, benign/101.png",
    ]


def test_official_parts_have_columns(tmp_path):
    rows = [[f"{i}.png", "ab"[i % 2], "train" if i < 6 else "test"] for i in range(9)]
    for path, _, _ in rows:
        write_image(tmp_path / path, mode="L", value=int(path[0]))
    table = write_csv(tmp_path / "labels.csv", ["path", "label", "split"], rows)
    lines = described("csv", table)
    assert lines[4:] == [
        "  channels          1 (every image is greyscale)",
        "  groups            not known",
        "  official parts    train 6, test 3",
        "",
        "class  images  train  test",
        "a           5      3     2  ████████████████████████",
        "b           4      3     1  ███████████████████",
        "",
        "warning: no groups known: AUC will be too high if patients have several images",
    ]


def test_several_labels_per_image():
    labels = [[1, 0], [1, 1], [0, 0], [np.nan, 1.0]]
    lines = list(describe_lines(looked_at(pictured(labels, ("mass", "edema")))))
    assert lines[:4] == [
        "d: 4 images, 2 yes/no labels",
        "  images per label  2",
        "  labels per image  0 to 2, mean 1; 1 without any",
        "  labels not known  12.5 %",
    ]
    assert lines[-3:-1] == [
        "mass        2  ████████████████████████",
        "edema       2  ████████████████████████",
    ]


def test_a_class_of_one_image_has_a_bar(tmp_path):
    labels = np.repeat([0, 1], [200, 1])
    lines = list(describe_lines(looked_at(pictured(labels, ("many", "one")))))
    assert lines[-2] == "one         1  ▏"


@pytest.fixture
def thousand():
    counts = np.arange(1000) % 7 + 1
    return looked_at(
        pictured(np.repeat(np.arange(1000), counts), tuple(f"n{i:04d}" for i in range(1000)))
    )


def test_of_many_classes_the_largest_and_the_smallest_are_listed(thousand):
    lines = list(describe_lines(thousand))
    rows = lines[lines.index("") + 2 : -1]
    assert len(rows) == 20 + 1 + 20
    assert rows[0] == "n0006       7  ████████████████████████"
    assert rows[20] == "... 960 more with 1 to 7 images each; --all lists every one ..."
    assert rows[-1] == "n0994       1  ███"


def test_every_class_is_listed_on_request(thousand):
    lines = list(describe_lines(thousand, every_class=True))
    assert sum(line.startswith("n0") for line in lines) == 1000


def test_unreadable_images_are_named_and_stop_nothing(tmp_path):
    folder = write_images(tmp_path / "x", ("a", "b"))
    (folder / "a/000.png").write_bytes(b"")
    (folder / "b/003.png").write_bytes(b"no image")
    lines = described("folder", folder)
    assert lines[0] == "x: 24 images, 2 classes; 22 can be read and are counted below"
    assert lines[1] == "  images per class  11"
    assert lines[9:11] == [
        "a          11  ████████████████████████",
        "b          11  ████████████████████████",
    ]
    assert lines[-3] == "warning: 2 of 24 images cannot be read:"
    assert lines[-2] == "  a/000.png (the file is empty or cannot be opened)"
    assert lines[-1].startswith("  b/003.png (cannot identify image file")


def test_many_unreadable_images_are_counted(tmp_path):
    folder = write_images(tmp_path / "x", ("a", "b"), per_class=40)
    for path in sorted(folder.glob("*/*.png"))[1:]:
        path.write_bytes(b"")
    assert described("folder", folder)[-1] == "  ... and 29 more"


def test_images_of_16_bits_need_a_window(tmp_path):
    folder = write_images(tmp_path / "x", ("a", "b"))
    Image.fromarray(np.full((9, 9), 3000, np.uint16)).save(folder / "a/000.png")
    with pytest.raises(DataError, match=r"x: a/000.png has more than 8 bits .* window = \[0, 4095"):
        described("folder", folder)
    assert described("folder", folder, changes=["window=[0, 4095]"])


def test_a_table_is_named_as_for_a_new_study(tmp_path):
    folder = write_images(tmp_path / "images", ("a", "b"))
    rows = [[path.relative_to(folder).as_posix(), path.parent.name] for path in folder.glob("*/*")]
    table = write_csv(tmp_path / "labels.csv", ["file", "dx"], rows)
    columns = {"path_column": "file", "label_column": "dx"}
    dataset = read_one("csv", folder, labels=table, columns=columns)
    assert (dataset.name, dataset.classes, len(dataset)) == ("images", ("a", "b"), 24)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (
            {"labels": "labels.csv"},
            "--labels is for the reader csv, not folder; options of folder are given with --set, "
            "see `warmstart datasets list folder`.",
        ),
        (
            {"columns": {"label_column": "dx"}},
            "--label-column is for the reader csv, not folder; options of folder are given with "
            "--set, see `warmstart datasets list folder`.",
        ),
        (
            {"changes": ["groups"]},
            "--set 'groups' should read KEY=VALUE, such as groups=false.",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path, named, message):
    with pytest.raises(ConfigError) as caught:
        read_one("folder", tmp_path, **named)
    assert str(caught.value) == message


def test_a_reader_without_its_root():
    with pytest.raises(ConfigError) as caught:
        read_one("folder", None)
    assert str(caught.value) == (
        "Reader 'folder' needs a ROOT: a folder with one sub-folder of images per class."
    )


def test_a_root_that_no_one_reads_is_refused():
    with pytest.raises(ConfigError) as caught:
        read_one("demo-photos", Path("x"))
    assert str(caught.value) == "Reader 'demo-photos' needs no ROOT; leave out 'x'."


def test_one_image_with_one_label_is_not_several():
    lines = list(describe_lines(looked_at(pictured([[1.0]], ("mass",)))))
    assert lines[0] == "d: 1 image, 1 yes/no label"


def test_a_label_without_an_image_has_no_bar():
    lines = list(describe_lines(looked_at(pictured([[0.0, 0.0]], ("mass", "edema")))))
    assert lines[-3:-1] == ["mass        0", "edema       0"]


def test_a_reader_that_needs_no_root_names_the_dataset():
    pytest.importorskip("skimage")
    assert read_one("demo-medical", None, changes=["image=fundus"]).name == "demo-medical"


def test_an_archive_gives_its_name_without_suffixes(tmp_path):
    (tmp_path / "dtd.tar.gz").touch()
    assert name_of(tmp_path / "dtd.tar.gz") == "dtd"
