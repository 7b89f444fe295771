import shutil

import numpy as np
import pytest
from data_problems import write_csv
from release import build
from releases.chexpert import FINDINGS, FIVE, HEADER, IMAGES, row, rows, write_tables

from warmstart.data.readers import READERS, read_dataset
from warmstart.errors import ConfigError, DataError

UNCERTAIN = "train/patient00002/study2/view1_frontal.jpg"
NAMES = [name for name, _, _ in IMAGES]


@pytest.fixture
def root(tmp_path):
    return build("chexpert", tmp_path).root


def read(root, **options):
    return read_dataset("x", "chexpert", root, options)


def refused(root, error=DataError, **options):
    with pytest.raises(error) as caught:
        read(root, **options)
    return str(caught.value)


def labels_of(dataset, name=UNCERTAIN):
    values = dataset.labels[dataset.names.index(name)].tolist()
    return dict(zip(dataset.classes, values, strict=True))


def test_by_default_the_five_of_the_competition_are_read_with_the_common_policy(root):
    dataset = read(root)
    assert dataset.classes == FIVE
    assert labels_of(dataset) == {
        "Atelectasis": 1,
        "Cardiomegaly": 0,
        "Consolidation": 1,
        "Edema": 1,
        "Pleural Effusion": 0,
    }
    assert dataset.notes == (
        "uncertain labels: Atelectasis 1 became 1, Cardiomegaly 2 became 0, Edema 1 became 1, "
        "Pleural Effusion 1 became 0",
        "blank labels: 13 became 0",
    )
    assert dataset.warnings == ("7 images, but 223,648 were published",)


@pytest.mark.parametrize(
    ("uncertain", "expected"),
    [
        ("zeros", [0, 0, 1, 0, 0]),
        ("ones", [1, 1, 1, 1, 1]),
        ("ignore", [np.nan, np.nan, 1, np.nan, np.nan]),
        ("mixed", [1, 0, 1, 1, 0]),
        ({"Edema": "ignore", "Cardiomegaly": "ones"}, [0, 1, 1, np.nan, 0]),
    ],
)
def test_uncertain_findings_become_what_the_study_says(uncertain, expected, root):
    found = list(labels_of(read(root, uncertain=uncertain)).values())
    assert np.array_equal(found, expected, equal_nan=True)


def test_the_notes_say_what_becomes_missing(root):
    dataset = read(root, uncertain="ignore", blank="ignore")
    assert dataset.notes == (
        "uncertain labels: Atelectasis 1 became missing, Cardiomegaly 2 became missing, "
        "Edema 1 became missing, Pleural Effusion 1 became missing",
        "blank labels: 13 became missing",
    )
    first = list(labels_of(dataset, NAMES[0]).values())
    assert np.isnan(first).all()


def test_labels_may_be_all_or_some(root):
    for name in ("train.csv", "valid.csv"):
        path = root / name
        lines = path.read_text().splitlines()
        extra = [(f"a/patient9{name[0]}{n}/study1/view1_frontal.jpg") for n in range(4)]
        for number, image in enumerate(extra):
            value = str(float(number % 2))
            lines.append(",".join([image, "Male", "5", "Frontal", "PA", *([value] * 14)]))
            (root / image).parent.mkdir(parents=True)
            shutil.copy(root / NAMES[0], root / image)
        path.write_text("\n".join(lines))
    assert read(root, labels="all").classes == FINDINGS
    assert read(root, labels=["Fracture", "Edema"]).classes == ("Fracture", "Edema")


def test_wrong_options_are_told_in_one_line_each(root):
    of_findings = ", ".join(f"'{name}'" for name in FINDINGS[:-1]) + " or 'Support Devices'"
    assert refused(root, ConfigError, labels=["Oedema"]) == (
        "[datasets.x] labels = \"Oedema\" is wrong for reader 'chexpert': Input should be "
        f"{of_findings}."
    )
    assert refused(root, ConfigError, labels=[]) == (
        "[datasets.x] labels = [] is wrong for reader 'chexpert': Name at least one."
    )
    assert refused(root, ConfigError, labels="every") == (
        "[datasets.x] labels = \"every\" is wrong for reader 'chexpert': Input should be 'all'."
    )
    assert refused(root, ConfigError, uncertain="one") == (
        "[datasets.x] uncertain = \"one\" is wrong for reader 'chexpert': Input should be "
        "'mixed', 'zeros', 'ones' or 'ignore'."
    )
    assert refused(root, ConfigError, uncertain={"Edema": "one"}) == (
        "[datasets.x] uncertain = \"one\" is wrong for reader 'chexpert': Input should be "
        "'zeros', 'ones' or 'ignore'."
    )


def test_views_may_be_chosen(root):
    frontal, lateral = read(root, views="frontal"), read(root, views="all")
    assert frontal.names == [name for name in NAMES if "frontal" in name]
    assert lateral.names == NAMES
    assert frontal.notes[-1] == "frontal views only: 1 of other views are not read"
    assert frontal.warnings == ("6 images, but 191,229 were published",)


