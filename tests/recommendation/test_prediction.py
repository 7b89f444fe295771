import numpy as np
import pytest
from synthetic_atlas import place, synthetic_places

from warmstart.analysis.practical import COUNTS
from warmstart.errors import DataError
from warmstart.recommendation.evaluation import RULE, evaluate
from warmstart.recommendation.likeness import likeness
from warmstart.recommendation.prediction import LEVEL, predict


def test_gains_of_the_target_and_of_its_relatives_are_not_looked_at():
    places = synthetic_places(8)
    other = [
        place(p.gains[::-1], p.target, p.origin, p.scores, names=[n for _, n in p.candidates])
        if p.origin == "origin-1"
        else p
        for p in places
    ]
    mine, theirs = predict(places, places[2]), predict(other, places[2].untried)
    assert (mine.draws == theirs.draws).all()
    assert mine.rule.weights == theirs.rule.weights


def test_the_same_seed_gives_the_same_numbers():
    places = synthetic_places(6)
    one, two, three = (predict(places, places[0], seed=seed) for seed in (1, 1, 2))
    assert (one.draws == two.draws).all()
    assert not (one.draws == three.draws).all()


def test_intervals_hold_the_truth_as_often_as_they_say():
    shares = [
        evaluate(synthetic_places(12, seed=seed))["coverage"].values[RULE] for seed in range(3)
    ]
    assert np.mean(shares) == pytest.approx(LEVEL, abs=0.05)


def test_probabilities_are_what_the_draws_say():
    places = synthetic_places(10, noise=0.2)
    told = predict(places, places[0].untried)
    assert told.best.sum() == pytest.approx(1)
    winners = np.argmax(told.draws, axis=1)
    assert told.best == pytest.approx(np.bincount(winners, minlength=12) / len(winners))
    near = [[draw.max() - outcome <= COUNTS for outcome in draw] for draw in told.draws]
    assert told.within == pytest.approx(np.mean(near, axis=0))
    assert (told.within >= told.best).all()
    assert told.draws.mean(axis=1) == pytest.approx(0, abs=1e-9)


def test_the_nearest_targets_are_named():
    places = synthetic_places(6)
    twin = place(
        [0.0] * 12, "new", scores=places[3].scores, names=[n for _, n in places[3].candidates]
    )
    own = [
        place(p.gains, p.target, p.origin, p.scores, names=[n for _, n in p.candidates])
        for p in places
    ]
    told = predict(own, twin.untried)
    assert told.nearest[0] == "target-3"
    assert told.seen is True


def test_a_target_like_none_of_the_atlas_gets_wider_intervals():
    places = [
        place(
            p.gains,
            p.target,
            p.origin,
            {"useful": np.linspace(0, 1, 12) + 0.3 * standard},
            names=[n for _, n in p.candidates],
        )
        for p, standard in zip(
            synthetic_places(12), np.random.default_rng(1).normal(size=(12, 12)), strict=True
        )
    ]
    names = [n for _, n in places[0].candidates]
    alike = place([0.0] * 12, "new", scores=places[0].scores, names=names)
    unlike = place([0.0] * 12, "new", scores={"useful": -np.linspace(0, 1, 12)}, names=names)
    near, far = predict(places, alike.untried), predict(places, unlike.untried)
    assert (near.seen, far.seen) == (True, False)
    assert np.ptp(far.interval, axis=0).mean() > 1.1 * np.ptp(near.interval, axis=0).mean()


def test_what_was_tried_nowhere_is_less_sure_by_what_experience_was_worth():
    """Without scores its standing may be that of any candidate on any target."""
    gains = [[80.0, 84.0, 90.0], [80.0, 90.0, 86.0], [85.0, 80.0, 91.0]]
    known = [place(own, t, names="abc") for t, own in zip("tuv", gains, strict=True)]
    told = predict(known, place([0, 0, 0, 0], "new", names="abcz").untried)
    assert told.gains[:3].tolist() == sorted(told.gains[:3])
    spread = np.mean([p.spread for p in known])
    untried = np.concatenate([p.standing for p in known])
    # experience of two other targets and an average one
    others = [np.mean([q.standing for q in known if q is not p], axis=0) for p in known]
    tried = untried - np.concatenate([2 / 3 * own for own in others])
    # each draw has mean 0: a quarter of all four errors is taken off
    variance = (3 / 4) ** 2 * untried.var() + 3 * (1 / 4) ** 2 * tried.var()
    assert told.draws[:, 3].std() == pytest.approx(spread * np.sqrt(variance), rel=0.03)
    width = np.ptp(told.interval, axis=0)
    assert width[3] > width[:3].max()


def test_errors_come_from_targets_that_know_one_of_the_candidates():
    known = [place([80.0, 84.0, 90.0 + i], t, names="abc") for i, t in enumerate("tuv")]
    wild = [place([10.0, 90.0], t, names="yx") for t in "mno"]
    new = place([0, 0], "new", names="ac").untried
    widths = [np.ptp(predict(a, new).interval, axis=0) for a in ([*known, *wild], known, wild)]
    assert widths[0].max() < 1.5 * widths[1].max() < 0.5 * widths[2].min()


def test_likeness_does_not_depend_on_candidates_that_only_one_side_has():
    scores = {"m": [1.0, 5.0], "n": [2.0, 9.0], "o": [3.0, 4.0]}
    two = place([0, 0], "two", scores=scores, names="ab")
    more = place(np.zeros(4), "more", names="abcd",
                 scores={k: [*v, 100.0, -70.0] for k, v in scores.items()})  # fmt: skip
    assert likeness(two, more) == pytest.approx(1) == pytest.approx(likeness(more, two))


def test_without_scores_no_likeness_is_known():
    told = predict([place([1, 2, 3], t) for t in "tuv"], place([0, 0, 0], "new").untried)
    assert (told.seen, told.nearest) == (None, ())


def test_an_empty_atlas_knows_nothing_and_says_so():
    told = predict([], place([0, 0], "new").untried)
    assert told.best.tolist() == [0.5, 0.5]
    assert np.isnan(told.interval).all()
    assert np.isnan(told.within).all()


def test_one_candidate_is_the_best():
    told = predict([place([1, 2, 3], t) for t in "tuvw"], place([0], "new").untried)
    assert told.best.tolist() == [1]
    assert told.within.tolist() == [1]


def test_no_candidate_is_an_error():
    with pytest.raises(DataError) as error:
        predict([], place([], "new").untried)
    assert str(error.value) == "new has no candidates; name at least one source."


def test_likeness_is_the_correlation_of_what_both_know():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 8))
    a = place(np.zeros(8), "a", scores={"m": x, "own": y})
    b = place(np.zeros(6), "b", scores={"m": 3 * y[2:] + 1}, names="cdefgh")
    expected = np.corrcoef(x[2:], y[2:])[0, 1]
    assert likeness(a, b) == pytest.approx(expected) == pytest.approx(likeness(b, a))
    assert np.isnan(likeness(a, place([1, 2], "c", scores={"m": [1.0, 2.0]})))
