from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from warmstart.analysis.transferability import transferability, with_label_means
from warmstart.errors import ConfigError, DataError

METRIC = "auc_weighted_ovr"
PUBLISHED = (
    Path(__file__).parents[3] / "shared/reference/published/cats-scans/auc_folds_means_std.csv"
)
# protocol B10: mean T over folds, fold-wise baseline, in percent
MEANS = {
    "imagenet": (7.51, 2.81, 5.15),
    "stl10": (2.19, 0.77, -1.16),
    "sti10": (3.17, -0.30, -3.44),  # B10 prints -3.45; the published fold scores average -3.4447
    "textures": (3.06, 2.28, 0.85),
    "isic": (0.0, -4.77, -7.44),
    "chest": (3.61, 0.0, -11.14),
    "pcam-middle": (5.39, 0.19, 0.0),
    "pcam-small": (3.51, -1.12, None),
    "kimia": (None, None, -2.42),
}


def results(values, metric=METRIC, label=""):
    """Rows of one target from {source: value of each fold}; None is a failed run."""
    rows = [
        ("net", source, "full", "lesions", 0, fold, label, metric, value, 80, 20)
        for source, folds in values.items()
        for fold, value in enumerate(folds)
        if value is not None
    ]
    names = "network source arm target seed fold label metric value n_train n_test"
    return pd.DataFrame(rows, columns=names.split())


def by_source(table, label=""):
    own = table[table["label"] == label]
    return dict(zip(own["source"], own["transferability"], strict=True))


@pytest.fixture(scope="module")
def published():
    if not PUBLISHED.exists():
        pytest.skip(f"the published values are not here: {PUBLISHED}")
    wide = pd.read_csv(PUBLISHED)
    folds = [f"fold_{i}" for i in range(1, 6)]
    # incomplete pairs are written as two NaN, which pandas puts into fold_1 and fold_2
    long = wide.melt(["source", "target"], folds, "fold", "value").dropna(subset="value")
    long["fold"] = long["fold"].str[-1].astype(int)
    return long.assign(
        network="net", arm="full", label="", seed=0, metric=METRIC, n_train=80, n_test=20
    )


def test_published_transferabilities_come_out(published):
    table = transferability(published, METRIC, baseline="paper", baseline_per="fold")
    found = table.pivot(index="source", columns="target", values="transferability")
    for source, row in MEANS.items():
        for target, expected in zip(("isic", "chest", "pcam-middle"), row, strict=True):
            if expected is None:
                assert source not in found.index or np.isnan(found.loc[source, target])
            else:
                assert found.loc[source, target] == pytest.approx(expected, abs=0.0051)
    assert len(table) == 24
    assert (table["folds"] == 5).all()


def test_published_fold_scores_give_the_sample_standard_deviation(published):
    table = transferability(published, METRIC, baseline="paper", baseline_per="fold")
    scores = pd.read_csv(PUBLISHED.with_name("aucs_scores_distances.csv"))
    expected = scores.set_index(["source", "target"])[[f"score_{i}" for i in range(1, 6)]]
    found = table.set_index(["source", "target"]).loc[expected.index]
    np.testing.assert_allclose(found["transferability"], expected.mean(axis=1), atol=1e-9)
    np.testing.assert_allclose(found["std"], expected.std(axis=1, ddof=1), atol=1e-9)


def test_mean_and_fold_baselines_by_hand():
    table = results({"random": [0.5, 0.8], "photos": [0.6, 0.8]})
    assert by_source(transferability(table, METRIC)) == pytest.approx(
        {"photos": 100 * (0.70 - 0.65) / 0.65, "random": 0.0}
    )
    per_fold = by_source(transferability(table, METRIC, baseline_per="fold"))
    assert per_fold == pytest.approx({"photos": 100 * (0.1 / 0.5 + 0.0) / 2, "random": 0.0})


def test_deviations_by_hand_are_of_gains_over_the_same_fold():
    table = results({"random": [0.5, 0.8, None], "photos": [0.6, 0.8, 0.1], "late": [0.9]})
    found = transferability(table, METRIC).set_index("source")["std"]
    half = 100 * 0.1 / 0.65 / 2  # two numbers deviate from their mean by half their difference
    assert found["photos"] == pytest.approx(2**0.5 * half)
    assert found["random"] == 0.0
    assert np.isnan(found["late"])
    found = transferability(table, METRIC, baseline_per="fold").set_index("source")["std"]
    assert found["photos"] == pytest.approx(2**0.5 * 100 * 0.1 / 0.5 / 2)


def test_only_folds_that_both_have_enter():
    table = results({"random": [0.5, None, 0.6], "photos": [0.6, 0.1, 0.6], "late": [None, 0.9]})
    found = transferability(table, METRIC)
    assert by_source(found)["photos"] == pytest.approx(100 * (0.6 - 0.55) / 0.55)
    assert np.isnan(by_source(found)["late"])
    assert found.set_index("source")["folds"].to_dict() == {"late": 0, "photos": 2, "random": 2}


def test_without_a_baseline_nothing_is_known():
    found = transferability(results({"photos": [0.6, 0.7]}), METRIC)
    assert found["transferability"].isna().all()


def test_order_of_rows_is_irrelevant():
    table = results({"random": [0.5, 0.7, 0.6], "photos": [0.6, 0.8, 0.7]})
    shuffled = table.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(transferability(shuffled, METRIC), transferability(table, METRIC))


def test_several_labels_give_a_row_each_and_their_unweighted_mean():
    table = pd.concat(
        [
            results({"random": [0.5, 0.6], "photos": [0.6, 0.7]}, label="a"),
            results({"random": [0.7, 0.8], "photos": [0.7, np.nan]}, label="b"),
        ]
    )
    found = transferability(table, METRIC)
    assert by_source(found, "a")["photos"] == pytest.approx(100 * (0.65 - 0.55) / 0.55)
    assert by_source(found, "b")["photos"] == pytest.approx(0.0)
    photos, random = (0.65 + 0.7) / 2, (0.6 + 0.7) / 2
    assert by_source(found)["photos"] == pytest.approx(100 * (photos - random) / random)


def test_a_mean_over_labels_that_is_there_is_not_added_again():
    table = with_label_means(results({"photos": [0.6]}, label="a"))
    assert len(table) == 2
    assert len(with_label_means(table)) == 2


def test_errors_say_what_is_held_and_what_is_allowed():
    table = results({"random": [0.5]}, metric="accuracy")
    with pytest.raises(DataError) as error:
        transferability(table, "auc_macro_ovr")
    assert str(error.value) == "results hold no metric 'auc_macro_ovr'; they hold accuracy."
    with pytest.raises(ConfigError) as wrong:
        transferability(table, "accuracy", baseline_per="median")
    assert str(wrong.value) == "baseline_per is 'median'; 'mean' or 'fold' was expected."


def test_a_fold_in_which_the_baseline_is_zero_counts_in_the_mean():
    rows = [
        ("n", source, "full", "t", 0, fold, "", "auc_weighted_ovr", value, 10, 5)
        for source, values in {"s": (0.0, 1.0), "random": (0.9, 0.0)}.items()
        for fold, value in enumerate(values)
    ]
    columns = ["network", "source", "arm", "target", "seed", "fold", "label", "metric", "value"]
    results = pd.DataFrame(rows, columns=[*columns, "n_train", "n_test"])
    found = transferability(results, "auc_weighted_ovr").set_index("source")
    assert found.loc["s", "transferability"] == pytest.approx(100 * (0.5 - 0.45) / 0.45)
