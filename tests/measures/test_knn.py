import numpy as np
import pytest
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from warmstart.errors import ConfigError
from warmstart.measures import knn


@pytest.mark.parametrize(("k", "d"), [(1, 4), (3, 4), (5, 4), (3, 90)])
def test_is_leave_one_out_accuracy_where_two_classes_cannot_tie(rng, k, d):
    y = np.repeat([0, 1], (40, 20))
    x = rng.normal(size=(60, d)) + y[:, None]
    expected = cross_val_score(KNeighborsClassifier(k), x, y, cv=LeaveOneOut()).mean()
    assert knn(x, y, k=k) == pytest.approx(expected, rel=1e-12)


def test_an_image_that_occurs_twice_is_its_copys_neighbour_not_its_own():
    x = [[0.0], [0.0], [5.0], [5.0]]
    assert knn(x, [0, 0, 1, 1]) == 1
    assert knn(x, [0, 1, 0, 1]) == 0


def test_images_equally_far_share_the_places_left():
    # From 0 both 1 and -1 are at distance 1: one vote, half for each class. From 1 and -1 it is 0.
    assert knn([[0.0], [1.0], [-1.0]], [0, 0, 1]) == pytest.approx((0.5 + 1 + 0) / 3)


def test_classes_with_as_many_votes_share_the_prediction():
    x = [[0.0], [1.0], [1.5], [10.0], [11.0], [12.0]]
    # 0 sees 1 and 1.5, one vote each; 1 sees 0 and 1.5; 1.5 sees 1 and 0; the far ones see each
    # other.
    assert knn(x, [0, 0, 1, 2, 2, 2], k=2) == pytest.approx((0.5 + 0.5 + 0 + 3) / 6)


def test_an_offset_costs_no_digits(rng):
    x, y = rng.normal(size=(50, 3)), np.arange(50) % 2
    assert knn(x + 1e6, y) == knn(x, y)


@pytest.mark.parametrize("k", [0, 3])
def test_k_out_of_range_is_refused(k):
    with pytest.raises(ConfigError) as error:
        knn([[0.0], [1.0], [2.0]], [0, 0, 1], k=k)
    assert str(error.value) == f"knn got k = {k}; expected 1 to 2, one less than the images."
