import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from warmstart.errors import ConfigError, DataError
from warmstart.measures import linear_probe
from warmstart.measures.logistic import curvature_factor, fit_logistic


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("d", [6, 100], ids=["n>d", "d>n"])
@pytest.mark.parametrize("penalty", [1.0, 0.3])
def test_the_fit_is_that_of_scikit_learn(rng, classes, d, penalty):
    y = np.arange(60) % classes
    x = rng.normal(size=(60, d)) * np.linspace(1, 50, d) + np.eye(classes, d)[y] + 7
    x = np.pad(x, ((0, 0), (0, 1)), constant_values=0.1)
    scaler = StandardScaler().fit(x)
    theirs = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=10_000)
    theirs.fit(scaler.transform(x), y)
    ours = fit_logistic(x, y, classes, penalty)
    expected = theirs.predict_proba(scaler.transform(x))
    assert np.abs(ours.probabilities(x) - expected).max() < 1e-3


def test_features_that_say_nothing_are_near_one_half_and_those_that_do_near_one(rng):
    y = rng.permutation(np.arange(400) % 2)
    noise = rng.normal(size=(400, 20))
    assert abs(linear_probe(noise, y) - 0.5) < 0.1
    assert linear_probe(noise + 3 * y[:, None], y) > 0.99


def test_a_group_is_never_on_both_sides(rng):
    patients = np.arange(240) // 4
    y = np.arange(60)[patients] % 2
    recognisable = rng.normal(size=(60, 30))[patients] + 0.05 * rng.normal(size=(240, 30))
    assert linear_probe(recognisable, y) > 0.85
    assert linear_probe(recognisable, y, groups=patients) < 0.75


def test_fewer_groups_than_folds_make_fewer_folds(rng):
    y = np.arange(24) % 2
    x = rng.normal(size=(24, 2)) + 4 * y[:, None]
    assert linear_probe(x, y, groups=np.arange(24) // 12) > 0.9


def test_a_class_in_one_group_is_left_out_of_its_fold(rng):
    groups = np.arange(60) // 10
    y = np.where(groups == 5, 2, np.arange(60) % 2)
    x = rng.normal(size=(60, 3)) + 4 * np.eye(3)[y]
    assert linear_probe(x, y, groups=groups) > 0.95


def test_folds_and_groups_that_cannot_be_are_refused(rng):
    x, y = rng.normal(size=(12, 2)), np.arange(12) % 2
    with pytest.raises(ConfigError) as error:
        linear_probe(x, y, folds=1)
    assert str(error.value) == "linear_probe got folds = 1; expected at least 2."
    with pytest.raises(DataError) as error:
        linear_probe(x, y, groups=y)
    assert str(error.value) == (
        "no fold holds two classes that other folds hold too; linear_probe needs at least two "
        "groups (without groups: images) of each of two classes."
    )


def test_what_folds_share_shortens_the_way_and_leads_to_the_same_place(rng):
    y = np.arange(90) % 3
    x = rng.normal(size=(90, 8)) + 2 * np.eye(3, 8)[y]
    shared = curvature_factor(x, y, 3, 0.9)
    alone, helped = (fit_logistic(x[:60], y[:60], 3, 0.6, given) for given in (None, shared))
    assert helped.probabilities(x) == pytest.approx(alone.probabilities(x), abs=1e-4)
    assert curvature_factor(x[:9], y[:9], 3, 0.9) is None
