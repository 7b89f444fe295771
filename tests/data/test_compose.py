import numpy as np
import pytest
from data_problems import made

from warmstart.data.compose import subset, subset_positions
from warmstart.errors import DataError

LABELS = np.repeat([0, 1, 2], [90, 9, 1])


def take(n=None, fraction=None, *, stratified=True, seed=0, labels=LABELS):
    return subset(made(labels), n=n, fraction=fraction, stratified=stratified, seed=seed)


@pytest.mark.parametrize("n", [3, 4, 10, 50, 99, 100])
@pytest.mark.parametrize("stratified", [True, False])
def test_a_subset_has_as_many_images_as_asked_for(n, stratified):
    part = take(n, stratified=stratified)
    assert len(part) == n
    assert (np.diff(part.rows) > 0).all()
    assert part.classes == ("a", "b", "c")


def test_a_fraction_is_rounded_to_images():
    assert len(take(fraction=0.254)) == 25
    assert len(take(fraction=1.0)) == 100


@pytest.mark.parametrize(
    ("n", "counts"), [(3, [1, 1, 1]), (20, [18, 1, 1]), (50, [45, 4, 1]), (100, [90, 9, 1])]
)
def test_classes_keep_their_shares_with_one_image_at_least(n, counts):
    assert np.bincount(take(n).labels).tolist() == counts


def test_every_label_keeps_an_image_that_has_it():
    rng = np.random.default_rng(0)
    labels = (rng.random((200, 5)) < (0.5, 0.3, 0.1, 0.02, 0.01)).astype(float)
    labels[0, :] = 1
    for seed in range(10):
        assert (take(5, labels=labels, seed=seed).labels == 1).any(axis=0).all()


def test_the_seed_decides_which_images():
    assert take(10).names == take(10).names
    assert take(10).names != take(10, seed=1).names


def test_positions_are_chosen_among_those_given():
    positions = np.arange(5, 95)
    chosen = subset_positions(LABELS, positions, 20, True, np.random.default_rng(0))
    assert set(chosen.tolist()) <= set(positions.tolist())
    assert np.bincount(LABELS[chosen]).tolist() == [19, 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 101}, "made: cannot take 101 of the 100 images of made."),
        ({"n": 0}, "made: cannot take 0 of the 100 images of made."),
        (
            {"n": 2},
            "made: 2 images are too few for one of each of 3 classes; take at least 3, or set "
            "stratified = false.",
        ),
        ({}, "made: a subset needs either n or fraction."),
        ({"n": 5, "fraction": 0.5}, "made: a subset needs either n or fraction."),
        ({"fraction": 1.5}, "made: fraction is 1.5; expected more than 0, at most 1."),
        ({"fraction": 0.0}, "made: fraction is 0; expected more than 0, at most 1."),
    ],
)
def test_an_impossible_subset_is_refused(options, message):
    with pytest.raises(DataError) as error:
        take(**options)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 101}, "some: cannot take 101 of the 100 images of made."),
        ({"fraction": 2.0}, "some: fraction is 2; expected more than 0, at most 1."),
        (
            {"n": 2},
            "some: 2 images are too few for one of each of 3 classes; take at least 3, or set "
            "stratified = false.",
        ),
    ],
)
def test_a_subset_with_a_name_is_refused_by_it(options, message):
    with pytest.raises(DataError) as error:
        subset(made(LABELS), name="some", **options)
    assert str(error.value) == message
    assert subset(made(LABELS), name="some", n=9).name == "some"


def test_fewer_images_than_labels_to_cover_are_refused():
    with pytest.raises(DataError) as error:
        take(1, labels=np.eye(3))
    assert str(error.value) == (
        "made: 1 image is too few for one of each of 3 labels; take at least 3, or set "
        "stratified = false."
    )


def test_the_papers_weights_draw_frequent_classes_too_often():
    labels = np.repeat([0, 1], [600, 300])
    draws = [
        subset(made(labels), fraction=0.01, stratified=False, weights="class_count", seed=seed)
        for seed in range(300)
    ]
    assert {len(draw) for draw in draws} == {9}
    share = np.mean([np.mean(draw.labels == 0) for draw in draws])
    # probability mass is proportional to n_k^2: 0.8, not the 0.667 of a plain draw
    assert share == pytest.approx(0.8, abs=0.03)


def test_weights_need_single_labels_and_no_stratification():
    message = 'made: weights = "class_count" needs one class per image, and stratified = false.'
    for labels, stratified in ((LABELS, True), (np.eye(4), False)):
        with pytest.raises(DataError) as caught:
            subset(made(labels), n=3, stratified=stratified, weights="class_count")
        assert str(caught.value) == message
