from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from synthetic_atlas import CANDIDATES, place, synthetic_places

from warmstart.analysis.experience import standardised
from warmstart.recommendation.prediction import predict
from warmstart.recommendation.rule import experience_of, fit, learn, others


def test_experience_is_the_mean_standing_on_targets_and_one_average_target():
    places = [place([1.0, 2.0, 3.0], "t"), place([5.0, 1.0], "u", names="ad")]
    told = experience_of(places)
    up = np.sqrt(1.5)
    assert told["", "a"] == pytest.approx((-up + 1) / 3)
    assert told["", "b"] == pytest.approx(0)
    assert told["", "c"] == pytest.approx(up / 2)
    assert told["", "d"] == pytest.approx(-1 / 2)


def test_weights_are_the_penalised_minimum_over_weights_that_are_not_negative():
    places = synthetic_places(6, seed=3)
    penalty = 0.3
    rule = fit(places, [penalty])[0]
    names = ["useful", "useless"]

    def loss(weights):
        total, count = 0.0, 0
        for one in places:
            told = experience_of(others(places, one))
            parts = [np.array([told[c] for c in one.candidates])]
            parts += [standardised(one.scores[name]) for name in names]
            expected = sum(w * (p - p.mean()) for w, p in zip(weights, parts, strict=True))
            total += float(((one.standing - expected) ** 2).sum())
            count += len(expected)
        return total + penalty * count * float((np.asarray(weights[1:]) ** 2).sum())

    best = minimize(loss, [0.5, 0.5, 0.5], bounds=[(0, None)] * 3, tol=1e-12).x
    found = [rule.trust, *(rule.weights.get(name, 0.0) for name in names)]
    assert found == pytest.approx(best, abs=1e-4)


def test_a_score_that_says_the_rest_gets_weight_and_noise_hardly_any():
    rule = learn(synthetic_places())
    assert rule.weights["useful"] > 0.4
    assert rule.weights.get("useless", 0.0) < 0.1
    assert rule.trust > 0.4


def test_without_any_use_for_scores_experience_is_left_alone():
    places = synthetic_places(score=0.0, noise=0.3, targets=16)
    rule = learn(places)
    assert rule.shrinkage >= 3
    assert sum(rule.weights.values()) < 0.1
    assert rule.trust == pytest.approx(1, abs=0.15)


def test_a_harmful_score_gets_no_weight():
    places = [
        place(p.gains, p.target, p.origin, {"upside-down": -p.scores["useful"]})
        for p in synthetic_places(experience=0.0)
    ]
    assert learn(places).weights == {}


def test_neither_the_target_nor_its_relatives_enter():
    places = synthetic_places(8)
    known = others(places, places[2])
    assert {p.target for p in known} == {f"target-{i}" for i in (0, 1, 4, 5, 6, 7)}


def test_few_origins_leave_experience_alone():
    places = synthetic_places(4)  # two origins
    assert (learn(places).trust, learn(places).weights) == (1, {})


@pytest.mark.parametrize(("origins", "fitted"), [(3, False), (4, True), (5, True)])
def test_weights_are_fitted_only_where_the_rules_it_is_judged_by_were_fitted_too(origins, fitted):
    places = synthetic_places(2 * origins)
    judges = [predict(places, one.untried, judged=True).rule for one in places]
    assert bool(learn(places).weights) == fitted
    assert all(bool(rule.weights) == fitted for rule in judges)


def test_an_empty_atlas_calls_all_candidates_equal():
    target = synthetic_places(1)[0].untried
    assert learn([]).expected(target).tolist() == [0.0] * len(CANDIDATES)


def test_one_target_in_the_atlas_is_experience():
    known = place([1.0, 2.0, 9.0])
    expected = learn([known]).expected(place([0, 0, 0], "new").untried)
    assert np.argsort(expected).tolist() == [0, 1, 2]


def test_candidates_tried_nowhere_count_as_average():
    known = [place([1.0, 3.0], t, names="ab") for t in "tuv"]
    expected = learn(known).expected(place([0, 0, 0], "new", names="abz").untried)
    assert expected[0] < expected[2] < expected[1]


