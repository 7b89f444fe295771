import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from warmstart.analysis.predictions import pool, read_predictions
from warmstart.analysis.roc import COLUMNS, GRID, roc_curve, roc_table


def pooled(study, source):
    return pool([read_predictions(f) for k, f in study.predictions.items() if k[1] == source])


def heights(table, source):
    own = table[table["source"] == source]
    assert len(own) == 102
    assert own[["false_positive_rate", "true_positive_rate"]].iloc[0].tolist() == [0.0, 0.0]
    assert own["false_positive_rate"].iloc[1:].tolist() == GRID.tolist()
    return own["true_positive_rate"].to_numpy()[1:]


def expected_curve(positive, scores):
    """Upper end of scikit-learn's curve at every grid point, found by walking along it."""
    fpr, tpr, _ = reference.roc_curve(positive, scores, drop_intermediate=False)
    found = []
    for x in GRID:
        i = max(k for k in range(len(fpr)) if fpr[k] <= x)
        slope = 0.0 if i + 1 == len(fpr) else (tpr[i + 1] - tpr[i]) / (fpr[i + 1] - fpr[i])
        found.append(tpr[i] + slope * (x - fpr[i]))
    return np.array(found)


def test_two_classes_give_the_curve_of_class_one(binary_study):
    table = roc_table(binary_study.predictions)
    assert table.columns.tolist() == COLUMNS
    assert set(table["curve"]) == {""}
    for source in ("photos", "random", "textures"):
        part = pooled(binary_study, source)
        expected = expected_curve(part.labels == 1, part.scores[:, 1])
        np.testing.assert_allclose(heights(table, source), expected, atol=1e-12)


def test_more_classes_give_the_mean_weighted_by_prevalence(study):
    table = roc_table(study.predictions)
    part = pooled(study, "photos")
    curves = [expected_curve(part.labels == c, part.scores[:, c]) for c in range(3)]
    expected = np.average(curves, axis=0, weights=np.bincount(part.labels))
    np.testing.assert_allclose(heights(table, "photos"), expected, atol=1e-12)
    assert set(table["curve"]) == {"one-vs-rest, weighted"}


def test_several_labels_give_the_mean_over_those_known(label_study):
    table = roc_table(label_study.predictions)
    part = pooled(label_study, "random")
    curves = []
    for y, s in zip(part.labels.T, part.scores.T, strict=True):
        known = ~np.isnan(y)
        curves.append(expected_curve(y[known] == 1, s[known]))
    np.testing.assert_allclose(heights(table, "random"), np.mean(curves, axis=0), atol=1e-12)
    assert set(table["curve"]) == {"mean over labels"}


def test_ties_are_one_slanted_line():
    positive = np.array([True, False, True, False, False])
    scores = np.array([0.5, 0.5, 0.9, 0.1, 0.5])
    found = roc_curve(positive, scores, np.array([0.0, 1 / 3, 2 / 3, 1.0]))
    assert found == pytest.approx([0.5, 0.75, 1.0, 1.0])


def test_order_of_runs_and_images_is_irrelevant(study):
    turned = {k: study.predictions[k].iloc[::-1] for k in reversed(study.predictions)}
    pd.testing.assert_frame_equal(roc_table(turned), roc_table(study.predictions))


def test_one_class_and_no_runs_draw_nothing(binary_study):
    key, frame = next(iter(binary_study.predictions.items()))
    assert roc_table({key: frame.assign(label=0)}).empty
    assert roc_table({}).columns.tolist() == COLUMNS
