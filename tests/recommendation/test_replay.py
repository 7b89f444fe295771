import numpy as np
import pandas as pd
import pytest
from synthetic_atlas import place

from warmstart.recommendation.past_trainings import replays
from warmstart.recommendation.prediction import predict
from warmstart.recommendation.replay import plain_halving, random_search, replayed, spend

SOURCES, TARGETS, RATES, REPEATS = "abcdef", "tuvw", (0.1, 0.01, 0.001), 4


@pytest.fixture(scope="module")
def runs():
    """Source a is the best everywhere; 0.01 is the best rate; half of the repeats are better."""
    rng = np.random.default_rng(0)
    rows = []
    for target in TARGETS:
        for worth, source in enumerate(SOURCES):
            for rate in RATES:
                for repeat in range(REPEATS):
                    loss = 0.03 * worth + (0.1 if rate != 0.01 else 0.0)
                    auc = 0.95 - loss + 0.002 * rng.normal()
                    rows.append(("net", source, target, rate, 64, repeat, auc, auc - 0.01, 10.0))
    columns = ["network", "source", "target", "learning_rate", "batch_size", "repeat"]
    return pd.DataFrame(rows, columns=[*columns, "validation_auc", "auc", "minutes"])


def test_repeats_that_choose_never_score(runs):
    told = replays(runs, [0, 1])
    changed = runs.assign(auc=runs["auc"].where(~runs["repeat"].isin([0, 1]), 0.5))
    for one, other in zip(told, replays(changed, [0, 1]), strict=True):
        assert (one.truth == other.truth).all()
    seen = runs.assign(
        validation_auc=runs["validation_auc"].where(runs["repeat"].isin([0, 1]), 0.123)
    )
    for one, other in zip(told, replays(seen, [0, 1]), strict=True):
        assert (one.validation == other.validation).all()


def test_truth_is_the_mean_at_the_setting_that_validates_best(runs):
    one = replays(runs, [0, 1])[0]
    kept = runs[(runs["target"] == one.target) & (runs["repeat"] > 1)]
    expected = 100 * kept[kept["learning_rate"] == 0.01].groupby("source")["auc"].mean()
    assert one.truth == pytest.approx(expected.to_numpy())
    assert one.exhaustive == 10 * len(SOURCES) * len(RATES)


def test_settings_come_in_the_order_in_which_they_did_well_elsewhere(runs):
    one = replays(runs, [0, 1])[0]
    assert one.validation[0, 0].mean() == pytest.approx(95, abs=0.5)


def test_without_time_the_prediction_is_the_answer_and_with_time_the_best_is(runs):
    one = replays(runs, [0, 1])[0]
    misled = np.arange(len(SOURCES)) * 1.0
    doubt = np.full(len(SOURCES), 8.0)
    assert spend(one, 0.0, misled, doubt) == "f"
    assert spend(one, 1e9, misled, doubt) == "a"
    assert plain_halving(one, 1e9) == "a"
    assert random_search(one, 1e9, np.random.default_rng(0)) == "a"


def test_ways_are_compared_on_the_same_splits(runs):
    atlas = [place([6, 5, 4, 3, 2, 1], t) for t in TARGETS]
    told = {p.target: predict(atlas, p.untried) for p in atlas}
    judged = [
        replayed(runs, told, shares=(0.1,), splits=2, origins={"u": "t", "t": "t"}, always="c")
        for _ in range(2)
    ]
    assert judged[0].targets == ("t", "u", "v", "w")
    assert judged[0].origins == ("t", "t", "v", "w")
    assert judged[0].mean("the rule, no training")[0] == pytest.approx(0)
    assert judged[0].mean("always c")[0] == pytest.approx(6, abs=0.5)
    for way, values in judged[0].values.items():
        assert (values == judged[1].values[way]).all()
