"""Fréchet distance, MMD, KID, classifier of origin, and the Vendi score."""

import sys

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist
from scipy.stats import entropy
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from warmstart.errors import DataError
from warmstart.measures import frechet, kid, linear_probe, mmd, origin, vendi

DISTANCES = [frechet, mmd, kid, origin]
every = pytest.mark.parametrize("distance", DISTANCES, ids=lambda f: f.__name__)


@pytest.fixture
def sets(rng):
    return rng.normal(size=(40, 6)), 1.3 * rng.normal(size=(30, 6)) + 0.4


@pytest.mark.parametrize("n", [20, 60])
def test_frechet_is_the_formula_with_scipys_matrix_root(rng, n):
    a, b = rng.normal(size=(n, 12)), rng.normal(size=(n, 12)) * 2 + 0.3
    s, t = np.cov(a.T), np.cov(b.T)
    expected = np.square(a.mean(0) - b.mean(0)).sum() + np.trace(s + t - 2 * sqrtm(s @ t).real)
    assert frechet(a, b) == pytest.approx(expected, rel=1e-8)


def test_frechet_of_spheres_in_more_dimensions_than_images(rng):
    a = rng.normal(size=(9, 200))
    assert frechet(a, 3 * a + 1) == pytest.approx(
        np.square(2 * a.mean(0) + 1).sum() + 4 * np.trace(np.cov(a.T)), rel=1e-9
    )


def brute_force_mmd(a, b, kernel):
    def other(x):
        return np.mean([kernel(p, q) for i, p in enumerate(x) for j, q in enumerate(x) if i != j])

    return other(a) + other(b) - 2 * np.mean([kernel(p, q) for p in a for q in b])


def test_mmd_by_brute_force(sets):
    a, b = sets
    expected = brute_force_mmd(a, b, lambda p, q: np.exp(-np.square(p - q).sum() / (2 * 1.7**2)))
    assert mmd(a, b, bandwidth=1.7) == pytest.approx(expected, rel=1e-9)


def test_the_default_bandwidth_is_the_mean_squared_distance(sets):
    both = np.concatenate(sets)
    mean = cdist(both, both, "sqeuclidean").mean()
    assert mmd(*sets) == pytest.approx(mmd(*sets, bandwidth=np.sqrt(mean / 2)), rel=1e-9)


def test_kid_by_brute_force(sets):
    a, b = sets
    expected = brute_force_mmd(a, b, lambda p, q: (p @ q / 6 + 1) ** 3)
    assert kid(a, b) == pytest.approx(expected, rel=1e-9)


def test_blocks_do_not_change_a_kernel_mean(sets, monkeypatch):
    whole = mmd(*sets)
    monkeypatch.setattr(sys.modules[mmd.__module__], "_BLOCK", 70)
    assert mmd(*sets) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("distance", [mmd, kid], ids=lambda f: f.__name__)
def test_unbiased_distances_of_one_distribution_are_zero_on_average(rng, distance):
    drawn = [distance(*rng.normal(size=(2, 12, 3))) for _ in range(400)]
    assert abs(np.mean(drawn)) < 3 * np.std(drawn) / 20


def test_origin_knows_a_shift_and_no_difference(rng):
    a = rng.normal(size=(100, 3))
    assert origin(a, a + 6) == pytest.approx(1.0)
    assert abs(origin(a, rng.normal(size=(100, 3))) - 0.5) < 0.15


def test_origin_keeps_groups_together(rng):
    """Ten patients, each of one dataset, told apart by who they are and by nothing else."""
    patients = np.repeat(np.arange(10), 12)
    features = 5 * np.eye(10)[patients] + rng.normal(size=(120, 10))
    split = features[:60], features[60:]
    assert origin(*split) > 0.95
    assert origin(*split, groups=patients) < 0.8


def test_origin_of_a_dataset_and_itself_is_one_half(rng):
    a = rng.normal(size=(60, 20))
    both, which = np.concatenate([a, a]), np.repeat([0, 1], 60)
    assert linear_probe(both, which) < 0.4  # an image's copy is learnt with the other answer
    assert origin(a, a) == 0.5
    assert origin(a, rng.permutation(a)) == 0.5
    integers = np.rint(a)
    assert origin(integers, np.where(integers == 0, -0.0, integers)) == 0.5


