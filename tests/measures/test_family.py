"""Every measure of the table; a new one is tested before its author writes a test."""

import inspect
import math
import re
from dataclasses import fields, replace

import numpy as np
import pytest

from warmstart.errors import DataError
from warmstart.measures.invariance import invariances, made_up, value_on
from warmstart.measures.table import MEASURES

SCORES = [measure for measure in MEASURES.values() if measure.kind == "score"]
BOUNDS_IN_OTHER_WORDS = {"gbc", "colour"}
DRAWN = {
    "nleep": "a mixture started at random",
    "linear_probe": "folds drawn by place",
    "origin": "folds drawn by place",
}


def family(rows):
    return pytest.mark.parametrize("measure", list(rows), ids=lambda row: row.name)


any_measure = family(MEASURES.values())
any_of_features = family(
    row for row in MEASURES.values() if {"features", "activations"} & set(row.needs)
)
every = pytest.mark.parametrize("score", SCORES, ids=lambda score: score.name)


def value(score, features, labels, probabilities=None):
    arrays = {"features": features, "labels": labels, "source_probabilities": probabilities}
    return score.compute(*(arrays[need] for need in score.needs))


def of(score, data):
    return value(score, data.features, data.labels, data.probabilities)


@pytest.fixture
def data():
    return made_up(5, n=120)


@any_measure
def test_a_row_says_everything_and_its_function_is_documented(measure):
    texts = (measure.title, measure.formula, measure.range, measure.misleads, measure.cost)
    assert all(texts)
    assert measure.reference
    assert measure.compute.__doc__
    parameters = inspect.signature(measure.compute).parameters.values()
    positional = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    assert len(positional) == len(measure.needs)
    assert measure.grouped == any(p.name.startswith("groups") for p in parameters)


@any_measure
def test_the_bounds_of_a_measure_are_those_of_its_words_and_hold_its_values(measure):
    number = r"-?\d+(?:\.\d+)?"
    said = rf"(?:({number}) to|at least ({number})|({number}) or more|above ({number}),).*"
    low = re.match(said, measure.range)
    high = re.search(
        rf"(?:\bto ({number})\b|at most ({number})\b|below ({number})\b)", measure.range
    )
    expected = tuple(
        float(next(filter(None, found.groups()))) if found else end
        for found, end in ((low, -math.inf), (high, math.inf))
    )
    assert measure.bounds == expected or measure.name in BOUNDS_IN_OTHER_WORDS
    lowest, highest = measure.bounds
    assert lowest <= value_on(measure, lambda data: data) <= highest
    assert lowest <= value_on(measure, lambda data: data, n=24) <= highest


@every
def test_a_score_says_what_it_takes_and_gives(score):
    for part in ("Args", "Returns:", "Example:", "References:"):
        assert part in score.compute.__doc__


def in_single_precision(data):
    features, probabilities = (x.astype(np.float32) for x in (data.features, data.probabilities))
    return replace(data, features=features, probabilities=probabilities)


def read_only(data):
    for part in fields(data):
        getattr(data, part.name).flags.writeable = False
    return data


def with_nan(data):
    data.features[17, 3] = data.probabilities[17, 3] = np.nan
    return data


def without_images(data):
    return data.of_images(np.arange(0))


def with_absurd_numbers(factor):
    return lambda data: replace(data, features=factor * data.features)


REFUSED = {
    "features": r"features(_a)? row 17 holds NaN or inf; leave out or redo that image\.",
    "activations": r"activations_a row 17 holds NaN or inf; leave out or redo that image\.",
    "source_probabilities": r"source_probabilities row 17 holds NaN or inf; leave out or redo",
    "embedding": r"embedding_(a|source) entry 3 is NaN or inf; redo it\.",
}
"""What is said of numbers that are not finite; other arguments hold none."""


@any_measure
def test_any_measure_takes_single_precision_and_writes_to_nothing(measure):
    before = value_on(measure, read_only)
    assert np.isfinite(before)
    assert value_on(measure, in_single_precision) == pytest.approx(before, rel=1e-4)


@any_measure
def test_any_measure_names_what_is_not_finite(measure):
    if said := REFUSED.get(measure.needs[0]):
        with pytest.raises(DataError, match=said):
            value_on(measure, with_nan)
    else:
        assert set(measure.needs) <= {"labels", "answers", "images", "sizes"}


@any_measure
def test_any_measure_refuses_no_images_at_all(measure):
    if measure.needs[0] == "embedding":
        with pytest.raises(DataError, match=r"has shape \(0,\); expected \(d,\)"):
            measure.compute([], [])
    else:
        with pytest.raises(DataError, match=r"(have shape|of shape) \(0"):
            value_on(measure, without_images)


@any_of_features
@pytest.mark.parametrize("factor", [1e300, 1e-300])
def test_numbers_that_cannot_be_squared_are_refused(measure, factor):
    said = r"row 0 holds a number of size .*e\+300; expected at most 1e\+30: divide all"
    if factor < 1:
        said = r"are nowhere larger than .*e-300; expected 1e-30 somewhere: multiply all"
    with pytest.raises(DataError, match=said):
        value_on(measure, with_absurd_numbers(factor))


@any_measure
def test_large_and_small_numbers_are_a_value(measure):
    for factor in (1e12, 1e-12):
        assert np.isfinite(value_on(measure, with_absurd_numbers(factor)))


@any_measure
def test_any_measure_is_the_same_in_another_order(measure):
    found = invariances(measure)
    assert found["order of images"] is (measure.name not in DRAWN)
    assert found["names of classes"] in (True, None)


