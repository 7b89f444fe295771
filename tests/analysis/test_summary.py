import io
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from warmstart.analysis.comparison import compare
from warmstart.analysis.roc import roc_table
from warmstart.analysis.sentences import sentences
from warmstart.analysis.summary import COLUMNS, summarise
from warmstart.analysis.transferability import transferability
from warmstart.errors import UnknownNameError

METRIC = "auc_weighted_ovr"
SOURCES = ["photos", "random", "textures"]
NAMES = {"baseline": "random", "title": "AUC"}
ASKED = {"metric": METRIC, "baseline": "random", "baseline_per": "mean", "resamples": 100}


def of(study, **options):
    options = {**ASKED, "label_names": {"lesions": ["zeta", "alpha", "mid"]}, **options}
    return summarise(study.results, study.predictions, study.runs, **options)


def one(study, source, **options):
    table = of(study, **options)
    return table[(table["source"] == source) & (table["label"] == "")].iloc[0]


def fail(study, source, fold):
    """What a failed run leaves: its state, and neither results nor predictions."""
    gone = (study.runs["source"] == source) & (study.runs["fold"] == fold)
    study.runs.loc[gone, "state"] = "failed"
    study.runs["converged"] = study.runs["converged"].astype(object).mask(gone)
    rows = study.results
    study.results = rows[~((rows["source"] == source) & (rows["fold"] == fold))]
    for key in [k for k in study.predictions if k[1] == source and k[5] == fold]:
        del study.predictions[key]


def test_a_row_per_source_joins_mean_interval_gain_and_comparison(study):
    table = of(study)
    assert table.columns.tolist() == COLUMNS
    rows = study.results[study.results["metric"] == METRIC]
    against = compare(rows).set_index("source")
    gains = transferability(rows, METRIC).set_index("source")["transferability"]
    assert sorted(table["source"]) == SOURCES
    for row in table.itertuples():
        own = rows[rows["source"] == row.source]["value"]
        assert row.mean == pytest.approx(own.mean())
        assert row.low < row.mean < row.high
        assert row.transferability == pytest.approx(gains[row.source])
        assert row.difference == pytest.approx(against.loc[row.source, "difference"])
        assert row.best == against.loc[row.source, "best"]
        assert (row.folds, row.seeds) == (3, 1)
    assert table["best"].tolist() == [True, False, False]
    assert table["mean"].is_monotonic_decreasing


def test_the_baseline_gains_exactly_nothing(study):
    row = one(study, "random")
    assert (
        row[["transferability", "transferability_low", "transferability_high"]].tolist() == [0] * 3
    )


def test_a_second_summary_is_the_same_and_order_of_rows_is_irrelevant(study):
    expected = of(study)
    study.results = study.results.sample(frac=1, random_state=1)
    study.runs = study.runs.sample(frac=1, random_state=2)
    study.predictions = dict(reversed(study.predictions.items()))
    pd.testing.assert_frame_equal(of(study), expected)


@pytest.mark.parametrize("metric", ["balanced_accuracy", "accuracy", "auc_macro_ovr"])
def test_other_metrics_have_intervals_too(study, metric):
    table = of(study, metric=metric)
    assert (table["low"] < table["mean"]).all()
    assert (table["mean"] < table["high"]).all()


def test_a_failed_run_leaves_the_pairs_both_have(study):
    fail(study, "random", 1)
    table = of(study).set_index("source")
    assert table["folds"].to_dict() == {"photos": 3, "random": 2, "textures": 3}
    values = study.results[study.results["metric"] == METRIC].pivot(
        index="fold", columns="source", values="value"
    )
    common = values.loc[[0, 2]].mean()
    expected = 100 * (common["photos"] - common["random"]) / common["random"]
    assert table.loc["photos", "transferability"] == pytest.approx(expected)
    low, high = table.loc["photos", ["transferability_low", "transferability_high"]]
    assert low < expected < high
    assert table.loc["random", "reason"] == "too few folds (2)"


def test_a_baseline_that_failed_everywhere_leaves_gains_unknown(study):
    for fold in range(3):
        fail(study, "random", fold)
    table = of(study)
    assert sorted(table["source"]) == ["photos", "textures"]
    assert table[["transferability", "transferability_low"]].isna().all(axis=None)
    assert table["baseline_converged"].isna().all()
    assert not table["bracketed"].any()
    assert len(sentences(table, **NAMES)) == 1


def test_missing_predictions_leave_the_mean_without_an_interval(study):
    del study.predictions["net", "photos", "full", "lesions", 0, 2]
    table = of(study).set_index("source")
    assert np.isnan(table.loc["photos", "low"])
    assert table.loc["photos", "mean"] > 0.5
    assert table.loc["textures", "low"] > 0


