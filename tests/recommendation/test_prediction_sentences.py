"""What a prediction is said to rest on: nothing that was not known of these starting points."""

import pytest

from warmstart.recommendation.prediction_sentences import named, rests_on, used_measures
from warmstart.recommendation.rule import Rule
from warmstart.recommendation.starting_points import StartingPoint

NAN = float("nan")
POINTS = [StartingPoint(source=name, network="net", start="random") for name in "abc"]
ALL = [("net", name) for name in "abc"]


def rule(tried=ALL, weights=None, trust=1.0):
    return Rule(
        experience=dict.fromkeys(tried, 0.5), trust=trust, weights=weights or {}, shrinkage=1.0
    )


def test_a_measure_is_named_if_it_has_a_weight_and_two_can_be_compared_by_it():
    scores = [{"leep": 1.0, "kid": 2.0, "knn": 0.5, "lda": NAN}, {"leep": NAN, "knn": 0.6}, {}]
    weights = {"leep": 0.3, "kid": 0.2, "knn": 0.1, "lda": 0.1, "classes_difference": 0.4}
    assert used_measures(scores, rule(weights=weights)) == ["knn"]
    assert used_measures([{"knn": 0.5, "lda": 0.5}] * 2, rule(weights={"lda": 1.0})) == ["lda"]


BOTH = [{"knn": 0.5, "linear_probe": 0.5}] * 3


@pytest.mark.parametrize(
    ("scores", "told", "sentence"),
    [
        (
            [{}] * 3,
            rule(),
            "What they gain was predicted from what each gained on other targets.",
        ),
        (
            [{}] * 3,
            rule(trust=0.7),
            "What they gain was predicted from what each gained on other targets, with weights "
            "fitted to other targets.",
        ),
        (
            BOTH,
            rule(weights={"knn": 0.2, "linear_probe": 0.1, "leep": 0.9}),
            "What they gain was predicted from what each gained on other targets and from measures "
            "of them on the images (knn and linear probe), with weights fitted to other targets.",
        ),
        (
            BOTH,
            rule(ALL[:1], {"knn": 0.2}),
            "What they gain was predicted from what a with net gained on other targets and from "
            "measures of them on the images (knn), with weights fitted to other targets; b with "
            "net and c with net were not tried there and count as average.",
        ),
        (
            [{}] * 3,
            rule(ALL[:2]),
            "What they gain was predicted from what a with net and b with net gained on other "
            "targets; c with net was not tried there and counts as average.",
        ),
        (
            [{}] * 3,
            rule([("net", "a"), ("other", "b")]),
            "What they gain was predicted from what a with net gained on other targets and from "
            "what the source of b with net gained on other targets with other networks; c with net "
            "was not tried there and counts as average.",
        ),
        (
            BOTH,
            rule([("net", "elsewhere")], {"knn": 0.2}),
            "What they gain was predicted from measures of them on the images (knn), with weights "
            "fitted to other targets; none of them was tried there.",
        ),
        (
            BOTH,
            rule([("net", "elsewhere")], {"leep": 0.2}),
            "Nothing that is known of them tells them apart: the prediction takes all as equal.",
        ),
        (
            [{}] * 3,
            rule(trust=0.0),
            "Nothing that is known of them tells them apart: the prediction takes all as equal.",
        ),
        (
            BOTH,
            rule(weights={"knn": 0.2}, trust=0.0),
            "What they gain was predicted from measures of them on the images (knn), with weights "
            "fitted to other targets.",
        ),
    ],
)
def test_what_a_prediction_rests_on(scores, told, sentence):
    assert rests_on(POINTS, scores, told) == sentence


def test_of_many_names_the_first_are_said():
    names = [f"n{i}" for i in range(14)]
    assert named(names[:3]) == "n0, n1 and n2"
    assert named(names) == f"{', '.join(names[:12])} and 2 more"


def test_experience_counts_in_any_spelling_and_without_a_network():
    tried = [("net", "a"), ("", "b"), ("other", "c")]
    points = [StartingPoint(source=name, network="Net", start="random") for name in "ABC"]
    assert rests_on(points, [{}] * 3, rule(tried)) == (
        "What they gain was predicted from what A with Net and B with Net gained on other targets "
        "and from what the source of C with Net gained on other targets with other networks."
    )
