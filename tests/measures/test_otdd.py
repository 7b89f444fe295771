import json

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from warmstart.errors import ConfigError, DataError
from warmstart.measures import otdd
from warmstart.measures.gaussians import fit_gaussian, squared_wasserstein
from warmstart.measures.transport import entropic_cost, exact_cost

SOLVERS = ["exact", "sinkhorn", "published"]
KINDS = ["gaussian", "exact"]
PAIRS = [
    "g3 -> g3_again",
    "g3 -> g3_shift",
    "g3 -> g2",
    "g3 -> g3_permuted_labels",
    "dig04 -> dig04_other",
    "dig04 -> dig59",
]


@pytest.fixture
def labelled(rng):
    """Two classes in one dataset, three in the other."""
    a, b = np.arange(24) % 2, np.arange(24) % 3
    return rng.normal(size=(24, 3)) + a[:, None], a, 1.5 * rng.normal(size=(24, 3)) + b[:, None], b


@pytest.fixture
def reference(shared):
    folder = shared / "reference"
    told = json.loads((folder / "otdd.json").read_text("utf-8"))["pairs"]
    with np.load(folder / "otdd_arrays.npz") as arrays:
        loaded = dict(arrays)

    def read(pair):
        names = pair.split(" -> ")
        return [loaded[f"{name}__{part}"] for name in names for part in "xy"], told[pair]

    return read


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pair", PAIRS)
def test_the_published_solver_gives_the_values_of_the_published_implementation(
    reference, pair, kind
):
    arguments, told = reference(pair)
    key = {"gaussian": "gaussian_approx", "exact": "exact"}[kind]
    expected = told[f"{key} debiased=True double"]["value"]
    ours = otdd(*arguments, label_distance=kind, solver="published")
    assert ours == pytest.approx(expected, rel=1e-6)


def test_the_published_values_are_not_converged_and_one_is_an_eighth_too_low(reference):
    arguments, told = reference("g3 -> g2")
    peer = told["gaussian_approx debiased=True double"]["value"]  # microsoft/otdd with geomloss
    converged = otdd(*arguments, solver="sinkhorn")
    nearly_exact = otdd(*arguments, solver="sinkhorn", regularisation=0.01)
    assert peer == pytest.approx(4.685, abs=1e-3)
    assert converged == pytest.approx(5.248, abs=1e-3)
    assert nearly_exact == pytest.approx(otdd(*arguments), rel=1e-3)


def brute_force(xa, ya, xb, yb, wasserstein):
    """Half the cost of the best of all assignments, for as many images on both sides."""
    label = {(p, q): wasserstein(xa[ya == p], xb[yb == q]) for p in set(ya) for q in set(yb)}
    cost = cdist(xa, xb, "sqeuclidean") + [[label[p, q] for q in yb] for p in ya]
    return cost[linear_sum_assignment(cost)].mean() / 2


def square_root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T


def gaussian_wasserstein(x, y):
    s, t = (np.cov(z.T) for z in (x, y))
    root = square_root(s)
    cross = square_root(root @ t @ root)
    return np.square(x.mean(0) - y.mean(0)).sum() + np.trace(s + t - 2 * cross)


def assignment_wasserstein(x, y):
    """Every image as often as it takes to have as many on both sides."""
    x, y = np.repeat(x, len(y), axis=0), np.repeat(y, len(x), axis=0)
    cost = cdist(x, y, "sqeuclidean")
    return cost[linear_sum_assignment(cost)].mean()


def test_gaussian_label_distances_by_brute_force(labelled):
    assert otdd(*labelled) == pytest.approx(brute_force(*labelled, gaussian_wasserstein), rel=1e-9)


def test_exact_label_distances_by_brute_force(labelled):
    found = otdd(*labelled, label_distance="exact")
    assert found == pytest.approx(brute_force(*labelled, assignment_wasserstein), rel=1e-9)


@pytest.mark.parametrize("n", [5, 60], ids=["fewer images than dimensions", "more"])
def test_wasserstein_of_gaussians_is_the_formula_with_matrix_roots(rng, n):
    x, y = rng.normal(size=(n, 8)), 2 * rng.normal(size=(n + 3, 8)) + 1
    found = squared_wasserstein(fit_gaussian(x), fit_gaussian(y))
    assert found == pytest.approx(gaussian_wasserstein(x, y), rel=1e-6)