@any_measure
def test_any_measure_takes_lists(measure):
    class Listed:
        """Arguments as nested lists."""

        def __init__(self, data):
            self.data = data

        def argument(self, need):
            found = self.data.argument(need)
            return found if need == "images" else found.tolist()

    assert value_on(measure, Listed) == pytest.approx(value_on(measure, lambda data: data))


@family(row for row in SCORES if row.name not in DRAWN)
def test_the_order_of_images_is_irrelevant(measure, data, rng):
    shuffled = data.of_images(rng.permutation(len(data.labels)))
    assert of(measure, shuffled) == pytest.approx(of(measure, data), rel=1e-9)


@every
@pytest.mark.parametrize("names", [[5, 0, 2], [-3, 7, 1000], ["nevus", "benign", "malignant"]])
def test_the_names_of_classes_are_irrelevant(score, data, names):
    renamed = np.array(names)[data.labels]
    found = value(score, data.features, renamed, data.probabilities)
    assert found == pytest.approx(of(score, data), rel=1e-9)


@every
def test_classes_that_differ_score_higher_than_classes_drawn_at_random(score, rng):
    labels = np.repeat([0, 1, 2], 40)
    features = 3 * np.eye(3)[labels] @ rng.normal(size=(3, 6)) + rng.normal(size=(120, 6))
    probabilities = 0.8 * np.eye(5)[labels] + 0.04
    drawn = rng.permutation(labels)
    assert value(score, features, labels, probabilities) > value(
        score, features, drawn, probabilities
    )


@every
def test_more_features_than_images_are_fine(score):
    wide = made_up(2, n=40, d=70)
    assert np.isfinite(of(score, wide))


@every
def test_single_precision_gives_the_same_within_1e_4(score, data):
    single = value(
        score,
        data.features.astype(np.float32),
        data.labels,
        data.probabilities.astype(np.float32),
    )
    assert single == pytest.approx(of(score, data), rel=1e-4)


@every
def test_lists_and_small_integers_are_taken(score, data):
    whole = np.rint(10 * data.features)
    p = data.probabilities
    listed = value(score, whole.tolist(), data.labels.tolist(), p.tolist())
    small = value(score, whole.astype(np.uint8), data.labels.astype(np.int8), p)
    assert listed == small == value(score, whole, data.labels, p)


@every
def test_inputs_are_not_written_to(score, data):
    arrays = (data.features.copy(), data.labels.copy(), data.probabilities.copy())
    for array in arrays:
        array.flags.writeable = False
    value(score, *arrays)


@every
def test_an_image_that_is_not_finite_is_named(score, data):
    data.features[17, 3] = data.probabilities[17, 3] = np.nan
    name = "features" if "features" in score.needs else "source_probabilities"
    with pytest.raises(DataError) as error:
        of(score, data)
    assert str(error.value) == f"{name} row 17 holds NaN or inf; leave out or redo that image."


@every
def test_one_class_is_an_error(score, data):
    with pytest.raises(DataError) as error:
        value(score, data.features, np.full(120, 6), data.probabilities)
    assert str(error.value) == "labels hold one class only, 6; expected at least two."


@every
def test_lengths_that_differ_are_an_error(score, data):
    with pytest.raises(DataError) as error:
        value(score, data.features, data.labels[:-1], data.probabilities)
    assert str(error.value) == "labels are of 119 images and features of 120; expected as many."


@every
def test_no_images_are_an_error(score):
    with pytest.raises(DataError, match=r"have shape \(0, 3\); expected \(n, d\)"):
        value(score, np.empty((0, 3)), [], np.empty((0, 3)))


@family(row for row in SCORES if "features" in row.needs)
def test_features_that_never_differ_are_an_error(measure, data):
    with pytest.raises(DataError) as error:
        value(measure, np.full((120, 4), 0.1), data.labels)
    assert str(error.value) == "features are the same for every image; expected some that differ."


@every
def test_constant_features_are_fine(score, data):
    padded = np.pad(data.features, ((0, 0), (1, 2)), constant_values=0.1)
    assert np.isfinite(value(score, padded, data.labels, data.probabilities))


ONE_EACH = {
    "nleep": "nleep fits 30 Gaussians and there are 6 images; expected at least as many: choose a "
    "smaller per_class.",
    "parc": "no two images are of one class; parc needs a class of two images.",
    "sfda": "no class has two images whose features differ; discriminant analysis needs some "
    "spread within classes.",
    "linear_probe": "no fold holds two classes that other folds hold too; linear_probe needs at "
    "least two groups (without groups: images) of each of two classes.",
}
ONE_EACH["lda"] = ONE_EACH["ncti"] = ONE_EACH["sfda"]


@every
@pytest.mark.parametrize("d", [4, 9])
def test_one_image_per_class_is_a_value_or_a_clear_error(score, rng, d):
    features, p = rng.normal(size=(6, d)), rng.dirichlet(np.ones(4), size=6)
    if score.name not in ONE_EACH:
        assert np.isfinite(value(score, features, range(6), p))
        return
    with pytest.raises(DataError) as error:
        value(score, features, range(6), p)
    assert str(error.value) == ONE_EACH[score.name]


@every
def test_several_labels_are_the_mean_over_labels(score, data, rng):
    several = np.column_stack([data.labels == 2, data.labels == 0, rng.random(120) < 0.3])
    single = [value(score, data.features, y, data.probabilities) for y in several.T]
    together = value(score, data.features, several, data.probabilities)
    assert together == pytest.approx(np.mean(single), rel=1e-12)
