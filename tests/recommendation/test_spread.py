import numpy as np
import pytest

from warmstart.metrics import roc_auc
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
    assert fold_noise([300, 300], 600, 3) == pytest.approx(
        np.hypot(TRAINING, 100 * auc_spread(100, 100) / np.sqrt(2))
    )
    assert fold_noise([10**7, 10**7], 2 * 10**7, 2) == pytest.approx(TRAINING, abs=1e-3)