def test_entropic_cost_solves_the_dual(rng):
    cost = rng.random((6, 9))
    n, m = cost.shape
    f, g = np.zeros(n), np.zeros(m)  # plain Sinkhorn, in the kernel
    kernel = np.exp(-cost / 0.2)
    u, v = np.ones(n), np.ones(m)
    for _ in range(5000):
        u = (1 / n) / (kernel @ v)
        v = (1 / m) / (kernel.T @ u)
    plan = u[:, None] * kernel * v
    f, g = 0.2 * np.log(u * n), 0.2 * np.log(v * m)
    primal = (plan * cost).sum() + 0.2 * (plan * np.log(plan * n * m)).sum()
    assert f.mean() + g.mean() == pytest.approx(primal)
    assert entropic_cost(cost, 0.2) == pytest.approx(primal, rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_set_with_itself_is_at_zero(labelled, solver, kind):
    x, y, _, _ = labelled
    found = otdd(x, y, x, y, solver=solver, label_distance=kind)
    if (solver, kind) == ("published", "exact"):  # its label distances are not debiased
        assert found > 0.01
    else:
        assert found == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_symmetric_and_blind_to_order_and_names(labelled, rng, solver):
    xa, ya, xb, yb = labelled
    order = rng.permutation(len(xa))
    names = np.array(["nevus", "melanoma"])
    value = otdd(xa, ya, xb, yb, solver=solver)
    assert otdd(xb, yb, xa, ya, solver=solver) == pytest.approx(value, rel=1e-5)
    shuffled = otdd(xa[order], names[ya[order]], xb, 3 * yb - 7, solver=solver)
    assert shuffled == pytest.approx(value, rel=1e-5)


def test_only_labels_that_differ_cost_only_labels(rng):
    x = np.repeat(rng.normal(size=(1, 2)), 8, axis=0)
    x[4:] += 3.0
    swapped = otdd(x, np.arange(8) // 4, x, np.arange(8) % 2)
    shift, spread = 18 / 4, 2 * 3.0  # of classes at a corner and of classes on the diagonal
    assert swapped == pytest.approx((shift + spread) / 2)


def test_a_class_of_one_image_has_no_spread():
    a = otdd([[0.0], [4.0]], [0, 1], [[1.0], [4.0]], [0, 1])
    assert a == pytest.approx((1 + 1) / 2 / 2)  # one of two images moves by one, as its class does


def test_too_little_entropy_to_converge_is_an_error(rng, monkeypatch):
    monkeypatch.setattr("warmstart.measures.transport._MOST_STEPS", 3)
    cost = rng.random((20, 20))
    cost[0, 0] = 5.0
    with pytest.raises(DataError) as error:
        entropic_cost(cost, 1e-3)
    assert str(error.value) == (
        "Sinkhorn's iteration did not converge in 3 steps with regularisation 0.001 and costs up "
        "to 5; use solver='exact', or a regularisation of at least 0.05."
    )


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_costs_of_any_size_are_finite(rng, scale):
    cost = scale * cdist(rng.normal(size=(30, 2)), 5 + rng.normal(size=(20, 2)), "sqeuclidean")
    found = entropic_cost(cost, 0.05 * scale)
    assert exact_cost(cost) <= found <= exact_cost(cost) + 0.05 * scale * np.log(30 * 20)


def test_float32_gives_the_same(labelled):
    xa, ya, xb, yb = labelled
    single = otdd(xa.astype(np.float32), ya, xb.astype(np.float32), yb)
    assert single == pytest.approx(otdd(*labelled), rel=1e-4)


def test_an_unknown_solver_or_label_distance_is_refused(labelled):
    with pytest.raises(ConfigError) as error:
        otdd(*labelled, solver="emd")
    assert str(error.value) == (
        "otdd knows no solver 'emd'; expected one of exact, sinkhorn, published."
    )
    with pytest.raises(ConfigError, match=r"^otdd knows no label_distance 'means'; expected one"):
        otdd(*labelled, label_distance="means")


def test_bad_input_is_told(labelled):
    xa, ya, xb, yb = labelled
    with pytest.raises(DataError, match=r"^features have 3 and 2 columns"):
        otdd(xa, ya, xb[:, :2], yb)
    with pytest.raises(DataError, match=r"^labels_b hold one class only, 4; expected at least"):
        otdd(xa, ya, xb, np.full(24, 4))
    with pytest.raises(DataError, match=r"^regularisation is 0; expected a number above 0\.$"):
        otdd(*labelled, solver="sinkhorn", regularisation=0.0)
    xa = xa.copy()
    xa[7, 1] = np.nan
    with pytest.raises(DataError, match=r"^features_a row 7 holds NaN or inf"):
        otdd(xa, ya, xb, yb)
