import numpy as np
import pandas as pd
import pytest

from warmstart.analysis.intervals import (
    draw_groups,
    interval,
    percentile_interval,
    resampled_metric,
    transferability_interval,
)
from warmstart.analysis.predictions import Predictions, read_predictions
from warmstart.errors import DataError
from warmstart.metrics import METRICS

AUC = METRICS["auc_weighted_ovr"]


def draw(groups, resamples=40, seed=0):
    return draw_groups(groups, resamples=resamples, rng=np.random.default_rng(seed))


def parts_of(study, source):
    return {
        key[4:]: read_predictions(frame)
        for key, frame in study.predictions.items()
        if key[1] == source
    }


def resampled(study, source, shared, names=()):
    return {
        pair: resampled_metric(part, AUC, shared, names)
        for pair, part in parts_of(study, source).items()
    }


@pytest.fixture
def shared(study):
    return draw([p.groups for p in parts_of(study, "photos").values()])


def test_every_resample_holds_as_many_groups_as_there_are():
    found = draw([np.array(["b", "a", "a"]), np.array(["c", "d"])])
    assert found.groups.tolist() == ["a", "b", "c", "d"]
    assert (found.counts.sum(axis=0) == 4).all()
    assert found.counts.shape == (4, 40)


def test_images_of_a_group_stay_together():
    groups = np.array(["b", "a", "b", "c"])
    weights = draw([groups]).weights(groups)
    assert weights.shape == (40, 4)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert not (weights[:, 0] == weights[:, 1]).all()


def test_order_of_images_and_folds_cannot_change_the_draw():
    one, two = np.array(["b", "a", "a"]), np.array(["c"])
    np.testing.assert_array_equal(draw([one, two]).counts, draw([two, one[::-1]]).counts)


def test_drawn_once_every_image_counts_once():
    groups = np.array(["b", "a", "b", "c"])
    np.testing.assert_array_equal(draw([groups]).once.weights(groups), [[1, 1, 1, 1]])


def test_a_group_that_was_not_drawn_is_refused():
    with pytest.raises(DataError) as error:
        draw([np.array(["a"])]).weights(np.array(["a", "z"]))
    assert str(error.value) == "group 'z' was not there when groups were drawn."


def test_resampled_metric_equals_the_metric_of_repeated_rows(study, shared):
    for part in parts_of(study, "textures").values():
        found = resampled_metric(part, AUC, shared, ())[""]
        for b in range(5):
            rows = np.repeat(np.arange(len(part.labels)), shared.weights(part.groups)[b])
            expected = AUC.compute(part.labels[rows], part.scores[rows])
            assert found[b] == pytest.approx(expected, abs=1e-13)


def test_labels_are_resampled_each_and_as_a_mean(label_study):
    parts = parts_of(label_study, "photos")
    shared = draw([p.groups for p in parts.values()])
    part = parts[0, 0]
    found = resampled_metric(part, AUC, shared, ["a", "b", "c"])
    assert list(found) == ["", "a", "b", "c"]
    np.testing.assert_allclose(found[""], np.mean([found[n] for n in "abc"], axis=0))
    rows = np.repeat(np.arange(len(part.labels)), shared.weights(part.groups)[0])
    y, s = part.labels[rows, 1], part.scores[rows, 1]
    known = ~np.isnan(y)
    expected = AUC.compute(y[known], np.column_stack([1 - s, s])[known])
    assert found["b"][0] == pytest.approx(expected)
    with pytest.raises(DataError, match=r"^2 names were given for 3 labels\.$"):
        resampled_metric(part, AUC, shared, ["a", "b"])


def test_the_interval_is_of_the_mean_over_folds(study, shared):
    values = {pair: v[""] for pair, v in resampled(study, "photos", shared).items()}
    means = np.mean(list(values.values()), axis=0)
    assert interval(values) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])))


def test_transferability_is_paired_resample_by_resample(study, shared):
    source = {pair: v[""] for pair, v in resampled(study, "photos", shared).items()}
    base = {pair: v[""] for pair, v in resampled(study, "random", shared).items()}
    s, b = (np.stack(list(v.values())) for v in (source, base))
    mean = 100 * (s.mean(axis=0) - b.mean(axis=0)) / b.mean(axis=0)
    fold = (100 * (s - b) / b).mean(axis=0)
    ends = [0.025, 0.975]
    per_mean = transferability_interval(source, base, "mean")
    assert per_mean == pytest.approx(tuple(np.quantile(mean, ends)))
    per_fold = transferability_interval(source, base, "fold")
    assert per_fold == pytest.approx(tuple(np.quantile(fold, ends)))


def test_a_source_against_itself_gains_exactly_nothing(study, shared):
    values = {pair: v[""] for pair, v in resampled(study, "photos", shared).items()}
    assert transferability_interval(values, values, "mean") == (0.0, 0.0)
    nothing = transferability_interval(values, {}, "mean")
    assert nothing == pytest.approx((np.nan, np.nan), nan_ok=True)


def test_a_resample_that_leaves_a_fold_with_one_class_uses_the_other_folds():
    values = {(0, 0): np.array([0.5, np.nan]), (0, 1): np.array([0.7, 0.7])}
    assert interval(values) == pytest.approx((0.6 + 0.1 * 0.025, 0.7 - 0.1 * 0.025))
    assert np.isnan(interval({(0, 0): np.full(3, np.nan)})).all()


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    """Two normal classes one unit apart: the AUC is Phi(1 / sqrt 2) = 0.7602."""
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        y = np.arange(200) % 2
        s = rng.normal(size=200) + y
        columns = {"group": np.arange(200).astype(str), "label": y, "score_0": -s, "score_1": s}
        part = read_predictions(pd.DataFrame(columns))
        shared = draw([part.groups], resamples=200, seed=seed)
        low, high = percentile_interval(resampled_metric(part, AUC, shared, ())[""])
        hits += low < 0.7602 < high
    assert 51 <= hits <= 60


def test_one_group_says_nothing_about_others(study):
    part = read_predictions(study.predictions["net", "photos", "full", "lesions", 0, 0])
    lone = Predictions(np.full(len(part.labels), "x"), part.labels, part.scores)
    for metric in METRICS.values():
        found = percentile_interval(resampled_metric(lone, metric, draw([lone.groups]), ())[""])
        assert np.isnan(found).all()


def test_a_table_without_the_columns_is_refused():
    with pytest.raises(DataError) as error:
        read_predictions(pd.DataFrame({"image": [0], "label": [1]}))
    assert str(error.value) == (
        "predictions have the columns image, label; "
        "group, label or label_0.. and score_0.. were expected."
    )
