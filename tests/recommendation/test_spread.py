import numpy as np
import pytest
from scipy.special import softmax

from warmstart.metrics import auc_ovr, roc_auc
from warmstart.recommendation.spread import TRAINING, TYPICAL, auc_spread, fold_noise


def test_the_spread_is_that_of_simulated_test_sets():
    """Exponential scores, for which the formula is exact, with an AUC of 0.8."""
    rng = np.random.default_rng(0)
    positives, negatives = 20, 50
    ratio = TYPICAL / (1 - TYPICAL)
    labels = np.repeat([1, 0], [positives, negatives])
    found = [
        roc_auc(labels, np.r_[rng.exponential(ratio, positives), rng.exponential(1.0, negatives)])
        for _ in range(4000)
    ]
    assert np.mean(found) == pytest.approx(TYPICAL, abs=0.004)
    assert np.std(found) == pytest.approx(auc_spread(positives, negatives), rel=0.04)


def test_it_falls_with_images_and_is_unknown_without():
    assert auc_spread(10, 10) > auc_spread(100, 100) > auc_spread(1000, 1000) > 0
    assert auc_spread(0, 50) == np.inf


def test_noise_of_a_fold_by_hand():
    assert fold_noise([300, 300], 600, 3, multilabel=False) == pytest.approx(
        np.hypot(TRAINING, 100 * auc_spread(100, 100) / np.sqrt(2))
    )
    labels = np.hypot(auc_spread(100, 300), auc_spread(20, 380)) / 2
    assert fold_noise([300, 60], 1200, 3, multilabel=True) == pytest.approx(
        np.hypot(TRAINING, 100 * labels / np.sqrt(2))
    )
    many = fold_noise([10**7, 10**7], 2 * 10**7, 2, multilabel=False)
    assert many == pytest.approx(TRAINING, abs=1e-3)


def over_images(counts, images, *, multilabel):
    """What `fold_noise` takes the standard deviation over images to be, in AUC points."""
    noise = fold_noise(counts, images, 1, multilabel=multilabel)
    return np.sqrt(2 * (noise**2 - TRAINING**2))


@pytest.mark.parametrize(
    ("counts", "signal"),
    [
        ([50, 50], 0.84),
        ([30] * 3, 0.97),
        ([90, 30, 15], 0.97),
        ([70] * 7, 1.08),
        ([140, 40, 30, 20, 10, 10, 10], 1.08),
        ([10] * 10, 1.12),
        ([1] * 100, 1.18),
    ],
)
def test_noise_over_images_is_that_of_simulated_classes(counts, signal):
    """Probabilities of a softmax; signals are such that the AUC is that of the formula."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(counts)), counts)
    logits = rng.normal(size=(300, len(labels), len(counts)))
    logits[:, np.arange(len(labels)), labels] += signal
    found = [auc_ovr(labels, softmax(one, axis=1)) for one in logits]
    assert np.mean(found) == pytest.approx(TYPICAL, abs=0.015)
    told = over_images(counts, len(labels), multilabel=False)
    assert 0.9 < told / (100 * np.std(found)) < 1.35


def test_noise_over_images_is_that_of_simulated_labels():
    rng = np.random.default_rng(0)
    labels = np.stack([np.arange(200) % every == 0 for every in (2, 3, 5, 10, 20)], axis=1)
    found = []
    for _ in range(300):
        scores = rng.normal(size=labels.shape) + 1.19 * labels
        found.append(np.mean([roc_auc(*pair) for pair in zip(labels.T, scores.T, strict=True)]))
    told = over_images(labels.sum(axis=0).tolist(), len(labels), multilabel=True)
    assert 0.9 < told / (100 * np.std(found)) < 1.35
