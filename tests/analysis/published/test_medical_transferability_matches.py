"""What is computed again of the comparison on MedMNIST, against scipy and pandas."""

import itertools
import shutil

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from warmstart.analysis.published import medical_transferability as published
from warmstart.analysis.published import medical_transferability_ceilings as repeats
from warmstart.analysis.published.matches import match_table
from warmstart.analysis.published.medical_transferability_places import RANKED, TURNED
from warmstart.analysis.published.table import PUBLISHED

STUDY = PUBLISHED["transferability-in-medical-imaging"]


@pytest.fixture
def tables(shared):
    return shared / "reference/published/transferability-in-medical-imaging"


@pytest.fixture(scope="module")
def computed():
    """What a clone gave, once it was computed."""
    return {}


@pytest.fixture
def of_a_clone(tables, tmp_path, computed):
    """The match table of a clone: tables in ``results``, no single runs."""
    if not computed:
        hidden = shutil.ignore_patterns(published.RUNS)
        shutil.copytree(tables, tmp_path / "clone/results", ignore=hidden)
        computed["table"] = match_table(STUDY.matches(tmp_path / "clone"))
    return computed["table"]


def taus_of(tables, side, turned):
    """Weighted tau of every score on every target, straight from the files."""
    aucs, *scores = (
        pd.read_csv(tables / f"{name}_{side}.csv", index_col=0).set_index("source")
        for name in ("AUCs", *RANKED[:-1], "lp", "fu")
    )
    table = dict(zip((*RANKED[:-1], "lp", "fu"), scores, strict=True))
    rows = {}
    for target in aucs.columns.drop("chestmnist", errors="ignore"):
        auc = aucs[target].drop(index=target, errors="ignore").dropna()
        own = {
            name: 1 - said[target] if name in turned else said[target]
            for name, said in table.items()
        }
        own = {name: said[auc.index] for name, said in own.items()}
        lp, fu = (
            (own[name] - own[name].min()) / (own[name].max() - own[name].min())
            for name in ("lp", "fu")
        )
        own["our"] = lp * fu
        rows[target] = {name: stats.weightedtau(own[name], auc).statistic for name in RANKED}
    return pd.DataFrame(rows).T


def places_of(taus):
    return stats.rankdata(-np.nan_to_num(taus.to_numpy(), nan=-9), axis=1)


@pytest.mark.parametrize(("side", "agreeing"), [("dataset", 77), ("model", 71)])
def test_places_are_those_of_scipy(side, agreeing, of_a_clone, tables):
    file = f"ktau_{side}_rank.csv"
    table = of_a_clone.set_index("quantity")
    taus = taus_of(tables, side, TURNED[side])
    given = pd.read_csv(tables / file, sep=";").set_index("target").loc[taus.index, list(RANKED)]
    rows = [f"Place of {score} on {target}, {file}" for target in taus.index for score in RANKED]
    found = table.loc[rows]
    np.testing.assert_array_equal(found["published"], given.to_numpy().ravel())
    np.testing.assert_array_equal(found["recomputed"], places_of(taus).ravel())
    assert (found["agrees"] == "yes").sum() == agreeing
    differs = (places_of(taus) != given).any(axis=1)
    assert list(taus.index[differs]) == ([] if side == "dataset" else ["dermamnist", "tissuemnist"])
    by_size = places_of(taus.abs())[differs]
    np.testing.assert_array_equal(by_size, given[differs])


def test_places_of_networks_do_not_come_out_with_the_scores_as_they_are(of_a_clone, tables):
    table = of_a_clone.set_index("quantity")
    row = table.loc["Places of ktau_model_rank.csv that come out with no score turned round"]
    taus = taus_of(tables, "model", ())
    given = pd.read_csv(tables / "ktau_model_rank.csv", sep=";").set_index("target")
    assert row["recomputed"] == (places_of(taus) == given.loc[taus.index, list(RANKED)]).sum().sum()
    assert row["finding"] == "of 77, where chance gives 11"


def test_an_undefined_tau_has_the_last_place(of_a_clone):
    table = of_a_clone.set_index("quantity")
    row = table.loc["Place of sfda on breastmnist, ktau_dataset_rank.csv"]
    assert (row["recomputed"], row["agrees"]) == (7, "yes")
    assert row["finding"] == (
        "the same; a score that says the same of all sources has no tau, and the last place"
    )


def test_a_clone_gives_all_but_what_needs_the_single_runs(of_a_clone, tables):
    found, whole = of_a_clone, match_table(STUDY.matches(tables))
    assert found["quantity"].tolist() == whole["quantity"].tolist()
    needs = found["agrees"] == "needs runs.csv.gz"
    assert needs.sum() == 5
    pd.testing.assert_frame_equal(found[~needs], whole[~needs])
    assert whole.loc[needs, "recomputed"].notna().all()


def made_runs(rng, repeats_count=4):
    """Three sources, one target, two settings each."""
    keys = [("a", 0.1), ("a", 0.01), ("b", 0.1), ("b", 0.01), ("c", 0.1), ("c", 0.01)]
    rows = [
        {"network": "resnet", "source": source, "target": "t", "learning_rate": rate}
        | {"batch_size": 8, "repeat": k, "validation_auc": rng.random(), "auc": rng.random()}
        for source, rate in keys
        for k in range(repeats_count)
    ]
    return pd.DataFrame(rows)


