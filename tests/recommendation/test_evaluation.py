import numpy as np
import pytest
from scipy import stats
from scipy.stats import weightedtau
from synthetic_atlas import place, synthetic_places

from warmstart.analysis import baselines
from warmstart.analysis.cells import cells_of
from warmstart.analysis.experience import standardised
from warmstart.analysis.published import medical_transferability as published
from warmstart.analysis.tidy import tidy_measures, tidy_results
from warmstart.recommendation.evaluation import (
    ALONE,
    PRIOR,
    RANDOM,
    RULE,
    Judged,
    evaluate,
    evaluate_measures,
    interval_score,
    prior,
)
from warmstart.recommendation.evaluation_lines import evaluation_lines
from warmstart.recommendation.places import places_of


def test_on_an_atlas_of_known_truth_the_rule_beats_the_prior_and_chance():
    judged = evaluate(synthetic_places(12), always="source-0")
    assert judged["tau"].mean(RULE, PRIOR)[1] > 0.1
    assert judged["regret"].mean(RULE)[0] < judged["regret"].mean(PRIOR)[0]
    assert judged["regret"].mean(PRIOR)[0] < judged["regret"].mean(RANDOM)[0]
    assert judged["interval score"].mean(RULE, PRIOR)[2] < 0


def test_a_measure_alone_is_judged_on_what_it_speaks_of():
    truth = {"t": [3.0, 1.0, 2.0, 0.0], "u": [0.0, 2.0, 1.0, 4.0]}
    says = {"t": [9.0, 5.0, np.nan, 6.0], "u": [1.0, 2.0, 3.0, np.nan]}
    places = [place(truth[t], t, scores={"ours": says[t]}) for t in "tu"]
    places.append(place([1.0, 2.0, 3.0, 4.0], "v", scores={"ours": [np.nan, np.nan, 1.0, np.nan]}))
    judged = evaluate_measures(places)["ours"]
    assert judged["tau"].targets == ("t", "u")
    taus = [weightedtau([9, 5, 6], [3, 1, 0])[0], weightedtau([1, 2, 3], [0, 2, 1])[0]]
    assert judged["tau"].values[ALONE] == pytest.approx(taus)
    assert judged["regret"].values[ALONE].tolist() == [0.0, 3.0]  # of all: nothing is said of 4.0
    # experience: the mean standing on the two other targets
    means = [
        np.mean([standardised(np.array(truth[other])), standardised(np.arange(4.0))], axis=0)
        for other in "ut"
    ]
    taus = [
        weightedtau(means[0][[0, 1, 3]], [3, 1, 0])[0],
        weightedtau(means[1][:3], [0, 2, 1])[0],
    ]
    assert judged["tau"].values[PRIOR] == pytest.approx(taus)


def test_where_nothing_can_be_known_the_rule_is_not_better_than_chance():
    means = [
        evaluate(synthetic_places(8, experience=0.0, score=0.0, noise=1.0, seed=seed))["tau"].mean(
            RULE
        )[0]
        for seed in range(3)
    ]
    assert abs(np.mean(means)) < 0.15


def test_the_interval_score_is_width_and_what_lies_outside():
    interval = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]])
    truth = np.array([0.5, 2.5, -1.0])
    assert interval_score(interval, truth) == pytest.approx((1 + (2 + 20 * 0.5) + (3 + 20)) / 3)


def test_means_vary_by_origin():
    rng = np.random.default_rng(0)
    names = tuple(f"t{i}" for i in range(16))
    values = {"one": rng.normal(3.0, 1.0, 16), "two": np.ones(16)}
    alike = Judged(targets=names, origins=names[:8] * 2, values=values, bounds=(0.0, 100.0))
    mean, low, high = alike.mean("one", "two")
    pairs = (values["one"][:8] + values["one"][8:]) / 2 - 1
    draws = rng.choice(pairs, size=(20_000, 8)).mean(axis=1)
    assert mean == pytest.approx(pairs.mean())
    assert (low, high) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])), abs=0.05)
    few = Judged(
        targets=names[:3],
        origins=names[:3],
        values={"one": np.array([1.0, 2.0, 6.0])},
        bounds=(0.0, 5.0),
    )
    error = stats.sem([1.0, 2.0, 6.0])
    low, high = stats.t.interval(0.95, 2, 3.0, error)
    assert few.mean("one") == pytest.approx((3.0, max(low, 0.0), min(high, 5.0)))
    alone = Judged(targets=("a",), origins=("x",), values={"one": np.ones(1)}, bounds=(0.0, 1.0))
    assert np.isnan(alone.mean("one")[1:]).all()


