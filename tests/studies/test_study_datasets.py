"""Derived datasets, mixtures and series of sizes, from the study file to the images."""

import numpy as np
import pytest

from small_study import study_table
from warmstart.data.checks import NO_GROUPS
from warmstart.data.dataset import View
from warmstart.errors import ConfigError, DataError
from warmstart.studies.consistency import target_datasets
from warmstart.studies.datasets import clean_pairs, joins_duplicates, read_datasets
from warmstart.studies.series import expanded
from warmstart.studies.study_file import build_study


def table(**sections):
    """The small study with more datasets."""
    changed = study_table(targets={"lesions": {"dataset": "lesions"}})
    changed["datasets"] |= sections
    return changed


def read(images, **sections):
    study = build_study(table(**sections))
    return read_datasets(study, [*sections, "lesions", "shapes"], images)


def test_a_derived_dataset_has_other_classes_then_fewer_images_then_another_look(images):
    made = read(
        images,
        coarse={
            "derive": "shapes",
            "classes": {"merge": {"angular": ["square", "star"]}},
            "subset": {"n": 12},
            "grayscale": True,
            "resolution": 8,
        },
    )["coarse"]
    assert made.classes == ("circle", "angular")
    assert np.bincount(made.labels).tolist() == [4, 8]
    assert made.view == View(grayscale=True, resolution=8)
    assert made.name == "coarse"


def test_a_dataset_may_be_derived_from_a_derived_one_in_any_order_of_the_file(images):
    made = read(
        images,
        second={"derive": "first", "subset": {"n": 4}},
        first={"derive": "lesions", "subset": {"n": 8}},
    )
    assert set(made["second"].names) < set(made["first"].names) < set(made["lesions"].names)


def test_a_mixture_has_the_images_of_its_members(images):
    made = read(images, both={"mix": {"datasets": ["shapes", "lesions"], "labels": "apart"}})
    assert len(made["both"]) == len(made["shapes"]) + len(made["lesions"])
    assert made["both"].classes[0] == "shapes: circle"
    assert made["both"].groups[0] == "0: patient-circle-0"


def test_groups_may_be_left_out(images):
    made = read(images, loose={"derive": "lesions", "regroup": "none"})
    assert made["lesions"].groups is not None
    assert made["loose"].groups is None


@pytest.mark.parametrize(
    ("section", "note"),
    [
        ({"subset": {"n": 12}}, "12 of 36 images of shapes"),
        ({"regroup": "none"}, "36 of 36 images of shapes; every image its own group"),
        (
            {"classes": {"keep": ["circle", "star"]}, "grayscale": True, "resolution": 8},
            "24 of 36 images of shapes; classes kept: circle, star; shown at 8 x 8; without "
            "colours",
        ),
        (
            {"classes": {"merge": {"angular": ["square", "star"]}}},
            "36 of 36 images of shapes; classes merged: angular (square, star)",
        ),
    ],
)
def test_a_derived_dataset_has_one_note_of_its_own(images, section, note):
    made = read(images, some={"derive": "shapes", **section})
    assert made["shapes"].notes == ("groups from groups.csv: 18 groups",)
    assert made["some"].notes == (note,)
    assert made["some"].warnings == ((NO_GROUPS,) if "regroup" in section else ())


def test_warnings_of_the_parent_stay(images):
    (images / "shapes" / "groups.csv").unlink()
    assert read(images, some={"derive": "shapes", "subset": {"n": 9}})["some"].warnings == (
        NO_GROUPS,
    )


def test_a_subset_that_cannot_be_is_told_by_its_own_name(images):
    with pytest.raises(DataError) as caught:
        read(images, some={"derive": "shapes", "subset": {"n": 100}})
    assert str(caught.value) == "some: cannot take 100 of the 36 images of shapes."


def test_a_list_of_sizes_is_a_dataset_for_each_size_inside_the_larger_one(images):
    changed = table(few={"derive": "lesions", "subset": {"n": [6, 12], "seed": 3}})
    changed["sources"]["few"] = {"start": "dataset:few", "pretrain": {"epochs": 2}}
    changed["targets"]["few"] = {"dataset": "few"}
    study = build_study(changed)
    assert list(study.datasets)[2:] == ["few-12", "few-6"]
    assert study.datasets["few-6"].derive == "few-12"
    assert study.sources["few-6"].start == "dataset:few-6"
    assert study.sources["few-12"].pretrain == {"epochs": 2}
    assert target_datasets(study) == {"lesions": "lesions", "few-6": "few-6", "few-12": "few-12"}
    made = read_datasets(study, ["few-12", "few-6"], images)
    assert [len(dataset) for dataset in made.values()] == [12, 6]
    assert set(made["few-6"].names) < set(made["few-12"].names)


