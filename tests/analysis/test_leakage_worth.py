import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from warmstart.analysis.leakage_worth import COLUMNS, leakage_worth, worth_sentences
from warmstart.metrics import METRICS

METRIC = METRICS["auc_weighted_ovr"]
RESAMPLES = 40


def frame(rng, paths, groups, signal):
    labels = np.arange(len(paths)) % 2
    score = 1 / (1 + np.exp(-(rng.normal(size=len(paths)) + signal * labels)))
    return pd.DataFrame(
        {"path": paths, "group": groups, "label": labels, "score_0": 1 - score, "score_1": score}
    )


@pytest.fixture
def predictions():
    """Two folds of 20 images; in the clean target images stand in groups of four."""
    rng, found = np.random.default_rng(0), {}
    for fold in range(2):
        paths = [f"{fold * 20 + i}.png" for i in range(20)]
        clean = [f"g{fold}-{i // 4}" for i in range(20)]
        for source, signal in (("imagenet", 2.0), ("random", 0.5)):
            cell = ("net", source, "full")
            found[(*cell, "own", 0, fold)] = frame(rng, paths, paths, signal + 1)
            found[(*cell, "clean", 0, fold)] = frame(rng, paths, clean, signal)
    return found


def worth(predictions, pairs=(("own", "clean"),)):
    return leakage_worth(predictions, pairs, METRIC, resamples=RESAMPLES, names={})


def mean_auc(predictions, target, source="imagenet"):
    return np.mean(
        [
            roc_auc_score(p["label"], p["score_1"])
            for key, p in predictions.items()
            if key[1] == source and key[3] == target
        ]
    )


def test_worth_is_the_difference_of_the_mean_over_folds(predictions):
    table = worth(predictions)
    assert list(table.columns) == COLUMNS
    assert table["source"].tolist() == ["imagenet", "random"]
    for row in table.to_dict("records"):
        own, clean = (mean_auc(predictions, t, row["source"]) for t in ("own", "clean"))
        assert row["value"] == pytest.approx(own)
        assert row["clean_value"] == pytest.approx(clean)
        assert row["worth"] == pytest.approx(own - clean)
        assert row["worth_low"] <= row["worth"] <= row["worth_high"]


def test_both_splits_meet_the_same_groups_in_every_resample(predictions):
    """Where both splits give the same scores, leakage is worth nothing in every resample."""
    same = {
        key: predictions[(*key[:3], "clean", *key[4:])].assign(path=p["path"], group=p["group"])
        for key, p in predictions.items()
    }
    row = worth(same).iloc[0]
    assert row[["worth", "worth_low", "worth_high"]].tolist() == [0, 0, 0]


def test_the_interval_is_that_of_rows_repeated_by_group(predictions):
    row = worth(predictions).iloc[0]
    rng = np.random.default_rng(0)
    groups = sorted({g for key, p in predictions.items() if key[3] == "clean" for g in p["group"]})
    group_of = {
        path: group
        for key, p in predictions.items()
        if key[3] == "clean"
        for path, group in zip(p["path"], p["group"], strict=True)
    }
    differences = []
    for _ in range(RESAMPLES):
        drawn = [groups[i] for i in rng.integers(len(groups), size=len(groups))]
        means = []
        for target in ("own", "clean"):
            aucs = []
            for key, p in predictions.items():
                if key[1] == "imagenet" and key[3] == target:
                    own = p["path"].map(group_of)
                    rows = pd.concat([p[own == group] for group in drawn])
                    if rows["label"].nunique() == 2:
                        aucs.append(roc_auc_score(rows["label"], rows["score_1"]))
            means.append(np.mean(aucs))
        differences.append(means[0] - means[1])
    low, high = np.quantile(differences, [0.025, 0.975])
    assert row["worth_low"] == pytest.approx(low)
    assert row["worth_high"] == pytest.approx(high)


def test_a_target_without_results_has_no_row(predictions):
    own = {key: p for key, p in predictions.items() if key[3] == "own"}
    assert worth(own).empty
    assert worth(predictions, ()).empty
    assert worth_sentences(worth(own), "AUC") == []


def test_the_sentence_speaks_of_the_best_clean_source(predictions):
    table = worth(predictions)
    table.loc[0, ["value", "clean_value", "worth", "worth_low", "worth_high"]] = [
        *(0.95, 0.90, 0.05, 0.02, 0.08)
    ]
    assert worth_sentences(table, "AUC") == [
        "own: with copies of an image on both sides of the split, mean AUC of imagenet is 0.950; "
        "with them on one side (clean) it is 0.900. Leakage was worth +0.050 [+0.020, +0.080]."
    ]
