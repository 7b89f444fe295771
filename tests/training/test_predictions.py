import math

import numpy as np
import pytest

from warmstart.training.predictions import mean_auc


@pytest.mark.parametrize("labels", [np.array([0, 1]), np.array([[0, 1.0], [1, 0]])])
def test_the_auc_of_a_network_without_numbers_is_nan(labels):
    assert math.isnan(mean_auc(labels, np.full((2, 2), np.nan)))


def test_the_auc_of_labels_without_both_classes_is_nan():
    assert math.isnan(mean_auc(np.array([[1.0, np.nan], [1, 0]]), np.full((2, 2), 0.5)))
