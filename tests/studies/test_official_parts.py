import numpy as np
import pytest

from warmstart.data.dataset import Dataset
from warmstart.errors import ConfigError, DataError
from warmstart.studies.datasets import read_datasets
from warmstart.studies.official_parts import OfficialParts
from warmstart.studies.study_file import build_study


class Named:
    names = tuple(f"{i}.png" for i in range(12))


def dataset(*parts, labels=None):
    split = np.repeat([name for name, _ in parts], [count for _, count in parts])
    n = len(split)
    return Dataset(
        name="x",
        images=Named(),
        rows=np.arange(n),
        labels=np.arange(n) % 2 if labels is None else np.array(labels),
        classes=("a", "b"),
        split=split,
    )


@pytest.mark.parametrize(
    ("parts", "used", "sentence"),
    [
        (
            [("train", 6), ("validation", 2), ("test", 4)],
            ("train", "validation"),
            "The official test part (4 images) was left untouched, for a last evaluation; folds "
            "are of the training and validation part (6 and 2 images).",
        ),
        (
            [("train", 6), ("test", 1)],
            ("train",),
            "The official test part (1 image) was left untouched, for a last evaluation; folds "
            "are of the training part (6 images).",
        ),
        (
            [("train", 6), ("validation", 2)],
            ("train", "validation"),
            "The official training and validation part (6 and 2 images) were pooled; folds are "
            "of both.",
        ),
        (
            [("validation", 4), ("test", 4)],
            ("validation", "test"),
            "The official validation and test part (4 and 4 images) were pooled; folds are of "
            "both.",
        ),
        ([("train", 6)], ("train",), ""),
        ([("test", 6)], ("test",), ""),
    ],
)
def test_the_test_part_is_spared_where_there_is_one_to_train_on(parts, used, sentence):
    whole = dataset(*parts)
    found = OfficialParts.of(whole)
    assert found.used == used
    assert found.sentence == sentence
    assert set(found.used_of(whole).split) == set(used)
    assert len(found.used_of(whole)) == sum(count for name, count in parts if name in used)


def test_a_class_in_the_test_part_only_cannot_be_learned():
    whole = dataset(("train", 4), ("test", 2), labels=[0, 0, 0, 0, 1, 0])
    with pytest.raises(DataError) as raised:
        OfficialParts.of(whole).used_of(whole)
    assert str(raised.value) == (
        "x: class 'b' has no image; add images or leave it out. Images of the official test part, "
        "2 here, do not count: they are left for a last evaluation."
    )


def parts_study(folder, subset):
    rows = [f"{i}.png,{'ab'[i % 2]},{p}" for i, p in enumerate(["train"] * 6 + ["test"] * 4)]
    (folder / "t.csv").write_text("path,label,split\n" + "\n".join(rows) + "\n")
    for i in range(10):
        (folder / f"{i}.png").touch()
    return build_study(
        {
            "datasets": {
                "x": {"reader": "csv", "root": str(folder / "t.csv")},
                "some": {"derive": "x", "subset": subset},
            },
            "targets": {"some": {"dataset": "some"}},
        }
    )


@pytest.mark.parametrize(
    ("subset", "names"),
    [
        ({"parts": ["train"]}, {f"{i}.png" for i in range(6)}),
        ({"parts": ["test", "validation"]}, {f"{i}.png" for i in range(6, 10)}),
        ({"parts": ["train", "test"]}, {f"{i}.png" for i in range(10)}),
    ],
)
def test_a_study_can_take_some_official_parts(tmp_path, subset, names):
    study = parts_study(tmp_path, subset)
    (found,) = read_datasets(study, ["some"], tmp_path).values()
    assert set(found.names) == names


def test_a_number_is_drawn_from_the_parts(tmp_path):
    study = parts_study(tmp_path, {"parts": ["test"], "n": 2})
    (found,) = read_datasets(study, ["some"], tmp_path).values()
    assert len(found) == 2
    assert set(found.names) <= {f"{i}.png" for i in range(6, 10)}
    assert found.notes == ("2 of 10 images of x; official parts: test",)


def test_parts_that_are_not_there(tmp_path):
    study = parts_study(tmp_path, {"parts": ["validation"]})
    with pytest.raises(DataError) as raised:
        read_datasets(study, ["some"], tmp_path)
    assert str(raised.value) == (
        "x has no image in its official parts validation; it has: test, train."
    )
    table = tmp_path / "t.csv"
    table.write_text(table.read_text().replace("split", "other"))
    with pytest.raises(DataError) as raised:
        read_datasets(study, ["some"], tmp_path)
    assert str(raised.value) == "x has no official parts; leave out parts = ...."


def test_a_subset_says_which_images(tmp_path):
    for subset in ({}, {"n": 2, "fraction": 0.5}, {"parts": ["train"], "n": 2, "fraction": 0.5}):
        with pytest.raises(ConfigError) as raised:
            parts_study(tmp_path, subset)
        assert "[datasets.some] subset needs either n or fraction" in str(raised.value)
