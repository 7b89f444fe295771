import numpy as np
import pytest
from scipy.stats import entropy

from warmstart.errors import ConfigError
from warmstart.measures import leep, nce, nleep
from warmstart.measures.mixture import k_means, mixture_posteriors

LABELS = np.array([0, 0, 0, 1, 1, 2])


def test_a_head_that_says_nothing_gives_minus_the_entropy_of_the_labels():
    expected = -entropy([3, 2, 1])
    assert leep(np.full((6, 4), 0.25), LABELS) == pytest.approx(expected, rel=1e-12)
    assert nce(np.full((6, 4), 0.25), LABELS) == pytest.approx(expected, rel=1e-12)


def test_a_head_that_knows_the_labels_gives_0():
    p = np.eye(5)[[4, 4, 4, 0, 0, 2]]
    assert leep(p, LABELS) == 0
    assert nce(p, LABELS) == 0


def test_leep_is_the_sum_of_its_definition(rng):
    p = rng.dirichlet(np.ones(3), size=6)
    total = 0.0
    for i in range(6):
        inner = 0.0
        for z in range(3):
            joint = sum(p[j, z] for j in range(6) if LABELS[j] == LABELS[i])
            inner += joint / p[:, z].sum() * p[i, z]
        total += np.log(inner) / 6
    assert leep(p, LABELS) == pytest.approx(total, rel=1e-12)


def test_nce_is_the_conditional_entropy_of_its_definition(rng):
    p = rng.dirichlet(np.ones(3), size=6)
    z = p.argmax(axis=1)
    expected = sum(np.mean(z == c) * entropy(np.bincount(LABELS[z == c])) for c in np.unique(z))
    assert nce(p, LABELS) == pytest.approx(-expected, rel=1e-12)


def test_nleep_of_far_clusters_is_0_and_of_mixed_ones_minus_the_entropy(rng):
    clusters = np.repeat([0, 1], 50)
    x = 50 * clusters[:, None] + rng.normal(size=(100, 3))
    assert nleep(x, clusters, per_class=1) == pytest.approx(0, abs=1e-9)
    mixed = np.tile([0, 1], 50)
    assert nleep(x, mixed, per_class=1) == pytest.approx(-np.log(2), rel=1e-6)
    assert nleep(x, mixed, per_class=1, log=False) == pytest.approx(0.5, rel=1e-6)


def test_nleep_is_the_same_twice_and_another_with_another_seed(rng):
    x, y = rng.normal(size=(80, 6)), np.arange(80) % 3
    assert nleep(x, y) == nleep(x, y)
    assert nleep(x, y) != nleep(x, y, seed=1)


def test_the_mixture_is_a_fixed_point_of_expectation_and_maximisation(rng):
    from sklearn.mixture import GaussianMixture

    centres = rng.normal(scale=5, size=(3, 2))
    x = centres[np.arange(150) % 3] + rng.normal(size=(150, 2))
    ours = mixture_posteriors(x, 3, np.random.default_rng(0))
    theirs = GaussianMixture(3, n_init=5, random_state=0).fit(x).predict_proba(x)
    order = [int(theirs[ours[:, k] > 0.9].sum(axis=0).argmax()) for k in range(3)]
    assert sorted(order) == [0, 1, 2]
    assert np.abs(ours - theirs[:, order]).mean() < 1e-2


def test_k_means_puts_every_point_to_its_nearest_centre(rng):
    x = rng.normal(size=(200, 4))
    nearest = k_means(x, 6, np.random.default_rng(1))
    centres = np.stack([x[nearest == k].mean(axis=0) for k in range(6)])
    assert np.array_equal(((x[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1), nearest)


def test_k_means_of_fewer_different_points_than_clusters_ends():
    x = np.repeat([[0.0], [1.0]], 5, axis=0)
    assert len(set(k_means(x, 4, np.random.default_rng(0)).tolist())) == 2


def test_nleep_takes_features_of_any_scale(rng):
    labels = np.arange(120) % 2
    x = rng.normal(size=(120, 8)) + 2 * labels[:, None]
    x = np.hstack([x, x[:, :3]])  # singular, but for what is added to the variances
    large = [nleep(scale * x, labels) for scale in (1e9, 1e12)]
    assert large[0] == pytest.approx(large[1], rel=1e-6)


def test_no_gaussians_are_refused():
    with pytest.raises(ConfigError, match=r"^nleep got per_class = 0; expected at least 1\.$"):
        nleep([[0.0], [1.0]], [0, 1], per_class=0)
