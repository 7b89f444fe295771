import subprocess
import sys
from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from made_tables import QUICK, ask, made_measures, made_results, row, tidy
from warmstart.analysis import resamples
from warmstart.analysis.agreement import STATISTICS
from warmstart.analysis.baselines import PRIOR, RANDOM
from warmstart.analysis.cells import cells_of, scores_of
from warmstart.analysis.comparison import holm
from warmstart.analysis.evidence import Question
from warmstart.errors import DataError


def test_within_is_the_mean_of_scipy_over_targets():
    results = made_results(noise=0.01)
    measure = made_measures(results, 0.02)
    found = row(ask(results, measure), "good", "weighted_tau")
    means = results.groupby(["target", "source"])["value"].mean()
    taus = [
        stats.weightedtau(means[t][own["source"]].to_numpy(), own["value"].to_numpy()).statistic
        for t, own in measure.groupby("target")
    ]
    assert found["value"] == pytest.approx(np.mean(taus))
    assert found[["targets", "pairs"]].tolist() == [6, 48]
    assert found["targets_low"] < found["value"] < found["targets_high"]


def test_pooled_is_over_all_pairs_of_transferability():
    results = made_results(noise=0.01)
    measure = made_measures(results, 0.05)
    found = row(ask(results, measure), "good", "pearson", "pooled")
    means = results.groupby(["target", "source"])["value"].mean()
    gain = [
        100 * (means[t, s] - means[t, "random"]) / means[t, "random"]
        for t, s in zip(measure["target"], measure["source"], strict=True)
    ]
    assert found["value"] == pytest.approx(stats.pearsonr(gain, measure["value"]).statistic)


def test_a_perfect_measure_and_one_that_knows_nothing():
    results = made_results(noise=0.01)
    found = ask(results, made_measures(results, 0.0), made_measures(results, 9.0, "noise", seed=2))
    good = row(found, "good", "weighted_tau")
    assert good["value"] == pytest.approx(1.0)
    assert good["p"] == pytest.approx(1 / 201)
    assert row(found, "good", "regret_1")["value"] == 0.0
    assert row(found, "noise", "weighted_tau")["p"] > 0.05


def test_a_distance_is_turned_round():
    results = made_results()
    near = made_measures(results, 0.01, higher=False)
    score = made_measures(results, 0.01)
    a, b = (row(ask(results, m), "good", "kendall") for m in (near, score))
    assert a["value"] == pytest.approx(b["value"])


def test_p_of_few_candidates_is_the_share_of_all_their_orders():
    results = made_results(sources=4, targets=3, repeats=1)
    measure = made_measures(results, 0.03)
    found = row(ask(results, measure), "good", "kendall")
    names = [f"s{i}" for i in range(4)]
    means = results.groupby(["target", "source"])["value"].mean()
    said = measure.set_index(["target", "source"])["value"]

    def mean_tau(order):
        each = [
            stats.kendalltau(means[t][names], said[t][list(order)]).statistic
            for t in results["target"].unique()
        ]
        return np.mean(each)

    taus = np.array([mean_tau(order) for order in permutations(names)])
    assert len(taus) == 24
    assert found["p"] == pytest.approx(np.mean(taus >= mean_tau(names) - 1e-9))


def test_holm_over_thirty_measures_leaves_room_for_a_small_p():
    results = made_results(sources=7, targets=2, repeats=1)
    noise = [made_measures(results, 9.0, f"m{i}", seed=i) for i in range(29)]
    question = Question(metric="auc", resamples=100)
    found = ask(results, made_measures(results, 0.0), *noise, question=question)
    assert row(found, "good", "weighted_tau")["p_holm"] == pytest.approx(30 / 5040)
    assert (found.permutations, found.exact) == (5040, True)


def test_p_does_not_hang_on_how_many_permutations_are_looked_at_together(monkeypatch):
    results = made_results(sources=5, targets=3)
    given = [made_measures(results, 0.05, name, seed=i) for i, name in enumerate(("one", "two"))]
    whole = ask(results, *given).agreement
    monkeypatch.setattr(resamples, "MOST_CELLS", 37)
    pd.testing.assert_frame_equal(whole, ask(results, *given).agreement)


