import numpy as np
import pytest
from sklearn import metrics as reference

from warmstart.errors import DataError
from warmstart.metrics import (
    METRICS,
    accuracy,
    auc_ovr,
    balanced_accuracy,
    classification_metrics,
    multilabel_metrics,
    roc_auc,
)


def problem(n=80, classes=4, seed=0, digits=2):
    """Labels, and probabilities rounded so that there are ties."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(classes, size=n - classes)])
    logits = rng.normal(size=(n, classes)) + 1.2 * (labels[:, None] == np.arange(classes))
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    scores = np.round(scores, digits)
    scores[:, -1] = 1 - scores[:, :-1].sum(axis=1)
    return labels, scores


def pairs_won(labels, scores):
    """The definition: every positive against every negative, a tie counts one half."""
    wins = [
        1.0 if p > q else 0.5 if p == q else 0.0
        for p in scores[labels == 1]
        for q in scores[labels == 0]
    ]
    return sum(wins) / len(wins)


@pytest.mark.parametrize("seed", range(5))
def test_roc_auc_is_the_share_of_pairs_won(seed):
    labels, scores = problem(classes=2, seed=seed, digits=1)
    assert len(np.unique(scores[:, 1])) < 12
    assert roc_auc(labels, scores[:, 1]) == pairs_won(labels, scores[:, 1])


@pytest.mark.parametrize("average", ["weighted", "macro"])
@pytest.mark.parametrize("seed", range(3))
def test_auc_ovr_equals_scikit_learn(seed, average):
    labels, scores = problem(seed=seed)
    expected = reference.roc_auc_score(labels, scores, multi_class="ovr", average=average)
    assert auc_ovr(labels, scores, average) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("average", ["weighted", "macro"])
def test_two_classes_use_the_plain_auc_of_class_one(average):
    labels, scores = problem(classes=2)
    expected = reference.roc_auc_score(labels, scores[:, 1])
    assert auc_ovr(labels, scores, average) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("classes", [2, 4])
def test_accuracies_equal_scikit_learn(classes):
    labels, scores = problem(classes=classes)
    chosen = scores.argmax(axis=1)
    assert accuracy(labels, scores) == pytest.approx(reference.accuracy_score(labels, chosen))
    expected = reference.balanced_accuracy_score(labels, chosen)
    assert balanced_accuracy(labels, scores) == pytest.approx(expected)


def test_a_class_that_no_image_has_contributes_nothing():
    labels, scores = problem(classes=4)
    kept = labels != 3
    y, s = labels[kept], scores[kept]
    each = [reference.roc_auc_score(y == c, s[:, c]) for c in range(3)]
    assert auc_ovr(y, s, "macro") == pytest.approx(np.mean(each))
    assert auc_ovr(y, s) == pytest.approx(np.average(each, weights=np.bincount(y)))
    assert balanced_accuracy(y, s) == pytest.approx(
        np.mean([(s.argmax(axis=1) == y)[y == c].mean() for c in range(3)])
    )


def test_one_class_has_no_auc_and_no_image_has_no_metric():
    assert np.isnan(roc_auc([1, 1], [0.1, 0.2]))
    assert np.isnan(auc_ovr([1, 1], np.full((2, 3), 1 / 3)))
    assert all(np.isnan(v) for v in classification_metrics([], np.empty((0, 3))).values())


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda m: m.name)
def test_every_metric_ignores_the_order_of_images(metric):
    labels, scores = problem(classes=4)
    order = np.random.default_rng(1).permutation(len(labels))
    expected = metric.compute(labels, scores)
    assert metric.compute(labels[order], scores[order]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda m: m.name)
def test_every_metric_prefers_the_truth_and_names_its_direction(metric):
    labels, scores = problem(classes=4)
    assert metric.compute(labels, np.eye(4)[labels]) == 1.0
    assert metric.compute(labels, scores) < 1.0
    assert metric.higher_is_better
    assert metric.cite


def test_adding_a_constant_to_scores_keeps_the_auc():
    labels, scores = problem(classes=4, digits=6)
    assert auc_ovr(labels, scores + 0.25) == auc_ovr(labels, scores)


def test_multilabel_metrics_leave_out_missing_labels():
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=(60, 3)).astype(float)
    scores = rng.random((60, 3))
    labels[:20, 1] = np.nan
    labels[:, 2] = 1.0
    found = multilabel_metrics(labels, scores, ["a", "b", "c"])
    values = {(name, metric): value for name, metric, value in found}
    assert list(dict.fromkeys(name for name, _, _ in found)) == ["a", "b", "c"]
    assert {metric for _, metric, _ in found} == set(METRICS)
    expected = reference.roc_auc_score(labels[20:, 1], scores[20:, 1])
    assert values["b", "auc_weighted_ovr"] == pytest.approx(expected)
    assert values["b", "auc_macro_ovr"] == pytest.approx(expected)
    assert np.isnan(values["c", "auc_weighted_ovr"])
    assert values["c", "accuracy"] == pytest.approx((scores[:, 2] > 0.5).mean())


def test_a_label_known_for_no_image_is_nan():
    found = multilabel_metrics(np.full((3, 1), np.nan), np.full((3, 1), 0.5), ["a"])
    assert all(np.isnan(value) for _, _, value in found)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: roc_auc([0, 1], [0.1]),
            "labels (2,) and scores (1,) must both have shape (n,).",
        ),
        (lambda: roc_auc([0, 2], [0.1, 0.2]), "label 2 is none of the classes 0 to 1."),
        (
            lambda: auc_ovr([0, 1], [[0.1], [0.2]]),
            "labels (2,) and scores (2, 1) must have shapes (n,) and (n, K), K >= 2.",
        ),
        (
            lambda: accuracy([0, 1], [[0.5, 0.5], [np.nan, 0.5]]),
            "scores row 1 holds NaN or inf; that run's network diverged.",
        ),
        (
            lambda: multilabel_metrics([[0.0]], [[0.1]], ["a", "b"]),
            "labels (1, 1) and scores (1, 1) must both have shape (n, 2), "
            "one column per label name.",
        ),
    ],
)
def test_errors_say_what_was_got_and_expected(call, message):
    with pytest.raises(DataError) as error:
        call()
    assert str(error.value) == message