def test_ties_are_decided_by_lot():
    judged = evaluate([place([1.0, 2.0, 6.0], t) for t in "tuv"])
    assert judged["regret"].values[RANDOM].tolist() == [3.0, 3.0, 3.0]


def test_what_it_is_judged_on_is_not_all_it_learns_from():
    places = synthetic_places(10)
    whole = evaluate(places, always="source-0")
    part = evaluate(places, always="source-0", on=places[2:5])
    for quantity, judged in part.items():
        assert judged.targets == ("target-2", "target-3", "target-4")
        for way, values in judged.values.items():
            assert values.tolist() == whole[quantity].values[way][2:5].tolist()


def test_a_target_of_several_studies_counts_once_in_any_spelling():
    places = [place([1.0, 2.0, 6.0], t) for t in ("t", "u", "T")]
    judged = evaluate(places)["regret"]
    assert judged.targets == ("T", "u")
    assert judged.origins == ("t", "u")
    assert next(evaluation_lines(places)).startswith("2 targets of 2 origins")


def test_one_origin_cannot_be_left_out():
    lines = list(evaluation_lines(synthetic_places(2)))
    assert lines == ["2 targets of one origin: at least two are needed to leave one out."]


@pytest.fixture
def tables(shared):
    return shared / "reference/published/transferability-in-medical-imaging"


def reference(tables, results, without=()):
    kept = results[(results["target"] != "chestmnist") & ~results["source"].isin(without)]
    scores = published.scores(tables).assign(higher_is_better=True)
    cells, _ = cells_of(tidy_results(kept, "results").table, "auc")
    return cells, places_of(cells, tidy_measures(scores, "scores").table)


def test_the_prior_is_that_of_the_evidence(tables):
    cells, places = reference(tables, published.results(tables))
    for mine, theirs in zip(
        [prior(places, p) for p in places], baselines.prior(cells), strict=True
    ):
        assert mine == pytest.approx(theirs)


def test_known_figures_of_the_published_table(tables):
    cells, places = reference(tables, published.results(tables))
    taus = [
        weightedtau(scores, cell.gains)[0]
        for cell, scores in zip(cells, baselines.prior(cells), strict=True)
    ]
    judged = evaluate(places)
    assert len(places) == 11
    assert np.mean(taus) == pytest.approx(0.525, abs=5e-4)
    assert judged["tau"].mean(PRIOR)[0] == pytest.approx(np.mean(taus))
    assert judged["regret"].mean("always imagenet")[0] == pytest.approx(0.52, abs=5e-3)
    assert (judged["regret"].values["always imagenet"] == 0).sum() == 7
    assert judged["regret"].mean(RANDOM)[0] == pytest.approx(3.67, abs=5e-3)


def test_known_figures_without_large_sources(tables):
    without = (*published.LARGE_SOURCES, "medmnist")  # 0.74 and 2.44 are without all three
    _, places = reference(tables, published.results(tables), without)
    judged = evaluate(places)
    assert judged["regret"].mean(PRIOR)[0] == pytest.approx(0.74, abs=5e-3)
    assert judged["regret"].mean(RANDOM)[0] == pytest.approx(2.44, abs=5e-3)


def test_known_figures_of_ten_repeats(tables):
    runs = published.runs(tables)
    truth = published.at_validated_settings(runs)
    _, places = reference(tables, truth)
    judged = evaluate(places)
    assert judged["regret"].mean("always imagenet")[0] == pytest.approx(0.11, abs=5e-3)
    assert judged["tau"].mean(RULE)[0] > judged["tau"].mean(PRIOR)[0]


def test_repeats_predict_repeats_no_better_than_the_known_ceiling(tables):
    runs = published.runs(tables)
    rng = np.random.default_rng(0)
    taus = []
    for _ in range(4):
        half = runs["repeat"].isin(rng.permutation(10)[:5])
        first, second = (
            reference(tables, published.at_validated_settings(part))[0]
            for part in (runs[half], runs[~half])
        )
        taus += [weightedtau(a.gains, b.gains)[0] for a, b in zip(first, second, strict=True)]
    assert np.mean(taus) == pytest.approx(0.80, abs=0.03)
