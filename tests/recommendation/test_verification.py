import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import nct, t

from warmstart.errors import ConfigError
from warmstart.recommendation.verification import Plan, Trial, evidence, state, verify


def plan(**changes):
    fields = {
        "candidates": ("a", "b", "c", "d"),
        "expected": np.zeros(4),
        "doubt": np.full(4, 3.0),
        "noise": 0.5,
        "bias": (1.0, 0.5, 0.0),
        "folds": 3,
        "epochs": (1, 3, 9),
    }
    return Plan(**(fields | changes))


TRUTH = {"a": 80.0, "b": 85.0, "c": 90.0, "d": 70.0}


def noisy(seed, spread=0.5, truth=TRUTH):
    rng = np.random.default_rng(seed)
    told = {}

    def train(candidate, fold, epochs):
        key = (candidate, fold, epochs)
        told.setdefault(key, truth[candidate] + fold + epochs + spread * rng.normal())
        return told[key]

    return train


def test_the_best_is_found_where_differences_are_large():
    for seed in range(20):
        done = list(verify(plan(), noisy(seed)))
        assert state(plan(), done).leader == "c"
        assert len(done) < 4 * 3 * 3


def test_the_better_half_goes_on_and_two_at_least():
    # nothing settles this: all are as good, and one training says hardly anything
    same = plan(noise=50.0, bias=(0.0, 0.0, 0.0))
    done = list(verify(same, noisy(0, truth=dict.fromkeys("abcd", 80.0))))
    counts = [len({t.candidate for t in done if t.epochs == e}) for e in (1, 3, 9)]
    assert counts == [4, 2, 2]  # short trainings alone do not decide between the last two


def test_what_failed_in_short_is_not_trained_for_longer():
    two = plan(candidates=("a", "d"), expected=np.zeros(2), doubt=np.full(2, 3.0))
    broken = noisy(0)
    done = list(verify(two, lambda c, f, e: np.nan if c == "d" else broken(c, f, e)))
    assert {trial.epochs for trial in done} == {1}
    assert state(two, done).leader == "a"


def test_an_interrupted_verification_goes_on_where_it_stopped():
    whole = list(verify(plan(), noisy(1)))
    for done, trial in enumerate(whole):
        assert state(plan(), whole[:done]).job == (trial.candidate, trial.fold, trial.epochs)
    assert state(plan(), whole).job is None


def test_there_is_an_answer_before_anything_is_trained_and_after_every_trial():
    one = plan(expected=np.array([2.0, 1.0, 0.0, -1.0]))
    assert state(one, []).leader == "a"
    done = []
    for trial in verify(one, noisy(2)):
        done.append(trial)
        assert state(one, done).leader in one.candidates


def test_the_order_of_trials_is_irrelevant():
    done = list(verify(plan(), noisy(3)))[:7]
    assert state(plan(), done) == state(plan(), done[::-1])


def test_belief_is_the_precision_weighted_mean():
    two = plan(
        candidates=("a", "b"),
        expected=np.array([1.0, 0.0]),
        doubt=np.array([2.0, 1.0]),
        folds=2,
        epochs=(1,),
        bias=(0.5,),
        noise=1.0,
    )
    # b - a: predicted -1 with variance 5; seen d with variance 2 (0.25 + 1) = 2.5 in one fold
    border = 1.0 * 2.5 / 5
    for seen, leader in ((border - 0.01, "a"), (border + 0.01, "b")):
        done = [Trial("a", 0, 1, 80.0), Trial("b", 0, 1, 80.0 + seen)]
        assert state(two, done).leader == leader


def test_it_stops_when_the_rest_cannot_be_better_by_more_than_counts():
    sure = plan(bias=(0.05, 0.0, 0.0), noise=0.05)
    done = list(verify(sure, noisy(4, spread=0.05, truth=dict.fromkeys("abcd", 80.0))))
    end = state(sure, done)
    assert {t.epochs for t in done} == {1}
    assert (end.job, end.ruled_out) == (None, ())


def test_failed_trainings_are_left_out():
    def train(candidate, fold, epochs):
        return float("nan") if candidate == "b" else TRUTH[candidate] + 0.1 * fold

    end = state(plan(), list(verify(plan(), train)))
    assert end.leader == "c"
    nothing = list(verify(plan(), lambda c, f, e: float("nan")))
    assert state(plan(), nothing).leader == "a"


def test_one_candidate_needs_no_training():
    alone = plan(candidates=("a",), expected=np.zeros(1), doubt=np.ones(1))
    assert list(verify(alone, noisy(0))) == []
    assert state(alone, []).leader == "a"


def test_a_clearly_worse_candidate_is_ruled_out_and_an_equal_one_hardly_ever():
    long = plan(folds=8, bias=(0.0, 0.0, 0.0), noise=5.0)
    done = list(verify(long, noisy(5, spread=0.3)))
    assert "d" in state(long, done).ruled_out
    wrong = 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        same = list(verify(long, lambda c, f, e, rng=rng: 80 + rng.normal()))
        wrong += bool(state(long, same).ruled_out)
    assert wrong / 25 <= 0.12


def test_evidence_is_the_bayes_factor_of_the_t_test():
    rng = np.random.default_rng(0)
    for count, shift in ((3, 0.5), (8, 0.0), (20, 1.0)):
        x = rng.normal(shift, 2.0, size=count)
        value = np.sqrt(count) * x.mean() / x.std(ddof=1)
        prior = lambda d: np.exp(-(d**2) / 2) / np.sqrt(2 * np.pi)  # noqa: E731
        over, _ = quad(
            lambda d, v=value, n=count, p=prior: nct.pdf(v, n - 1, np.sqrt(n) * d) * p(d), -8, 8
        )
        assert evidence(x, 0.0) == pytest.approx(over / t.pdf(value, count - 1), rel=1e-4)


def test_evidence_may_be_looked_at_after_every_difference():
    rng = np.random.default_rng(0)
    crossed = sum(
        any(evidence(x[:j], 0.0) >= 20 for j in range(2, 41)) for x in rng.normal(size=(400, 40))
    )
    assert crossed / 400 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)


def test_folds_that_share_images_are_less_evidence():
    x = np.array([1.0, 1.2, 0.8, 1.1, 0.9])
    assert 1 < evidence(x, 0.25) < evidence(x, 0.0)
    assert evidence(np.array([1.0]), 0.0) == evidence(np.array([2.0, 2.0]), 0.0) == 1


def test_wrong_plans_are_refused():
    with pytest.raises(ConfigError) as error:
        plan(candidates=("a", "a", "c", "d"))
    assert str(error.value) == "candidates are a, a, c, d; at least one was expected, each once."
    with pytest.raises(ConfigError) as error:
        plan(epochs=(3, 1, 9))
    assert str(error.value) == (
        "folds are 3, noise is 0.5, epochs are (3, 1, 9); expected at least one fold, noise above "
        "0, and epochs that rise."
    )
    with pytest.raises(ConfigError) as error:
        plan(bias=(1.0,))
    assert str(error.value) == (
        "bias is (1.0,); one number of at least 0 was expected for each of the 3 rounds."
    )
