"""Properties over random problems: one class or several labels, with and without groups."""

import numpy as np
import pytest
from data_problems import made

from warmstart.data.checks import check_dataset, class_members, units
from warmstart.data.folds import fold_numbers, pretraining_parts, split_parts
from warmstart.errors import DataError

FOLDS = 3


def problem(seed, *, grouped=True, several=False):
    """Imbalanced classes or rare labels; groups of one to five images, of mixed classes."""
    rng = np.random.default_rng(seed)
    n, classes = int(rng.integers(150, 300)), int(rng.integers(2, 6))
    groups = np.repeat(np.arange(n), rng.integers(1, 6, n))[:n] if grouped else None
    if several:
        labels = (rng.random((n, classes)) < rng.uniform(0.1, 0.5, classes)).astype(float)
        labels[rng.random(labels.shape) < 0.05] = np.nan
    else:
        shares = rng.dirichlet(np.full(classes, 5.0)) * 0.7 + 0.3 / classes
        labels = rng.choice(classes, n, p=shares)
    return check_dataset(made(labels, groups))


every_kind = pytest.mark.parametrize(
    ("grouped", "several"),
    [(True, False), (False, False), (True, True), (False, True)],
    ids=["groups", "images", "groups of several labels", "images of several labels"],
)
every_seed = pytest.mark.parametrize("seed", range(8))
every_split = pytest.mark.parametrize("split", ["kfold", "described", "paper"])


def all_parts(dataset, split, *, seed=0, validation=True):
    return [
        split_parts(dataset, split=split, folds=FOLDS, fold=f, seed=seed, validation=validation)
        for f in range(FOLDS)
    ]


@every_kind
@every_seed
@every_split
def test_no_group_crosses_parts(split, seed, grouped, several):
    dataset = problem(seed, grouped=grouped, several=several)
    group = units(dataset)
    for parts in all_parts(dataset, split):
        train, validation, test = (
            set(group[p].tolist()) for p in (parts.train, parts.validation, parts.test)
        )
        assert not train & test
        assert not train & validation
        assert validation == test if split == "paper" else not validation & test


@every_kind
@every_seed
def test_every_image_is_tested_exactly_once(seed, grouped, several):
    dataset = problem(seed, grouped=grouped, several=several)
    for validation in (False, True):
        parts = all_parts(dataset, "kfold", validation=validation)
        tested = np.concatenate([part.test for part in parts])
        assert np.array_equal(np.sort(tested), np.arange(len(dataset)))


@every_kind
@every_seed
@every_split
def test_parts_together_are_all_images_in_ascending_order(split, seed, grouped, several):
    dataset = problem(seed, grouped=grouped, several=several)
    for parts in all_parts(dataset, split):
        together = np.concatenate([parts.train, parts.validation, parts.test])
        assert np.array_equal(np.unique(together), np.arange(len(dataset)))
        for part in (parts.train, parts.validation, parts.test):
            assert (np.diff(part) > 0).all()
            assert part.dtype == np.int64


@every_kind
@every_seed
def test_folds_have_their_share_of_every_class(seed, grouped, several):
    dataset = problem(seed, grouped=grouped, several=several)
    members, folds = class_members(dataset), fold_numbers(dataset, FOLDS, 0)
    counts = np.array([members[folds == f].sum(axis=0) for f in range(FOLDS)])
    sizes = np.bincount(folds)
    most = 5 if grouped else 3 if several else 1  # one group more or less
    assert (np.ptp(counts, axis=0) <= most).all()
    assert np.ptp(sizes) <= len(dataset) * 0.05 + most


@every_seed
def test_folds_are_as_balanced_as_those_of_scikit_learn(seed):
    from sklearn.model_selection import StratifiedGroupKFold

    dataset = problem(seed)
    members, theirs = class_members(dataset), np.empty(len(dataset), int)
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    parts = splitter.split(np.zeros(len(dataset)), dataset.labels, dataset.groups)
    for fold, (_, test) in enumerate(parts):
        theirs[test] = fold

    def imbalance(folds):
        counts = np.array([members[folds == f].sum(axis=0) for f in range(FOLDS)])
        return (counts.std(axis=0) / counts.sum(axis=0)).max()

    one_image = 1 / members.sum(axis=0).min()
    assert imbalance(fold_numbers(dataset, FOLDS, seed)) <= imbalance(theirs) + one_image


@every_kind
def test_the_seed_decides_the_folds(grouped, several):
    dataset = problem(0, grouped=grouped, several=several)
    first = fold_numbers(dataset, FOLDS, 0)
    assert np.array_equal(first, fold_numbers(dataset, FOLDS, 0))
    assert not np.array_equal(first, fold_numbers(dataset, FOLDS, 1))


def test_names_of_groups_do_not_decide_the_folds():
    labels, groups = np.arange(40) % 2, np.arange(40) // 2
    first = fold_numbers(made(labels, [f"{g:02d}" for g in groups]), FOLDS, 0)
    assert np.array_equal(
        first, fold_numbers(made(labels, [f"p{g:02d}" for g in groups]), FOLDS, 0)
    )


@every_seed
def test_validation_is_a_tenth_of_all_images_and_asked_for(seed):
    dataset = problem(seed)
    for parts in all_parts(dataset, "kfold"):
        assert len(parts.validation) == pytest.approx(len(dataset) / 10, abs=6)
    for parts in all_parts(dataset, "kfold", validation=False):
        assert len(parts.validation) == 0
    for parts in all_parts(dataset, "described", validation=False):
        assert len(parts.validation) == pytest.approx(len(parts.test), abs=6)


