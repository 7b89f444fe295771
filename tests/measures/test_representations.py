"""CCA, CKA and Procrustes: comparisons of two representations of the same images."""

import json

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.spatial import procrustes as scipy_procrustes
from scipy.spatial.distance import pdist, squareform

from warmstart.errors import DataError
from warmstart.measures import (
    cca,
    independent_baseline,
    kernel_cka,
    linear_cka,
    procrustes,
    pwcca,
    svcca,
)

COMPARISONS = [cca, svcca, pwcca, linear_cka, kernel_cka, procrustes]
CANONICAL = [cca, svcca, pwcca]
every = pytest.mark.parametrize("compare", COMPARISONS, ids=lambda f: f.__name__)
canonical = pytest.mark.parametrize("compare", CANONICAL, ids=lambda f: f.__name__)


@pytest.fixture
def pair(rng):
    """Two representations that share three of their directions."""
    common = rng.normal(size=(150, 3))
    a = common @ rng.normal(size=(3, 8)) + rng.normal(size=(150, 8))
    return a, common @ rng.normal(size=(3, 5)) + rng.normal(size=(150, 5)) + 2.0


def correlations(a, b):
    """Canonical correlations from inverse roots of covariances, as they are defined."""
    a, b = a - a.mean(0), b - b.mean(0)

    def inverse_root(x):
        values, vectors = np.linalg.eigh(x.T @ x)
        return vectors / np.sqrt(values) @ vectors.T

    u, rho, _ = np.linalg.svd(inverse_root(a) @ a.T @ b @ inverse_root(b))
    return rho, a @ inverse_root(a) @ u


def test_mean_cca_is_the_mean_of_canonical_correlations(pair):
    assert cca(*pair) == pytest.approx(correlations(*pair)[0].mean(), rel=1e-9)


def test_pwcca_weighs_by_what_directions_explain_of_the_first(pair):
    a, b = pair
    rho, directions = correlations(a, b)
    weights = np.abs(directions[:, : len(rho)].T @ (a - a.mean(0))).sum(1)
    assert pwcca(a, b) == pytest.approx((weights * rho).sum() / weights.sum(), rel=1e-9)


@pytest.mark.parametrize("keep", [3, 0.9])
def test_svcca_is_cca_of_leading_principal_components(pair, keep):
    leading = []
    for x in pair:
        u, s, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
        held = np.cumsum(s**2) / (s**2).sum()
        leading.append(u[:, : keep if isinstance(keep, int) else 1 + np.sum(held < keep)])
    assert svcca(*pair, keep=keep) == pytest.approx(cca(*leading), rel=1e-9)


def test_svcca_is_right_where_directions_have_hardly_any_spread(pair, rng):
    a, b = pair
    turn = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    squeezed = (a @ turn) * np.logspace(0, -7, 8) @ turn.T
    bases = [np.linalg.svd(x - x.mean(0), full_matrices=False)[0] for x in (squeezed, b)]
    for keep in (2, 5):
        expected = cca(*(basis[:, :keep] for basis in bases))
        assert svcca(squeezed, b, keep=keep) == pytest.approx(expected, rel=1e-6)
    assert svcca(squeezed, a, keep=8) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(
    "kind",
    [
        *("identical", "orthogonal_transform", "invertible_linear_transform"),
        *("independent", "noisy", "half_shared"),
    ],
)
def test_values_of_the_published_implementation_where_it_is_right(shared, number, kind):
    folder, name = shared / "reference", f"set{number}_{kind}"
    told = json.loads((folder / "cca.json").read_text("utf-8"))["pairs"][name]
    with np.load(folder / "cca_arrays.npz") as arrays:
        a, b = (arrays[f"{name}__{side}"].T for side in "ab")
    plain = told["google/svcca get_cca_similarity eps=0 mean of all"]
    assert cca(a, b) == pytest.approx(plain, abs=1e-6)
    for keep in (5, 10):
        peer = told[f"SVCCA keep {keep} directions of each (tutorial recipe), mean coefficient"]
        assert svcca(a, b, keep=keep) == pytest.approx(peer, abs=1e-6)
    if kind == "half_shared":  # repeated correlations: its directions are not determined
        return
    helper = next(value for key, value in told.items() if "(helper, not the peer)" in key)
    assert pwcca(a, b) == pytest.approx(helper, abs=1e-6)


def test_the_published_pwcca_is_wrong(shared):
    """google/svcca's compute_pwcca lacks the inverse root of the covariance."""
    folder = shared / "reference"
    told = json.loads((folder / "cca.json").read_text("utf-8"))["pairs"]["set0_noisy"]
    with np.load(folder / "cca_arrays.npz") as arrays:
        a, b = arrays["set0_noisy__a"].T, arrays["set0_noisy__b"].T
    assert told["pwcca.compute_pwcca(a,b)"] == pytest.approx(0.937, abs=1e-3)
    rho, directions = correlations(a, b)
    weights = np.abs(directions[:, : len(rho)].T @ (a - a.mean(0))).sum(1)
    assert pwcca(a, b) == pytest.approx(np.average(rho, weights=weights), abs=1e-9)


@pytest.mark.parametrize("compare", [cca, pwcca], ids=lambda f: f.__name__)
def test_a_linear_function_of_a_representation_is_alike(compare, pair, rng):
    a, _ = pair
    assert compare(a, a @ rng.normal(size=(8, 8)) - 4.0) == pytest.approx(1.0, abs=1e-9)
    assert compare(a, a @ rng.normal(size=(8, 20))) == pytest.approx(1.0, abs=1e-9)


