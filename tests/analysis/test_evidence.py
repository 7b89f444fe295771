import subprocess
import sys
from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from made_tables import made_measures, made_results, tidy
from warmstart.analysis import resamples
from warmstart.analysis.agreement import STATISTICS
from warmstart.analysis.baselines import PRIOR, RANDOM, prior
from warmstart.analysis.ceiling import HALF, ONE, ceiling
from warmstart.analysis.cells import cells_of, scores_of
from warmstart.analysis.comparison import holm
from warmstart.analysis.evidence import Question, evidence
from warmstart.analysis.resamples import draw
from warmstart.errors import DataError

QUICK = Question(metric="auc", resamples=100, permutations=200)


def ask(results, *measures, question=QUICK):
    return evidence(*tidy(results, *measures), question)


def row(found, measure, statistic, scope="within"):
    table = found.agreement
    chosen = table[(table["measure"] == measure) & (table["scope"] == scope)]
    return chosen[chosen["statistic"] == statistic].iloc[0]


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


def test_the_ceiling_is_what_half_of_the_repeats_say_of_the_others():
    still, noisy = (made_results(noise=n, repeats=6) for n in (1e-6, 0.05))
    tops = []
    for results in (still, noisy):
        cells, _ = cells_of(tidy(results)[0], "auc")
        values = ceiling(cells, single=False, rng=np.random.default_rng(0))
        tops.append(dict(zip(STATISTICS, values.mean(axis=0), strict=True)))
    assert tops[0]["kendall"] == pytest.approx(1.0)
    assert tops[1]["kendall"] < 0.7
    found = ask(noisy, made_measures(noisy, 0.02))
    tau, top = (row(found, m, "kendall") for m in ("good", HALF))
    assert tau["ceiling_share"] == pytest.approx(tau["value"] / top["value"])


def test_one_repeat_has_no_ceiling_and_no_interval_over_folds():
    results = made_results(repeats=1)
    found = ask(results, made_measures(results, 0.02))
    assert HALF not in set(found.agreement["measure"])
    assert found.agreement[["folds_low", "ceiling_share"]].isna().all(axis=None)


def test_the_prior_never_sees_the_target_or_its_relatives():
    results = made_results(shared=0.5)
    results["origin"] = results["target"].replace({"t0": "scans", "t1": "scans"})
    cells, _ = cells_of(tidy(results)[0], "auc")
    before = prior(cells)[0]
    changed = results.copy()
    own = changed["target"].isin(["t0", "t1"])
    changed.loc[own, "value"] = np.random.default_rng(9).random(own.sum())
    after = prior(cells_of(tidy(changed)[0], "auc")[0])[0]
    np.testing.assert_allclose(before, after)


def test_the_prior_by_hand_and_for_a_source_tried_nowhere_else():
    rows = [("a", "t", 0.9), ("b", "t", 0.7), ("a", "u", 0.6), ("b", "u", 0.8), ("new", "t", 0.8)]
    results = pd.DataFrame(rows, columns=["source", "target", "value"])
    cells, _ = cells_of(tidy(results)[0], "auc")
    by_target = dict(zip([cell.target for cell in cells], prior(cells), strict=True))
    assert by_target["t"].tolist() == pytest.approx([-1.0, 1.0, 0.0])  # a, b, new


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


def test_baselines_choose_among_what_measures_speak_of():
    results = made_results()
    measure = made_measures(results, 0.01)
    found = ask(results, measure[measure["source"] != "s7"])
    assert row(found, RANDOM, "kendall")["pairs"] == 42
    assert row(ask(results), RANDOM, "kendall")["pairs"] == 48  # all but the baseline


def test_random_choice_is_what_a_draw_gives():
    results = made_results(repeats=1)
    found = row(ask(results, made_measures(results, 0.01)), RANDOM, "regret_1")
    means = results[results["source"] != "random"].groupby("target")["value"]
    assert found["value"] == pytest.approx(100 * (means.max() - means.mean()).mean())
    assert row(ask(results), RANDOM, "weighted_tau")["value"] == 0.0


def test_sizes_make_baselines():
    results = made_results()
    results["source_images"] = results["source"].str[1:].replace({"andom": None}).astype(float)
    found = ask(results, made_measures(results, 0.01))
    assert row(found, "larger dataset", "kendall")["pairs"] == 48
    assert "larger model" not in set(found.agreement["measure"])


def test_always_imagenet_is_found_in_any_spelling():
    results = made_results().replace({"s2": "ImageNet"})
    found = ask(results, made_measures(results, 0.01))
    means = results[results["source"] != "random"].groupby(["target", "source"])["value"].mean()
    regret = [100 * (means[t].max() - means[t]["ImageNet"]) for t in results["target"].unique()]
    assert row(found, "always imagenet", "regret_1")["value"] == pytest.approx(np.mean(regret))


def test_one_target_has_no_prior_and_no_interval_over_targets():
    results = made_results(targets=1)
    found = ask(results, made_measures(results, 0.01))
    assert PRIOR not in set(found.agreement["measure"])
    assert found.agreement["targets_low"].isna().all()
    assert (
        "With one target, or relatives only, there is no experience with others: no prior."
        in found.notes
    )
    assert np.isnan(found.ranks.p)


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
        + "Compare the names in results and measures. Add results of another source, or try "
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
    assert pairs["sources"] == [18, 144]
    assert pairs["networks"] == [48, 144]
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