def test_a_list_of_training_images_is_an_arm_for_each():
    study = build_study(
        study_table(arms={"n": {"train_images": [4, 8], "tune": "head"}, "full": {}})
    )
    assert list(study.arms) == ["n-4", "n-8", "full"]
    assert study.arms["n-8"].train_images == 8
    assert study.arms["n-8"].tune == "head"


@pytest.mark.parametrize("sizes", [["6"], [True], 6, None])
def test_what_is_no_list_of_sizes_is_left_for_the_check(sizes):
    changed = {"datasets": {"few": {"derive": "lesions", "subset": {"n": sizes}}}, "arms": 3}
    assert expanded(changed) == changed


SERIES = {"derive": "lesions", "subset": {"n": [6, 12]}}
SMALL = {"derive": "lesions", "subset": {"n": 4}}


def refused(changed):
    with pytest.raises(ConfigError) as caught:
        build_study(changed, where="study.toml")
    return str(caught.value)


@pytest.mark.parametrize("order", [("few", "few-12"), ("few-12", "few")])
def test_a_series_makes_no_dataset_that_the_file_names(order):
    sections = {"few": SERIES, "few-12": SMALL}
    assert refused(table(**{name: sections[name] for name in order})) == (
        "study.toml: [datasets.few.subset] n = [6, 12]: makes few-12, which the file names too; "
        "rename one."
    )


def test_series_of_sources_targets_and_arms_make_nothing_that_the_file_names():
    changed = table(few=SERIES)
    changed["sources"] |= {"few": {"start": "dataset:few"}, "few-6": {"start": "timm"}}
    changed["targets"] |= {name: {"dataset": "few"} for name in ("t", "t-6")}
    changed["targets"]["t-12"] = {"dataset": "lesions"}
    changed["arms"] = {"n": {"train_images": [4, 8]}, "n-4": {}, "n-8": {"tune": "head"}}
    assert refused(changed).splitlines() == [
        "study.toml: 3 problems:",
        '  [sources.few] start = "dataset:few": makes few-6, which the file names too; rename one.',
        '  [targets.t] dataset = "few": makes t-6, t-12, which the file names too; rename one.',
        "  [arms.n] train_images = [4, 8]: makes n-4, n-8, which the file names too; rename one.",
    ]


def test_an_empty_list_of_sizes_is_refused():
    changed = table(few={"derive": "lesions", "subset": {"n": []}})
    changed["arms"] = {"n": {"train_images": []}}
    assert refused(changed).splitlines() == [
        "study.toml: 2 problems:",
        "  [datasets.few.subset] n = []: expected a whole number or a list of at least one.",
        "  [arms.n] train_images = []: expected a whole number or a list of at least one.",
    ]


def test_an_arm_that_names_a_series_of_sources_has_all_of_them():
    changed = table(few=SERIES)
    changed["sources"]["few"] = {"start": "dataset:few"}
    changed["arms"] = {"n": {"train_images": [4, 8], "sources": ["few", "shapes"]}}
    arms = build_study(changed).arms
    assert [arm.sources for arm in arms.values()] == [("few-6", "few-12", "shapes")] * 2


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"datasets": {"both": {"mix": {"datasets": ["few", "shapes"]}}}},
            "[datasets.both] 'few' is a series: few-6, few-12; say which.",
        ),
        (
            {"datasets": {"less": {"derive": "few", "grayscale": True}}},
            "[datasets.less] 'few' is a series: few-6, few-12; say which.",
        ),
        (
            {"pairs": {"few->lesions": {"finetune": {}}}},
            "[pairs.'few->lesions'] 'few' is a series: few-6, few-12; say which.",
        ),
        (
            {"pairs": {"shapes->t": {"finetune": {}}}, "targets": {"t": {"dataset": "few"}}},
            "[pairs.'shapes->t'] 't' is a series: t-6, t-12; say which.",
        ),
    ],
)
def test_a_series_named_where_one_of_it_is_meant_is_told(changes, line):
    changed = table(few=SERIES)
    changed["sources"]["few"] = {"start": "dataset:few"}
    for key, sections in changes.items():
        changed[key] = changed.get(key, {}) | sections
    assert refused(changed) == f"study.toml: {line}"


def test_written_out_tables_do_not_change_what_was_given():
    given = {"arms": {"n": {"train_images": [4, 8]}}}
    expanded(given)
    assert given == {"arms": {"n": {"train_images": [4, 8]}}}


def test_the_clean_one_of_two_targets_of_the_same_images_is_known():
    changed = table(
        clean={"derive": "lesions", "regroup": "duplicates"},
        loose={"derive": "lesions", "regroup": "none"},
        small={"derive": "lesions", "regroup": "duplicates", "subset": {"n": 9}},
    )
    changed["targets"] |= {name: {"dataset": name} for name in ("clean", "loose", "small")}
    study = build_study(changed)
    assert clean_pairs(study) == [("lesions", "clean"), ("loose", "lesions")]
    assert joins_duplicates(study, "clean")
    assert not joins_duplicates(study, "lesions")