@every_kind
@every_seed
def test_training_and_test_have_every_class(seed, grouped, several):
    dataset = problem(seed, grouped=grouped, several=several)
    members = class_members(dataset)
    for parts in all_parts(dataset, "described"):
        assert members[parts.train].any(axis=0).all()
        assert members[parts.test].any(axis=0).all()


@every_kind
@every_seed
def test_pretraining_has_parts_of_80_10_10_without_a_common_group(seed, grouped, several):
    dataset = problem(seed, grouped=grouped, several=several)
    parts, group = pretraining_parts(dataset, seed=0), units(dataset)
    sizes = np.array([len(p) for p in (parts.train, parts.validation, parts.test)])
    assert np.abs(sizes / len(dataset) - (0.8, 0.1, 0.1)).max() < 0.04
    sets = [set(group[p].tolist()) for p in (parts.train, parts.validation, parts.test)]
    assert sum(map(len, sets)) == len(set.union(*sets)) == len(np.unique(group))


@pytest.mark.parametrize("images", [2, 3, 4, 10])
@pytest.mark.parametrize("classes", [2, 3, 20])
def test_a_small_source_has_no_empty_part_and_trains_on_every_class(images, classes):
    dataset = made(np.repeat(np.arange(classes), images), classes=tuple(map(str, range(classes))))
    parts = pretraining_parts(dataset, seed=0)
    assert len(parts.validation) > 0
    assert len(parts.test) > 0
    assert len(set(dataset.labels[parts.train].tolist())) == classes
    if images * classes >= 30:
        assert len(parts.train) / len(dataset) > 0.6


def test_two_groups_are_too_few_to_pretrain_on():
    dataset = made([0, 1, 0, 1], [1, 1, 2, 2])
    with pytest.raises(DataError) as error:
        pretraining_parts(dataset, seed=0)
    assert str(error.value) == (
        "made: 2 groups are too few to pretrain on; training, validation and test part each need "
        "some."
    )


def test_a_class_without_enough_groups_is_refused_before_splitting():
    dataset = made([0] * 6 + [1] * 6, [1, 2, 3, 4, 5, 6, 7, 7, 7, 8, 8, 8])
    with pytest.raises(DataError, match="class 'b' has 2 groups, fewer than the 3 folds"):
        all_parts(dataset, "kfold")


def test_a_class_missing_from_a_test_half_is_refused():
    dataset = made(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * 2))
    with pytest.raises(DataError) as error:
        all_parts(dataset, "described")
    assert str(error.value) == (
        "made, fold 0: label 'a' is not both 0 and 1 in the test part; lower protocol.folds, take "
        "another seed or merge the class."
    )


def official(parts, groups=None, labels=None):
    labels = np.arange(len(parts)) % 2 if labels is None else labels
    return made(labels, groups, split=parts)


def take_official(dataset, *, fold=0, validation=True):
    return split_parts(dataset, split="official", folds=5, fold=fold, seed=0, validation=validation)


def test_official_parts_are_the_releases_own():
    parts = take_official(official(["train"] * 4 + ["test"] * 3 + ["validation"] * 2))
    assert parts.train.tolist() == [0, 1, 2, 3]
    assert parts.test.tolist() == [4, 5, 6]
    assert parts.validation.tolist() == [7, 8]


def test_a_missing_official_validation_part_is_cut_from_training_when_asked_for():
    dataset = official(["train"] * 60 + ["test"] * 20, groups=np.arange(80) // 2)
    parts = take_official(dataset)
    assert len(parts.validation) == pytest.approx(8, abs=2)
    assert not set(dataset.groups[parts.validation]) & set(dataset.groups[parts.train])
    assert parts.test.tolist() == list(range(60, 80))
    assert len(take_official(dataset, validation=False).validation) == 0


@pytest.mark.parametrize(
    ("dataset", "fold", "message"),
    [
        (
            made([0, 1]),
            0,
            "made has no official parts; choose another protocol.split, or give the dataset a "
            "column of train, validation and test.",
        ),
        (
            official(["train", "train", "test", "test"]),
            1,
            "made: the official split has one fold, 0, and not 1.",
        ),
        (
            official(["train", "train", "test", "test"], ["p1", "p2", "p2", "p1"]),
            0,
            "made: 2 groups have images in several official parts, which makes the AUC too high; "
            'use another protocol.split, or derive a dataset with regroup = "none" to accept it.',
        ),
        (
            official(["train", "validation", "test", "test"], ["p1", "p1", "p1", "p2"]),
            0,
            "made: 1 group has images in several official parts, which makes the AUC too high; "
            'use another protocol.split, or derive a dataset with regroup = "none" to accept it.',
        ),
        (
            official(["train", "train", "test", "test"], labels=np.array([0, 1, 1, 1])),
            0,
            "made, fold 0: class 'a' has no image in the test part; lower protocol.folds, take "
            "another seed or merge the class.",
        ),
    ],
)
def test_an_impossible_official_split_is_refused(dataset, fold, message):
    with pytest.raises(DataError) as error:
        take_official(dataset, fold=fold)
    assert str(error.value) == message
