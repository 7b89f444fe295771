import numpy as np
import pytest

from warmstart.errors import DataError
from warmstart.metrics import METRICS, bootstrap, resampled_roc_auc, roc_auc

RESAMPLES = 60
every = pytest.mark.parametrize("metric", METRICS.values(), ids=lambda m: m.name)


def problem(n=50, classes=4, seed=0, digits=1):
    rng = np.random.default_rng(seed)
    labels = rng.choice(
        classes, size=n, p=np.array([6, 4, 2, 1][:classes]) / sum([6, 4, 2, 1][:classes])
    )
    scores = np.round(rng.dirichlet(np.ones(classes), size=n) + np.eye(classes)[labels] / 3, digits)
    draws = rng.integers(n, size=(RESAMPLES, n))
    weights = np.stack([np.bincount(d, minlength=n) for d in draws])
    return labels, scores, draws, weights


@every
@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("digits", [1, 8], ids=["ties", "no ties"])
def test_weights_equal_the_metric_of_the_resampled_images(metric, classes, digits):
    labels, scores, draws, weights = problem(classes=classes, digits=digits)
    expected = [metric.compute(labels[d], scores[d]) for d in draws]
    found = metric.resample(labels, scores, weights)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


@every
def test_a_class_that_a_resample_lacks_contributes_nothing(metric):
    labels, scores, draws, weights = problem(n=12, seed=3)
    assert any(len(set(labels[d])) < 4 for d in draws)
    expected = [metric.compute(labels[d], scores[d]) for d in draws]
    np.testing.assert_allclose(metric.resample(labels, scores, weights), expected, atol=1e-13)


def test_binary_auc_under_weights_is_equal_bit_for_bit():
    labels, scores, draws, weights = problem(classes=2)
    expected = [roc_auc(labels[d], scores[d, 1]) for d in draws]
    assert resampled_roc_auc(labels, scores[:, 1], weights).tolist() == expected


@every
def test_chunks_change_nothing(metric, monkeypatch):
    labels, scores, _, weights = problem()
    whole = metric.resample(labels, scores, weights)
    monkeypatch.setattr(bootstrap, "CHUNK_BYTES", 8 * len(labels) * 7)
    assert metric.resample(labels, scores, weights).tolist() == whole.tolist()


@every
def test_doubled_weights_change_nothing(metric):
    labels, scores, _, weights = problem()
    doubled = metric.resample(labels, scores, 2 * weights)
    np.testing.assert_allclose(doubled, metric.resample(labels, scores, weights), atol=1e-13)


def test_a_resample_with_one_class_has_no_auc():
    assert np.isnan(resampled_roc_auc([0, 1, 1], [0.1, 0.2, 0.3], [[0, 1, 2], [3, 0, 0]])).all()


@every
def test_no_resamples_give_no_values(metric):
    labels, scores, _, _ = problem()
    assert metric.resample(labels, scores, np.empty((0, len(labels)))).shape == (0,)


def test_weights_of_a_wrong_shape_are_refused():
    with pytest.raises(DataError) as error:
        resampled_roc_auc([0, 1], [0.1, 0.2], [[1, 1, 1]])
    assert str(error.value) == "weights have shape (1, 3); (resamples, 2) was expected."