def test_the_best_setting_is_that_of_the_repeats_that_choose():
    runs = made_runs(np.random.default_rng(0))
    choosing, using = np.array([[0, 1], [2, 3], [1, 3]]), np.array([[2, 3], [0, 1], [0, 2]])
    for _, own in runs.groupby("source"):
        wide = own.pivot(index="repeat", columns=["learning_rate", "batch_size"])
        validation, auc = (wide[name].to_numpy() for name in ("validation_auc", "auc"))
        found = repeats._at_best(validation, auc, choosing, choosing)
        expected = [
            published.at_validated_settings(own[own["repeat"].isin(part)])["value"].mean()
            for part in choosing
        ]
        assert found == pytest.approx(expected)
        best = [validation[part].mean(axis=0).argmax() for part in choosing]
        others = [auc[part, k].mean() for part, k in zip(using, best, strict=True)]
        assert repeats._at_best(validation, auc, choosing, using) == pytest.approx(others)


def test_a_setting_without_a_repeat_that_chooses_is_not_chosen():
    validation = np.array([[np.nan, 0.1], [0.9, 0.2]])
    found = repeats._at_best(validation, validation, np.array([[0], [1]]), np.array([[0], [1]]))
    assert found.tolist() == [0.1, 0.9]


def test_repeats_that_are_all_the_same_predict_each_other():
    runs = made_runs(np.random.default_rng(1), repeats_count=1)
    runs = pd.concat([runs.assign(repeat=k) for k in range(6)])
    for match in repeats.ceilings(runs):
        assert match.recomputed == 1.0
        assert match.finding.startswith("regret 0.00 AUC points; settings chosen ")


def test_nothing_that_is_predicted_chooses_a_setting_unless_told_so():
    """Repeat 0 validates one setting best, repeat 1 the other; both together the first."""
    aucs = {0.1: {"a": 0.1, "b": 0.2, "c": 0.3}, 0.01: {"a": 0.9, "b": 0.8, "c": 0.7}}
    runs = made_runs(np.random.default_rng(0), repeats_count=2)
    keys = list(zip(runs["learning_rate"], runs["repeat"], strict=True))
    validation = {(0.1, 0): 0.9, (0.1, 1): 0.4, (0.01, 0): 0.1, (0.01, 1): 0.5}
    runs["validation_auc"] = [validation[key] for key in keys]
    runs["auc"] = [
        aucs[rate][s] for rate, s in zip(runs["learning_rate"], runs["source"], strict=True)
    ]
    taus = []
    for firsts in itertools.product([0.1, 0.01], repeat=3):
        said, truth = (
            [
                aucs[rate if same else round(0.11 - rate, 2)][s]
                for rate, s in zip(firsts, "abc", strict=True)
            ]
            for same in (True, False)
        )
        taus.append(stats.weightedtau(said, truth).statistic)
    told = {match.quantity: match.recomputed for match in repeats.ceilings(runs)}
    for name in ("half of the repeats", "one repeat"):
        own = told[f"{name} predicts the others: weighted tau"]
        assert own == pytest.approx(np.mean(taus), abs=0.12)
        quantity = f"{name} predicts the others: weighted tau, settings chosen by all repeats"
        assert told[quantity] == 1.0


def test_ceilings_of_the_published_runs(tables):
    """As splitting the table and choosing settings anew says, in another order of draws."""
    runs = published.runs(tables)
    runs = runs[runs["target"] != "chestmnist"]
    rng = np.random.default_rng(5)
    taus = []
    for _ in range(3):
        keys = runs[["source", "target"]].drop_duplicates()
        parts = pd.concat(
            [
                keys.assign(repeat=k, half=half)
                for k, half in zip(range(10), np.tile([0, 1], 5), strict=True)
            ]
        )
        order = parts.assign(u=rng.random(len(parts))).sort_values("u")
        parts["half"] = 0
        order["half"] = order.groupby(["source", "target"]).cumcount() % 2
        split = runs.merge(order[["source", "target", "repeat", "half"]])
        one, other = (
            published.at_validated_settings(own).groupby(["target", "source"])["value"].mean()
            for _, own in split.groupby("half")
        )
        taus += [
            stats.weightedtau(one[target], other[target]).statistic
            for target in runs["target"].unique()
        ]
    told = {match.quantity: match for match in repeats.ceilings(runs)}
    half = told["half of the repeats predicts the others: weighted tau"]
    assert half.recomputed == pytest.approx(np.mean(taus), abs=0.02)
    assert half.finding == (
        "regret 0.24 AUC points; settings chosen on each side of every split by what its own "
        "repeats validate; repeats differ in momentum and weight decay"
    )
    by_all = told["one repeat predicts the others: weighted tau, settings chosen by all repeats"]
    assert by_all.recomputed == pytest.approx(0.69, abs=0.01)
    assert by_all.finding == (
        "regret 0.40 AUC points; settings chosen once, also by what the repeats to be predicted "
        "validate; repeats differ in momentum and weight decay"
    )