def test_a_source_that_was_tried_with_other_networks_counts_as_it_did_there():
    def nets(gains, target, candidates):
        return replace(place(gains, target), candidates=candidates)

    tried = (("x", "a"), ("y", "a"), ("x", "b"))
    known = [nets([1.0, 5.0, 9.0], t, tried) for t in "tuv"]
    new = nets([0, 0, 0, 0], "new", (("z", "a"), ("z", "b"), ("x", "a"), ("z", "c"))).untried
    rule = learn(known)
    x_a, y_a, x_b = (rule.experience[c] for c in tried)
    told = np.array([(x_a + y_a) / 2, x_b, x_a, 0.0])
    assert rule.expected(new) == pytest.approx(told - told.mean())


def test_what_is_told_without_a_network_counts_in_every_network():
    def nets(gains, target, candidates):
        return replace(place(gains, target), candidates=candidates)

    named = nets([1.0, 3.0], "t", (("x", "a"), ("x", "b")))
    unnamed = nets([9.0, 5.0], "u", (("", "a"), ("", "c")))
    rule = learn([named, unnamed])
    assert rule.experience == {
        ("x", "a"): pytest.approx((-1 + 1) / 3),
        ("x", "b"): pytest.approx(1 / 2),
        ("", "a"): pytest.approx((-1 + 1) / 3),
        ("", "c"): pytest.approx(-1 / 2),
    }
    new = (("x", "a"), ("x", "b"), ("x", "c"), ("y", "b"), ("y", "c"), ("y", "d"))
    assert [rule.knows(one) for one in new] == [True, True, True, False, True, False]
    told = np.array([0, 1 / 2, -1 / 2, 1 / 2, -1 / 2, 0])
    assert rule.expected(nets([0] * 6, "new", new).untried) == pytest.approx(told)


@pytest.mark.parametrize(
    "renamed",
    [
        lambda candidate: ("", candidate[1]),
        lambda candidate: ("NET", candidate[1].title()),
    ],
)
def test_no_network_and_another_spelling_are_the_same_experience(renamed):
    places = synthetic_places(10)
    other = [
        replace(one, candidates=tuple(map(renamed, one.candidates)), origin=one.origin.upper())
        for one in places[:8]
    ]
    plain = predict(places[:8], places[8].untried)
    found = predict(other, places[8].untried)
    assert found.expected.tolist() == plain.expected.tolist()
    assert found.draws.tolist() == plain.draws.tolist()


def test_targets_and_origins_are_relatives_in_any_spelling():
    one = place([1.0, 2.0], "brain", "Scans")
    places = [
        place([1.0, 2.0], "BRAIN", "x"),
        place([1.0, 2.0], "liver", "scans"),
        place([1.0, 2.0], "Brains", "scan"),
    ]
    assert [p.target for p in others(places, one)] == ["Brains"]


def test_missing_cells_and_missing_scores_say_nothing():
    places = synthetic_places(8)
    holes = [
        place(
            p.gains[: 12 - i],
            p.target,
            p.origin,
            {"useful": np.where(np.arange(12 - i) == i, np.nan, p.scores["useful"][: 12 - i])},
            names=[f"s{j}" for j in range(12 - i)],
        )
        for i, p in enumerate(places)
    ]
    expected = learn(holes[:6]).expected(holes[7].untried)
    assert np.isfinite(expected).all()
    assert expected.mean() == pytest.approx(0, abs=1e-12)


def test_targets_on_which_all_are_equal_teach_nothing():
    flat = place([70.0, 70.0, 70.0], "flat")
    assert flat.standing.tolist() == [0, 0, 0]
    assert learn([flat, place([1, 2, 3], "u")]).trust == 1


def test_the_order_of_candidates_and_the_scale_of_scores_change_nothing():
    places = synthetic_places(8)
    turned = [
        place(
            p.gains[::-1] / 100,
            p.target,
            p.origin,
            {name: 5 + 2 * own[::-1] for name, own in p.scores.items()},
            names=[name for _, name in reversed(p.candidates)],
        )
        for p in places
    ]
    plain = [
        place(p.gains, p.target, p.origin, p.scores, names=[n for _, n in p.candidates])
        for p in places
    ]
    mine = learn(plain[:6]).expected(plain[7].untried)
    theirs = learn(turned[:6]).expected(turned[7].untried)
    assert theirs[::-1] == pytest.approx(mine, abs=1e-9)