def test_permutation_p_is_uniform_when_a_measure_knows_nothing():
    results = made_results(sources=7, targets=3, repeats=1)
    noise = [made_measures(results, 9.0, f"m{i}", seed=i) for i in range(40)]
    table = ask(results, *noise).agreement
    p = table[(table["statistic"] == "kendall") & (table["scope"] == "within")]
    p = p[p["measure"].str.startswith("m")]["p"].to_numpy(dtype=float)
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_one_ranking_for_all_targets_is_one_piece_of_evidence():
    # With an order of sources that all targets share, a measure that ignores the target is right on
    # all of them or on none: p must be what one target would give, not six times as sure.
    results = made_results(sources=5, targets=6, shared=1.0, repeats=1)
    order = dict(zip([f"s{i}" for i in range(5)], np.random.default_rng(4).random(5), strict=True))
    measure = made_measures(results, 0.0)
    measure["value"] = measure["source"].map(order)
    many = row(ask(results, measure), "good", "kendall")["p"]
    one = results["target"] == "t0"
    single = row(ask(results[one], measure[measure["target"] == "t0"]), "good", "kendall")["p"]
    assert many == pytest.approx(single, abs=0.1)


def test_holm_is_over_measures_and_not_over_baselines():
    results = made_results(noise=0.01)
    given = [made_measures(results, 0.03, f"m{i}", seed=i) for i in range(4)]
    table = ask(results, *given).agreement
    own = table[(table["statistic"] == "kendall") & (table["scope"] == "within")]
    own = own.set_index("measure")
    names = [f"m{i}" for i in range(4)]
    assert own.loc[names, "p_holm"].tolist() == holm(own.loc[names, "p"].to_numpy(float)).tolist()
    assert own.loc[[PRIOR, RANDOM], "p_holm"].isna().all()


def test_numbers_are_the_same_for_the_same_seed_and_any_order_of_rows():
    results = made_results(noise=0.02)
    measure = made_measures(results, 0.02)
    first, again = ask(results, measure), ask(results.sample(frac=1, random_state=1), measure)
    pd.testing.assert_frame_equal(first.agreement, again.agreement)
    pd.testing.assert_frame_equal(first.practical, again.practical)


def test_percent_changes_nothing():
    results = made_results(noise=0.02)
    measure = made_measures(results, 0.02)
    percent = ask(results.assign(value=100 * results["value"]), measure).agreement
    plain = ask(results, measure).agreement
    np.testing.assert_allclose(
        plain["value"].to_numpy(float), percent["value"].to_numpy(float), atol=1e-9
    )


def test_self_pairs_and_shared_images_are_left_out_unless_asked():
    results = made_results()
    results["source"] = results["source"].replace({"s0": "t0"})
    results["shares_images"] = (results["source"] == "s1") & (results["target"] == "t1")
    measure = made_measures(results, 0.01)
    found = ask(results, measure)
    assert row(found, "good", "kendall")["pairs"] == 46
    assert found.notes[:2] == (
        "Self pairs left out: 1.",
        "Pairs left out because the source has seen images of the target: 1.",
    )
    question = replace(QUICK, self_pairs=True, shared_images=True)
    assert row(ask(results, measure, question=question), "good", "kendall")["pairs"] == 48


LACKS = "No target has two {} with a value of auc{}; nothing can be ranked. "


@pytest.mark.parametrize(
    ("compare", "message"),
    [
        (
            "sources",
            LACKS.format("sources", ", the baseline left out")
            + "Add results of another source, or try --compare networks.",
        ),
        (
            "networks",
            LACKS.format("networks from one source", ", the baseline left out")
            + "Add results of another network, or try --compare sources.",
        ),
        (
            "both",
            LACKS.format("pairs of network and source", ", the baseline left out")
            + "Add results of another source or network.",
        ),
    ],
)
def test_one_candidate_leaves_nothing_to_choose(compare, message):
    with pytest.raises(DataError) as error:
        ask(made_results(sources=1), question=replace(QUICK, compare=compare))
    assert str(error.value) == message


def test_measures_of_other_names_leave_nothing_to_choose():
    results = made_results()
    with pytest.raises(DataError) as error:
        ask(results, made_measures(results, 0.0).replace({"s0": "S0"}).iloc[:1])
    assert str(error.value) == (
        LACKS.format("sources", " and of a measure")
        + "Measures speak of sources without results: S0. Results have sources without measures: "
        "s0, s1, s2, s3, s4, s5, s6, s7. Results have targets without measures: t1, t2, t3, t4, "
        "t5. "
        "Compare the names in results and measures. Add results of another source, or try "
        "--compare networks."
    )