def test_candidates_that_were_not_chosen_are_left_out(study):
    expected = of(study)
    study.runs["chosen"] = study.runs["chosen"].astype(object)
    extra = study.runs.assign(chosen=False, converged=False)
    pretrain = study.runs.iloc[:1].assign(kind="pretrain", target=None, fold=np.nan, chosen=None)
    study.runs = pd.concat([study.runs, extra, pretrain], ignore_index=True)
    pd.testing.assert_frame_equal(of(study), expected)


@pytest.mark.parametrize(
    ("flags", "state", "bracketed"),
    [
        ([True] * 3, True, False),
        ([True, False, None], False, True),
        ([True, None, True], None, False),
        ([None] * 3, None, False),
    ],
)
def test_gains_over_an_unconverged_baseline_are_bracketed(study, flags, state, bracketed):
    study.runs["converged"] = study.runs["converged"].astype(object)
    study.runs.loc[study.runs["source"] == "random", "converged"] = flags
    table = of(study).set_index("source")
    found = table.loc["photos", "baseline_converged"]
    assert (None if pd.isna(found) else bool(found)) == state
    assert table["bracketed"].to_dict() == {
        "photos": bracketed,
        "random": False,
        "textures": bracketed,
    }
    assert any("converged" in line for line in sentences(table.reset_index(), **NAMES)) == bracketed


def test_several_labels_have_a_row_each_beside_their_mean(label_study):
    table = of(label_study)
    photos = table[table["source"] == "photos"].set_index("label")
    assert sorted(photos.index) == ["", "alpha", "mid", "zeta"]
    assert photos.loc["", "mean"] == pytest.approx(photos.drop("")["mean"].mean())
    assert ((photos["low"] < photos["mean"]) & (photos["mean"] < photos["high"])).all()
    assert len(sentences(table, **NAMES)) == 1


def test_names_of_labels_survive_a_sorted_results_table(label_study):
    expected = of(label_study)
    label_study.results = label_study.results.sort_values("label")
    pd.testing.assert_frame_equal(of(label_study), expected)


def test_the_baseline_per_fold_and_that_of_the_paper(study):
    per_fold = one(study, "photos", baseline_per="fold")
    expected = transferability(study.results, METRIC, baseline_per="fold").set_index("source")
    assert per_fold["transferability"] == pytest.approx(expected.loc["photos", "transferability"])
    low, high = per_fold[["transferability_low", "transferability_high"]]
    assert low < per_fold["transferability"] < high
    for table in (study.results, study.runs):
        table["target"] = "textures"
    study.predictions = {(*k[:3], "textures", *k[4:]): f for k, f in study.predictions.items()}
    paper = one(study, "textures", baseline="paper")
    assert paper["transferability"] == 0.0
    assert one(study, "photos", baseline="paper")["transferability"] > 0


class FromDisk(Mapping):
    """Counts how often each table is read; like the study's, it knows `in` by reading only."""

    def __init__(self, frames):
        self.frames, self.reads = frames, Counter()

    def __getitem__(self, key):
        self.reads[key] += 1
        return self.frames[key]

    def __iter__(self):
        return iter(self.frames)

    def __len__(self):
        return len(self.frames)


@pytest.mark.parametrize("call", [of, lambda study: roc_table(study.predictions)])
def test_a_call_reads_each_table_of_predictions_once(study, call):
    frames = study.predictions
    study.predictions = FromDisk(frames)
    call(study)
    assert study.predictions.reads == dict.fromkeys(frames, 1)


def through_csv(table):
    return pd.read_csv(io.StringIO(table.to_csv(index=False)))


def test_tables_read_back_from_csv_give_the_same(study):
    pretrain = study.runs.iloc[:1].assign(kind="pretrain", arm=None, target=None, fold=np.nan)
    study.runs = pd.concat([study.runs, pretrain.assign(chosen=None)], ignore_index=True)
    expected = of(study)
    study.results, study.runs = through_csv(study.results), through_csv(study.runs)
    found = of(study)
    pd.testing.assert_frame_equal(found, expected)
    assert sentences(through_csv(found), **NAMES) == sentences(expected, **NAMES)


def test_nothing_finished_gives_an_empty_table(study):
    study.runs["state"] = "failed"
    table = of(study)
    assert table.columns.tolist() == COLUMNS
    assert table.empty
    assert sentences(table, **NAMES) == []
    study.results, study.runs = study.results.iloc[:0], study.runs.iloc[:0]
    assert of(study).empty


def test_an_unknown_metric_gets_the_nearest_name(study):
    with pytest.raises(UnknownNameError) as error:
        of(study, metric="accurcy")
    assert str(error.value) == (
        "Unknown metric 'accurcy'. Did you mean 'accuracy'? "
        "Known: accuracy, auc_macro_ovr, auc_weighted_ovr, balanced_accuracy."
    )
