import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from warmstart.analysis.assessment import NUMBERS, RELIABILITY, assess
from warmstart.analysis.predictions import Predictions, one_vs_rest
from warmstart.errors import DataError

NAMES = ("a", "b", "c")


def fold(seed, classes=3, count=120):
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet(np.ones(classes), count)
    labels = np.array([rng.choice(classes, p=p) for p in scores])
    return Predictions(np.array([f"{seed}-{i // 2}" for i in range(count)]), labels, scores)


def yes_no(seed, count=90):
    rng = np.random.default_rng(seed)
    scores = rng.random((count, 2))
    labels = (rng.random((count, 2)) < scores).astype(float)
    labels[:10, 1] = np.nan
    return Predictions(np.array([f"{seed}-{i}" for i in range(count)]), labels, scores)


def test_every_class_is_judged_against_the_rest_within_each_fold():
    folds = [fold(0), fold(1)]
    numbers = assess(folds, NAMES).numbers.set_index("class")
    assert [*numbers.reset_index().columns] == list(NUMBERS)
    for c, name in enumerate(NAMES):
        aucs = [roc_auc_score(f.labels == c, f.scores[:, c]) for f in folds]
        assert numbers.loc[name, "auc"] == pytest.approx(np.mean(aucs))
        assert numbers.loc[name, "positive"] == sum((f.labels == c).sum() for f in folds)
        assert numbers.loc[name, "auc_low"] < np.mean(aucs) < numbers.loc[name, "auc_high"]
    labels, scores = (np.concatenate([getattr(f, n) for f in folds]) for n in ("labels", "scores"))
    each = [brier_score_loss(labels == c, scores[:, c]) for c in range(3)]
    assert numbers.loc["mean", "brier"] == pytest.approx(np.mean(each))
    overall = [
        roc_auc_score(f.labels, f.scores, multi_class="ovr", average="weighted") for f in folds
    ]
    assert numbers.loc["mean", "auc"] == pytest.approx(np.mean(overall))


def test_of_two_classes_the_second_is_the_question():
    part = fold(0, classes=2)
    found = assess([part], ("no", "yes"))
    assert found.numbers["class"].tolist() == ["yes"]
    assert found.numbers["auc"].item() == pytest.approx(
        roc_auc_score(part.labels, part.scores[:, 1])
    )
    assert set(found.roc["curve"]) == set(found.reliability["curve"]) == {"yes"}


def test_unknown_labels_are_left_out_of_their_question_only():
    folds = [yes_no(0), yes_no(1)]
    found = assess(folds, ("x", "y"))
    numbers = found.numbers.set_index("class")
    assert numbers["images"].to_dict() == {"mean": 180, "x": 180, "y": 160}
    known = [~np.isnan(f.labels[:, 1]) for f in folds]
    aucs = [
        roc_auc_score(f.labels[k, 1], f.scores[k, 1]) for f, k in zip(folds, known, strict=True)
    ]
    assert numbers.loc["y", "auc"] == pytest.approx(np.mean(aucs))
    assert numbers.loc["mean", "auc"] == pytest.approx(numbers.loc[["x", "y"], "auc"].mean())
    assert found.reliability.columns.tolist() == list(RELIABILITY)


def test_a_class_that_a_fold_lacks_is_judged_by_the_others():
    first, second = fold(0), fold(1)
    kept = second.labels != 2
    lacking = Predictions(second.groups[kept], second.labels[kept], second.scores[kept])
    numbers = assess([first, lacking], NAMES).numbers.set_index("class")
    expected = roc_auc_score(first.labels == 2, first.scores[:, 2])
    assert numbers.loc["c", "auc"] == pytest.approx(expected)


def test_a_class_without_any_image_has_no_auc_and_no_curve():
    part = fold(0)
    kept = part.labels != 2
    found = assess([Predictions(part.groups[kept], part.labels[kept], part.scores[kept])], NAMES)
    assert np.isnan(found.numbers.set_index("class").loc["c", "auc"])
    assert set(found.roc["curve"]) == {"a", "b"}


def test_names_must_be_as_many_as_scores():
    with pytest.raises(DataError, match=r"^2 names were given for 3 columns of scores\.$"):
        one_vs_rest(fold(0), ("a", "b"))
