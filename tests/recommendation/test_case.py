"""What is said of how often the rule was right, of the starting points at hand."""

from dataclasses import replace

import pytest
from synthetic_atlas import synthetic_places

from warmstart.recommendation.case import judge
from warmstart.recommendation.conclusion import record
from warmstart.recommendation.evaluation import evaluate
from warmstart.recommendation.starting_points import StartingPoint


def points(*candidates):
    return [StartingPoint(source=source, network=net, start="random") for net, source in candidates]


def test_the_rule_is_judged_where_a_start_was_tried_and_learns_from_everywhere():
    places = synthetic_places(10)
    tried = [one.among(one.candidates[:6]) for one in places[:4]]
    rest = [one.among(one.candidates[6:]) for one in places[4:]]
    whole = evaluate(tried + rest)["regret"]
    found = judge(tried + rest, points(("net", "source-0"), ("z", "q")), "new")["regret"]
    assert found.targets == whole.targets[:4]
    for way, values in found.values.items():
        assert values.tolist() == whole.values[way][:4].tolist()


@pytest.mark.parametrize("start", [("net", "Source-3"), ("NET", "source-3")])
def test_starts_and_the_target_are_known_in_any_spelling(start):
    places = synthetic_places(8)
    found = judge(places, points(start), "TARGET-2")["regret"]
    assert "target-2" not in found.targets
    assert len(found.targets) == 7


def test_experience_without_a_network_is_judged_too():
    places = [
        replace(one, candidates=tuple(("", source) for _, source in one.candidates))
        for one in synthetic_places(8)
    ]
    found = judge(places, points(("net", "source-3")), "new")["regret"]
    assert len(found.targets) == 8


@pytest.mark.parametrize("start", [("other", "source-3"), ("net", "nowhere")])
def test_without_two_targets_that_know_a_start_nothing_is_judged(start):
    assert judge(synthetic_places(8), points(start), "new") is None
    assert judge(synthetic_places(2), points(("net", "source-3")), "new") is None  # one origin
    assert record(None, "imagenet") == (
        "How much this rule loses is not known: the atlas has no two unrelated targets on which "
        "one of these starting points was compared with others."
    )