@every
def test_a_rotated_scaled_and_shifted_representation_is_alike(compare, pair, rng):
    a, _ = pair
    rotation = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    assert compare(a, 3.0 * a @ rotation + 5.0) == pytest.approx(1.0, abs=1e-9)


@every
def test_constant_neurons_add_nothing(compare, pair):
    a, b = pair
    padded = np.column_stack([a, np.full(150, 0.1)])
    assert compare(padded, b) == pytest.approx(compare(a, b), rel=1e-9)


def test_neurons_that_others_make_up_add_no_direction(pair):
    a, b = pair
    assert cca(np.column_stack([a, a[:, 0] + a[:, 1]]), b) == pytest.approx(cca(a, b), rel=1e-9)


def gram_cka(a, b, kernel, debiased):
    """The definition with n x n matrices, index by index where it is unbiased."""
    k, m = kernel(a), kernel(b)
    n = len(k)

    def hsic(p, q):
        if not debiased:
            centre = np.eye(n) - 1 / n
            return np.trace(p @ centre @ q @ centre)
        p, q = p * (1 - np.eye(n)), q * (1 - np.eye(n))
        ones = np.ones(n)
        return (
            np.trace(p @ q)
            + (ones @ p @ ones) * (ones @ q @ ones) / ((n - 1) * (n - 2))
            - 2 / (n - 2) * ones @ p @ q @ ones
        )

    return hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))


@pytest.mark.parametrize("debiased", [True, False])
@pytest.mark.parametrize("n", [150, 12], ids=["more images than neurons", "fewer"])
def test_linear_cka_is_its_definition(pair, n, debiased):
    a, b = (x[:n] for x in pair)
    a = np.hstack([a, a[:, :6] ** 2]) if n < 20 else a
    b = np.hstack([b, b**2, b**3]) if n < 20 else b
    expected = gram_cka(a, b, lambda x: x @ x.T, debiased)
    assert linear_cka(a, b, debiased=debiased) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("debiased", [True, False])
def test_kernel_cka_is_its_definition(pair, debiased):
    def kernel(x):
        distances = squareform(pdist(x))
        sigma = 0.5 * np.median(pdist(x))
        return np.exp(-(distances**2) / (2 * sigma**2))

    expected = gram_cka(*pair, kernel, debiased)
    assert kernel_cka(*pair, debiased=debiased) == pytest.approx(expected, rel=1e-9)


def test_debiased_cka_of_independent_representations_is_zero_on_average(rng):
    drawn = [linear_cka(*rng.normal(size=(2, 20, 30))) for _ in range(300)]
    assert abs(np.mean(drawn)) < 3 * np.std(drawn) / np.sqrt(300)
    assert linear_cka(*rng.normal(size=(2, 20, 30)), debiased=False) > 0.4


def test_procrustes_is_scipys(pair, rng):
    a, b = pair[0], pair[0] + rng.normal(size=(150, 8))
    _, _, disparity = scipy_procrustes(a, b)
    assert procrustes(a, b) == pytest.approx(np.sqrt(1 - disparity), rel=1e-9)


def test_procrustes_with_more_neurons_than_images(rng):
    a, b = rng.normal(size=(2, 12, 30))
    a, b = (x - x.mean(0) for x in (a, b))
    _, total = orthogonal_procrustes(a / np.linalg.norm(a), b / np.linalg.norm(b))
    assert procrustes(a, b) == pytest.approx(total, rel=1e-9)


@every
def test_the_independent_baseline_has_no_correspondence(compare, pair):
    a, _ = pair
    baseline = independent_baseline(compare, a, a, repeats=5)
    assert baseline.shape == (5,)
    assert baseline.max() < 0.5 < compare(a, a)


@every
def test_float32_gives_the_same_and_inputs_stay(compare, pair):
    for x in pair:
        x.flags.writeable = False
    single = compare(*(x.astype(np.float32) for x in pair))
    assert single == pytest.approx(compare(*pair), rel=1e-4)


@every
def test_bad_activations_are_told(compare, pair):
    a, b = (x.copy() for x in pair)
    with pytest.raises(DataError, match=r"^activations have 150 and 140 rows; expected as many"):
        compare(a, b[:140])
    with pytest.raises(DataError) as error:
        compare(np.full((150, 4), 0.1), b)
    assert str(error.value) == (
        "activations_a are constant in every neuron; nothing can be compared with them."
    )
    b[3, 1] = np.nan
    with pytest.raises(DataError, match=r"^activations_b row 3 holds NaN or inf"):
        compare(a, b)


@canonical
def test_more_neurons_than_rows_are_an_error(compare, rng):
    with pytest.raises(DataError) as error:
        compare(rng.normal(size=(20, 20)), rng.normal(size=(20, 3)))
    assert str(error.value) == (
        "activations_a have 20 neurons and 20 rows; canonical correlations need more rows than "
        "neurons: take more images or places, or fewer neurons."
    )


@pytest.mark.parametrize("keep", [0, 9, 0.0, 1.5])
def test_svcca_keeps_what_there_is(pair, keep):
    with pytest.raises(DataError) as error:
        svcca(pair[0], pair[0], keep=keep)
    assert str(error.value) == (
        f"keep is {keep}; expected a share of the variance above 0, at most 1, or a number of "
        "directions from 1 to 8."
    )


def test_a_kernel_without_width_is_an_error(pair):
    with pytest.raises(DataError, match=r"^bandwidth is 0; expected a number above 0\.$"):
        kernel_cka(*pair, bandwidth=0.0)
    with pytest.raises(DataError, match=r"^the median distance of two images is 0"):
        kernel_cka(np.eye(10)[:, :1], pair[1][:10])
