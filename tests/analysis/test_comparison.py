import numpy as np
import pandas as pd
import pytest
from scipy import stats

from warmstart.analysis.comparison import ALL_EQUAL, compare, corrected_resampled_t, holm


def cell(values, n_train=80, n_test=20, folds_per_seed=100):
    """Results of one target from {source: value of each (seed, fold)}; None is a failed run."""
    rows = [
        (source, i // folds_per_seed, i % folds_per_seed, value, n_train + i, n_test)
        for source, folds in values.items()
        for i, value in enumerate(folds)
        if value is not None
    ]
    return pd.DataFrame(rows, columns=["source", "seed", "fold", "value", "n_train", "n_test"])


def random_cell(seed=0, folds=5):
    rng = np.random.default_rng(seed)
    names = ["a", "b", "c", "random"]
    return {s: list(0.8 - 0.02 * i + rng.normal(0, 0.02, folds)) for i, s in enumerate(names)}


def test_p_is_that_of_a_t_test_with_the_corrected_variance():
    d = np.array([0.01, 0.03, -0.005, 0.02, 0.015])
    share = 0.25
    plain = stats.ttest_1samp(d, 0.0)
    t = plain.statistic * np.sqrt((1 / 5) / (1 / 5 + share))
    assert corrected_resampled_t(d, share) == pytest.approx(2 * stats.t.sf(abs(t), 4))
    assert corrected_resampled_t(d, 0.0) == pytest.approx(plain.pvalue)


def test_no_difference_is_certain_and_a_constant_one_is_not_tested():
    assert corrected_resampled_t(np.zeros(3), 0.5) == 1.0
    assert corrected_resampled_t(np.full(3, 1e-16), 0.5) == 1.0
    assert np.isnan(corrected_resampled_t(np.full(3, -0.1), 0.5))
    assert np.isnan(corrected_resampled_t(np.array([0.9, 0.8, 0.7]) - [0.8, 0.7, 0.6], 0.5))


def test_equal_differences_of_coarse_scores_tell_nothing_apart():
    values = {"a": [0.75, 1.0, 0.5], "b": [0.5, 0.75, 0.25], "c": [0.25, 0.5, 0.5]}
    table = compare(cell(values)).set_index("source")
    assert table.loc["b", "reason"] == ALL_EQUAL
    assert table.loc["b", ["p", "p_holm", "told_apart"]].isna().all()
    assert table.loc["b", "difference"] == -0.25
    assert table.loc["c", "p_holm"] == table.loc["c", "p"]


def test_holm_by_its_definition():
    p = np.array([0.01, 0.04, 0.03, 0.005])
    # sorted: .005 x 4, .01 x 3, .03 x 2, .04 x 1 (raised to the one before)
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.9, 0.8])) == pytest.approx([1.0, 1.0])
    assert holm(np.empty(0)).shape == (0,)


@pytest.mark.parametrize("seed", range(4))
def test_holm_rejects_as_the_step_down_procedure_does(seed):
    p = np.random.default_rng(seed).random(6) ** 3
    for alpha in (0.01, 0.05, 0.2):
        rejected = np.zeros(6, dtype=bool)
        for step, i in enumerate(np.argsort(p)):
            if p[i] > alpha / (6 - step):
                break
            rejected[i] = True
        assert (holm(p) <= alpha).tolist() == rejected.tolist()


def test_each_folds_own_share_enters_as_a_mean():
    values = random_cell()
    table = compare(cell(values)).set_index("source")
    best = table.index[table["best"]][0]
    share = np.mean([20 / (80 + i) for i in range(5)])
    for source in set(values) - {best}:
        d = np.array(values[source]) - np.array(values[best])
        t = d.mean() / np.sqrt((1 / 5 + share) * d.var(ddof=1))
        assert table.loc[source, "p"] == pytest.approx(2 * stats.t.sf(abs(t), 4))
        assert table.loc[source, "difference"] == pytest.approx(d.mean())
    tested = table["p"].dropna()
    assert table.loc[tested.index, "p_holm"].tolist() == holm(tested.to_numpy()).tolist()


def test_sources_come_by_falling_mean_and_the_best_is_compared_with_nobody():
    table = compare(cell({"b": [0.7, 0.7, 0.7], "a": [0.9, 0.8, 0.85], "c": [0.9, 0.8, 0.85]}))
    assert table["source"].tolist() == ["a", "c", "b"]
    assert table["best"].tolist() == [True, False, False]
    assert table["reason"].tolist() == ["best", "", ""]
    assert table["told_apart"].isna().tolist() == [True, False, False]
    assert table["p"].tolist()[1] == 1.0


def test_a_clear_difference_is_told_apart_and_a_noisy_one_is_not():
    table = compare(
        cell(
            {
                "clear": [0.50, 0.51, 0.50, 0.49],
                "noisy": [0.95, 0.70, 0.92, 0.80],
                "best": [0.90, 0.91, 0.90, 0.90],
            }
        )
    ).set_index("source")
    assert table.loc["clear", "told_apart"]
    assert not table.loc["noisy", "told_apart"]


@pytest.mark.parametrize("shift", [0.05, -0.3])
def test_adding_a_constant_to_all_values_changes_no_p(shift):
    values = random_cell()
    moved = {s: [v + shift for v in folds] for s, folds in values.items()}
    a, b = compare(cell(values)), compare(cell(moved))
    np.testing.assert_allclose(a["p"], b["p"], rtol=1e-6)
    assert a["source"].tolist() == b["source"].tolist()


def test_order_of_rows_is_irrelevant():
    table = cell(random_cell(2))
    shuffled = table.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(compare(shuffled), compare(table))


def test_fewer_than_three_folds_are_too_few():
    table = compare(cell({"a": [0.9, 0.8], "b": [0.1, 0.2]})).set_index("source")
    assert table.loc["b", "reason"] == "too few folds (2)"
    assert table.loc["b", ["p", "p_holm"]].isna().all()
    assert table["told_apart"].isna().all()


def test_seeds_do_not_make_up_for_folds():
    values = {"a": [0.9, 0.8, 0.9, 0.85], "b": [0.1, 0.2, 0.1, 0.15]}
    table = compare(cell(values, folds_per_seed=2)).set_index("source")
    assert table.loc["b", "reason"] == "too few folds (2)"
    assert table.loc["a", ["folds", "seeds"]].tolist() == [4, 2]


def test_failed_runs_leave_the_pairs_both_have():
    values = random_cell()
    values["b"][1] = None
    values["c"] = [None, None, None, 0.5, 0.5]
    table = compare(cell(values)).set_index("source")
    kept = [0, 2, 3, 4]
    d = np.array([values["b"][i] - values["a"][i] for i in kept])
    assert table.loc["b", "difference"] == pytest.approx(d.mean())
    assert table.loc["b", "folds"] == 4
    assert table.loc["c", "reason"] == "too few folds (2)"


def test_a_source_that_is_higher_on_the_common_folds_is_not_told_apart():
    values = {"best": [0.5, 0.5, 0.51, 0.9, 0.9, 0.9], "part": [0.6, 0.62, 0.6]}
    table = compare(cell(values)).set_index("source")
    assert table.loc["best", "best"]
    assert table.loc["part", "difference"] > 0
    assert not table.loc["part", "told_apart"]


def test_no_values_give_no_rows():
    assert compare(cell({})).empty
    assert compare(cell({"a": [np.nan]})).empty