def test_origin_of_datasets_that_share_images_is_that_of_folds_that_share_none(rng):
    shared, own = rng.normal(size=(60, 8)), rng.normal(size=(2, 60, 8))
    a, b = np.concatenate([shared, own[0]]), np.concatenate([own[1] + 0.4, shared])
    features, which = np.concatenate([a, b]), np.repeat([0, 1], 120)
    image = np.concatenate([np.arange(120), np.arange(120, 180), np.arange(60)])
    aucs = []
    for train, test in GroupKFold(5, shuffle=True, random_state=0).split(features, groups=image):
        model = LogisticRegression(C=1 / (0.01 * len(train)))
        model = make_pipeline(StandardScaler(), model).fit(features[train], which[train])
        aucs.append(roc_auc_score(which[test], model.decision_function(features[test])))
    assert origin(a, b) == pytest.approx(np.mean(aucs), abs=0.03)


def test_groups_that_share_an_image_are_kept_together(rng):
    """Both datasets hold the images of eight patients, whom they number differently."""
    patients = np.repeat(np.arange(8), 6)
    a = 3 * rng.normal(size=(8, 12))[patients] + rng.normal(size=(48, 12))
    assert origin(a, a, groups=np.concatenate([patients, 100 + patients])) == 0.5


def test_chance_is_never_below_one_half(rng):
    pairs = rng.normal(size=(20, 2, 20, 4))
    plain = [linear_probe(np.concatenate(pair), np.repeat([0, 1], 20)) for pair in pairs]
    assert min(plain) < 0.5
    assert [origin(*pair) for pair in pairs] == [max(0.5, auc) for auc in plain]


@every
def test_every_distance_is_symmetric_and_smaller_for_what_is_nearer(rng, distance):
    a = rng.normal(size=(60, 4))
    near, far = rng.normal(size=(60, 4)) + 0.2, rng.normal(size=(60, 4)) + 3.0
    assert distance(a, near) < distance(a, far)
    if distance is not origin:
        assert distance(a, near) == pytest.approx(distance(near, a), rel=1e-9)


@every
def test_bad_features_are_told(sets, distance):
    a, b = (x.copy() for x in sets)
    with pytest.raises(DataError, match=r"^features have 6 and 5 columns; expected as many"):
        distance(a, b[:, :5])
    with pytest.raises(DataError, match=r"^features_a have shape \(0, 6\)"):
        distance(a[:0], b)
    b[11, 2] = np.inf
    with pytest.raises(DataError, match=r"^features_b row 11 holds NaN or inf"):
        distance(a, b)


@every
def test_inputs_stay_and_float32_gives_the_same(sets, distance):
    a, b = sets
    for x in sets:
        x.flags.writeable = False
    single = distance(a.astype(np.float32), b.astype(np.float32))
    assert single == pytest.approx(distance(a, b), rel=1e-4)


def test_a_bandwidth_of_zero_is_an_error():
    with pytest.raises(DataError, match=r"^The bandwidth is 0: all images have the same features"):
        mmd(np.ones((3, 2)), np.ones((3, 2)))


@pytest.mark.parametrize("d", [3, 50])
def test_vendi_is_the_exponential_of_the_entropy_of_the_cosine_kernels_eigenvalues(rng, d):
    x = rng.normal(size=(20, d))
    cosine = 1 - cdist(x, x, "cosine")
    assert vendi(x) == pytest.approx(
        np.exp(entropy(np.linalg.eigvalsh(cosine / 20).clip(0))), rel=1e-9
    )


def test_vendi_counts_what_is_different():
    assert vendi(np.eye(7)) == pytest.approx(7)
    assert vendi(np.ones((5, 3))) == pytest.approx(1)
    assert vendi(np.repeat(np.eye(4), 3, axis=0)) == pytest.approx(4)


def test_vendi_of_features_without_direction():
    with pytest.raises(DataError) as error:
        vendi([[1.0, 0.0], [0.0, 0.0]])
    assert str(error.value) == "features row 1 is all zero and has no direction; leave it out."
