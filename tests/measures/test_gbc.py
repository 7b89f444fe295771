import numpy as np
import pytest

from warmstart.errors import ConfigError
from warmstart.measures import gbc
from warmstart.measures.gbc import LEAST_VARIANCE


@pytest.fixture
def problem(rng):
    y = np.repeat([0, 1, 2], (30, 20, 10))
    x = rng.normal(size=(60, 4)) * (1 + y[:, None]) @ rng.normal(size=(4, 4)) + y[:, None]
    return x, y


def covariance(points, kind):
    full = np.atleast_2d(np.cov(points.T, bias=True))
    if kind == "full":
        return full
    variances = np.maximum(np.diag(full), LEAST_VARIANCE)
    return np.diag(variances) if kind == "diagonal" else np.eye(len(full)) * variances.mean()


@pytest.mark.parametrize("kind", ["spherical", "diagonal", "full"])
def test_is_the_sum_of_its_definition_over_ordered_pairs(problem, kind):
    x, y = problem
    total = 0.0
    for i in range(3):
        for j in range(3):
            if i == j:
                continue
            one, two = (covariance(x[y == k], kind) for k in (i, j))
            both, apart = (one + two) / 2, x[y == i].mean(axis=0) - x[y == j].mean(axis=0)
            distance = apart @ np.linalg.inv(both) @ apart / 8
            distance += np.log(np.linalg.det(both)) / 2
            distance -= np.log(np.linalg.det(one) * np.linalg.det(two)) / 4
            total += np.exp(-distance)
    assert gbc(x, y, covariance=kind, log=False) == pytest.approx(-total, rel=1e-9)
    assert gbc(x, y, covariance=kind) == pytest.approx(-np.log(total), rel=1e-9)


@pytest.mark.parametrize("kind", ["spherical", "diagonal", "full"])
def test_classes_that_are_the_same_overlap_wholly(rng, kind):
    x = rng.normal(size=(20, 3))
    assert gbc(np.vstack([x, x, x]), np.repeat([0, 1, 2], 20), covariance=kind, log=False) == (
        pytest.approx(-6, rel=1e-12)
    )


def test_a_class_of_one_image_has_the_least_variance(rng):
    x, y = rng.normal(size=(6, 3)), [0, 0, 0, 0, 0, 1]
    assert all(np.isfinite(gbc(x, y, covariance=kind)) for kind in ("spherical", "full"))


def test_full_covariances_of_more_features_than_images_are_those_of_their_span(rng):
    y = np.repeat([0, 1], 6)
    x = rng.normal(size=(12, 20)) + y[:, None]
    basis = np.linalg.qr((x - x.mean(axis=0)).T)[0]
    assert gbc(x, y, covariance="full") == pytest.approx(
        gbc(x @ basis, y, covariance="full"), rel=1e-6
    )


def test_principal_components_can_come_first(problem):
    x, y = problem
    axes = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][:2]
    assert gbc(x, y, covariance="full", components=2) == pytest.approx(
        gbc(x @ axes.T, y, covariance="full"), rel=1e-9
    )
    assert gbc(x, y, components=64) == pytest.approx(gbc(x, y), rel=1e-9)


def test_an_unknown_covariance_is_refused(problem):
    with pytest.raises(ConfigError) as error:
        gbc(*problem, covariance="round")
    assert str(error.value) == (
        "gbc knows no covariance 'round'; expected one of spherical, diagonal, full."
    )
    with pytest.raises(ConfigError, match=r"^gbc got components = 0; expected at least 1\.$"):
        gbc(*problem, components=0)