def test_without_a_baseline_gains_are_over_the_mean_of_the_target():
    results = made_results(repeats=1)
    results = results[results["source"] != "random"]
    found = ask(results, made_measures(results, 0.01))
    assert set(found.points["unit"]) == {"AUC points above the target's mean"}
    np.testing.assert_allclose(found.points.groupby("target")["gain"].sum(), 0, atol=1e-9)
    assert np.isfinite(row(found, "good", "pearson", "pooled")["value"])


def test_the_noise_floor_is_the_distance_of_a_target_to_itself():
    results = made_results()
    near = made_measures(results, 0.0, higher=False)
    near["value"] += 1
    itself = pd.DataFrame({"source": ["t0"], "target": ["t0"], "measure": "good", "value": [0.07]})
    found = ask(results, pd.concat([near, itself.assign(higher_is_better=False)]))
    floors = found.points.groupby("target")["floor"].first()
    assert floors["t0"] == 0.07
    assert floors.drop("t0").isna().all()
    given = near.assign(floor=np.where(near["target"] == "t1", 0.03, np.nan))
    floors = ask(results, given).points.groupby("target")["floor"].first()
    assert floors["t1"] == 0.03
    assert floors.drop("t1").isna().all()


def test_targets_of_one_origin_are_drawn_together():
    results = made_results()
    results["origin"] = np.where(results["target"].isin(["t0", "t1"]), "scans", "")
    cells, _ = cells_of(tidy(results)[0], "auc")
    draws = draw(cells, resamples=50, seed=0, permutations=50)
    assert draws.distinct == 5
    assert (draws.origins[:, 0] == draws.origins[:, 1]).all()
    assert (draws.origins[:, 0] != draws.origins[:, 2]).any()


def test_candidates_change_places_in_the_same_way_on_every_target():
    results = made_results()
    cells, _ = cells_of(tidy(results)[0], "auc")
    draws = draw(cells, resamples=50, seed=0, permutations=50)
    scores = np.arange(9.0)
    first, other = (draws.permuted(cell.candidates, scores) for cell in cells[:2])
    assert (first == other).all()
    assert (np.sort(first, axis=1) == scores).all()


@pytest.mark.parametrize("most", [10_000, 20])
def test_those_who_are_there_change_places_among_themselves(most):
    results = made_results(sources=5)
    cells, _ = cells_of(tidy(results[results["source"] != "random"])[0], "auc")
    draws = draw(cells, resamples=10, seed=0, permutations=most)
    assert (len(draws.orders), draws.exact) == ((120, True) if most > 120 else (20, False))
    some = [cells[0].candidates[i] for i in (0, 2, 3)]
    moved = draws.permuted(some, np.array([0.0, 2.0, 3.0]))
    for order, told in zip(draws.orders.tolist(), moved.tolist(), strict=True):
        expected = []
        for number in (0, 2, 3):
            after = order[number]
            while after not in (0, 2, 3):
                after = order[after]
            expected.append(after)
        assert told == expected
    if draws.exact:
        counts = np.unique(moved, axis=0, return_counts=True)[1]
        assert counts.tolist() == [20] * 6


def test_half_of_three_repeats_is_one_repeat_and_shown_once():
    few, many = (made_results(noise=0.02, repeats=n) for n in (3, 4))
    found = ask(few, made_measures(few, 0.02))
    assert set(found.agreement.query("kind == 'ceiling'")["measure"]) == {ONE}
    tau, top = (row(found, m, "kendall") for m in ("good", ONE))
    assert tau["ceiling_share"] == pytest.approx(tau["value"] / top["value"])
    found = ask(many, made_measures(many, 0.02))
    assert set(found.agreement.query("kind == 'ceiling'")["measure"]) == {HALF, ONE}


def test_the_prior_stands_beside_each_measure_on_the_same_candidates():
    results = made_results(sources=5, targets=4, repeats=1, shared=0.7)
    every = made_measures(results, 0.02, "every")
    gap = ~(every["source"].isin(["s0", "s1"]) & (every["target"] != "t3"))
    some = every[gap].assign(measure="some")
    found = ask(results, every, some)
    means = results[results["source"] != "random"].pivot(
        index="source", columns="target", values="value"
    )
    standing = (means - means.mean()) / means.std(ddof=0)
    taus, regrets = [], []
    for target in means:
        there = some.loc[some["target"] == target, "source"]
        prior_says = standing.drop(columns=target).mean(axis=1)[there]
        gains = means.loc[there, target]
        taus.append(stats.weightedtau(gains.to_numpy(), prior_says.to_numpy()).statistic)
        regrets.append(100 * (gains.max() - gains[prior_says.idxmax()]))
    assert row(found, "some", "weighted_tau")["prior"] == pytest.approx(np.mean(taus))
    assert row(found, "some", "regret_1")["prior"] == pytest.approx(np.mean(regrets))
    for statistic in STATISTICS:
        whole = row(found, PRIOR, statistic)
        assert row(found, "every", statistic)["prior"] == pytest.approx(whole["value"])
        assert np.isnan(whole["prior"])


def test_analysis_loads_neither_torch_nor_ray():
    code = (
        "import sys, warmstart.analysis.evidence, warmstart.analysis.published.table; "
        "sys.exit(bool({'torch', 'ray'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