@pytest.mark.parametrize(
    ("baseline", "called"), [("scratch", "'scratch'"), ("paper", "like its target")]
)
def test_a_baseline_that_no_source_is_called_is_told(baseline, called):
    found = ask(made_results(sources=2), question=replace(QUICK, baseline=baseline))
    assert (
        f"No source is called {called}: without a baseline every source is a candidate, and pairs "
        "of all targets are compared by AUC points above their target's mean. There are random, "
        "s0, s1."
    ) in found.notes
    found = ask(made_results(sources=2))
    assert not any(note.startswith("No source is called 'random'") for note in found.notes)


def test_a_missing_cell_is_told_and_ranks_on():
    results = made_results()
    measure = made_measures(results, 0.0)
    gap = measure[~((measure["source"] == "s0") & (measure["target"] == "t0"))]
    other = made_measures(results, 0.1, "other")
    found = ask(results, gap, other)
    assert row(found, "good", "kendall")["pairs"] == 47
    assert "Judged on 47 of 48 pairs, of which alone they speak: good." in found.notes


def test_a_measure_that_says_the_same_of_all_is_a_draw():
    results = made_results()
    flat = made_measures(results, 0.0).assign(value=1.0)
    found = ask(results, flat)
    for statistic in STATISTICS:
        a, b = (row(found, m, statistic)["value"] for m in ("good", RANDOM))
        assert a == pytest.approx(b)
    assert row(found, "good", "kendall")["p"] == 1.0


def test_networks_and_sources_can_be_the_candidates():
    results = pd.concat([made_results(seed=i).assign(network=f"n{i}") for i in range(3)])
    found = {
        compare: ask(results, question=replace(QUICK, compare=compare))
        for compare in ("sources", "networks", "both")
    }
    pairs = {c: row(f, RANDOM, "kendall")[["targets", "pairs"]].tolist() for c, f in found.items()}
    assert pairs["sources"] == [6, 144]
    assert pairs["networks"] == [6, 144]
    assert pairs["both"] == [6, 144]


def test_a_measure_of_one_network_speaks_of_no_other():
    results = pd.concat([made_results(seed=i).assign(network=f"n{i}") for i in range(2)])
    one = made_measures(made_results(seed=0), 0.0).assign(network="n0")
    everywhere = made_measures(made_results(seed=0), 0.0, "all").drop(
        columns="network", errors="ignore"
    )
    tables = tidy(results, one, everywhere)
    cells, _ = cells_of(tables[0], "auc")
    said = {
        name: [scores_of(cell.target, cell.candidates, rows) for cell in cells]
        for name, rows in tables[1].groupby("measure")
    }
    for cell, own, every in zip(cells, said["good"], said["all"], strict=True):
        assert np.isfinite(own).sum() == (8 if cell.held[0] == "n0" else 0)
        assert np.isfinite(every).sum() == 8


def test_a_multi_label_target_is_ranked_by_its_mean():
    results = made_results(targets=2)
    labels = [
        results.assign(label=name, value=results["value"] - d) for name, d in (("x", 0), ("y", 0.1))
    ]
    cells, _ = cells_of(tidy(pd.concat(labels))[0], "auc")
    plain, _ = cells_of(tidy(results)[0], "auc")
    np.testing.assert_allclose(cells[0].gains, plain[0].gains - 5)


def test_the_paper_baseline_divides_by_the_source_named_like_the_target():
    rows = [(s, "t", f, v) for f in (0, 1) for s, v in (("t", 0.5), ("a", 0.6), ("b", 0.4))]
    results = pd.DataFrame(rows, columns=["source", "target", "fold", "value"])
    cells, _ = cells_of(tidy(results)[0], "auc", baseline="paper", baseline_per="fold")
    assert cells[0].names == ("a", "b")
    assert cells[0].transfer.tolist() == pytest.approx([20.0, -20.0])


def test_analysis_loads_neither_torch_nor_ray():
    code = (
        "import sys, warmstart.analysis.evidence, warmstart.analysis.published.table; "
        "sys.exit(bool({'torch', 'ray'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