def test_images_of_views_that_are_not_read_may_be_missing(root):
    (root / NAMES[2]).unlink()
    assert len(read(root, views="frontal")) == 6
    assert refused(root).startswith(
        f"{root}/train.csv, line 4: 1 of 5 images is not under {root}: "
    )


def test_an_unknown_view_names_its_line(root):
    wrong = list(rows("train")[0])
    wrong[3] = "Oblique"
    write_tables(root, train=[wrong])
    assert refused(root) == (
        f"{root}/train.csv, line 2: Frontal/Lateral is 'Oblique'; expected Frontal or Lateral. "
        "Fetch the table again."
    )


def test_a_path_that_is_none_of_an_image_names_its_line(root):
    write_tables(root, train=[("train/1.jpg", *rows("train")[0][1:])])
    assert refused(root) == (
        f"{root}/train.csv, line 2: Path is 'train/1.jpg'; expected one that ends like "
        "patient00001/study1/view1_frontal.jpg. Fetch the table again."
    )


def test_whole_numbers_are_read_too(root):
    integers = [[str(cell).removesuffix(".0") for cell in cells] for cells in rows("train")]
    before = read(root).labels.tolist()
    write_tables(root, train=integers)
    assert read(root).labels.tolist() == before


def test_a_user_may_point_at_the_folder_that_holds_it_or_at_a_table(root):
    for place in (root.parent, root.parent.parent, root / "train.csv"):
        dataset = read(place)
        assert (dataset.images.root, dataset.names) == (root, NAMES)


def test_the_folders_of_the_four_archives_of_the_full_release_are_read_as_they_are(root):
    whole = root.parent / "chexpertchestxrays-u20210408"
    first = whole / "CheXpert-v1.0 batch 1 (validate & csv)"
    shutil.copytree(root / "valid", first / "valid")
    for number, patient in enumerate(("patient00001", "patient00002", "patient00003"), start=2):
        batch = whole / f"CheXpert-v1.0 batch {number} (train {number - 1})"
        shutil.copytree(root / "train" / patient, batch / patient)
    for part, name in (("train", "train.csv"), ("valid", "valid.csv")):
        there = [row(image, found, "CheXpert-v1.0") for image, found, _ in IMAGES if part in image]
        write_csv(first / name, HEADER, there)
    shutil.rmtree(root)
    dataset = read(whole)
    assert dataset.names[0] == (
        "CheXpert-v1.0 batch 1 (validate & csv)/valid/patient64541/study1/view1_frontal.jpg"
    )
    assert dataset.names[2:] == [
        f"CheXpert-v1.0 batch {number + 1} (train {number})/{name.removeprefix('train/')}"
        for number in (1, 2, 3)
        for name in NAMES
        if name.startswith(f"train/patient0000{number}")
    ]
    assert dataset.split.tolist() == ["validation"] * 2 + ["train"] * 5


def test_a_copy_in_deeper_folders_is_left_out_loudly(root):
    copy = root / "CheXpert-v1.0-small" / NAMES[0]
    copy.parent.mkdir(parents=True)
    shutil.copy(root / NAMES[0], copy)
    dataset = read(root)
    assert dataset.names == NAMES
    assert dataset.warnings[0] == (
        f"1 image under {root} is not in train.csv or valid.csv and was left out: "
        f"CheXpert-v1.0-small/{NAMES[0]}"
    )


def test_a_copy_in_as_many_folders_is_refused(root):
    copy = root / NAMES[0].replace("train", "train 2")
    copy.parent.mkdir(parents=True)
    shutil.copy(root / NAMES[0], copy)
    assert refused(root) == (
        f"{root} holds patient00001/study1/view1_frontal twice, "
        "train 2/patient00001/study1/view1_frontal.jpg and "
        "train/patient00001/study1/view1_frontal.jpg; remove one."
    )


def test_without_the_validation_table_the_training_part_is_read(root):
    (root / "valid.csv").unlink()
    dataset = read(root, labels=["Atelectasis", "Edema"])
    assert set(dataset.split.tolist()) == {"train"}
    assert dataset.warnings == (
        f"no validation part: {root}/valid.csv is not there",
        f"2 images under {root} are not in train.csv or valid.csv and were left out: "
        f"{NAMES[5]}, {NAMES[6]}",
        "5 images, but 223,648 were published",
    )


def test_the_validation_part_may_be_read_alone(root):
    (root / "train.csv").replace(root / "valid.csv")
    shutil.rmtree(root / "valid")
    (root / "train").rename(root / "valid")
    dataset = read(root, labels=["Atelectasis", "Edema"])
    assert len(dataset) == 5
    assert set(dataset.split.tolist()) == {"validation"}
    assert dataset.warnings == (
        f"no training part: {root}/train.csv is not there",
        "5 images, but 223,648 were published",
    )


def test_images_for_training_without_their_table_are_refused(root):
    (root / "train.csv").unlink()
    assert refused(root) == f"{root} holds no train.csv; expected {READERS['chexpert'].expects}."
