import tracemalloc

import numpy as np
import pytest

from warmstart.errors import DataError
from warmstart.measures import checks, logme, panel
from warmstart.measures.features import Features
from warmstart.measures.target import Target


@pytest.fixture(params=[7, 50], ids=["n>d", "d>n"])
def x(request, rng):
    return rng.normal(size=(30, request.param)) + rng.normal(size=request.param)


def test_points_keep_every_inner_product_of_centred_images(x):
    features = Features(x)
    points = np.concatenate(list(features.blocks()))
    centred = x - x.mean(axis=0)
    assert points.shape == (30, features.width)
    assert np.allclose(points @ points.T, centred @ centred.T, atol=1e-10)
    assert np.allclose(features.points(np.array([3, 1])), points[[3, 1]])
    assert np.allclose(features.norms, np.square(centred).sum(axis=1))


def test_the_spectrum_is_that_of_the_scatter(x):
    features, centred = Features(x), x - x.mean(axis=0)
    singular = np.linalg.svd(centred, compute_uv=False)
    singular = singular[singular > 1e-9]
    assert np.allclose(features.spectrum.values, singular**2)
    axes = features.spectrum.axes
    assert np.allclose(axes.T @ features.scatter @ axes, np.diag(singular**2), atol=1e-9)


def test_the_mean_and_the_ones_are_where_the_axes_say(x):
    features, centred = Features(x), x - x.mean(axis=0)
    points = np.concatenate(list(features.blocks()))
    along = features.mean_along
    assert along @ along == pytest.approx(features.mean @ features.mean)
    mean = points @ features.spectrum.axes @ along[:-1]
    assert np.allclose(mean, centred @ features.mean)
    assert np.allclose(points @ features.ones_along, centred.sum(axis=1))


def test_the_covariance_within_classes_is_the_same_both_ways(x, rng):
    y = np.arange(30) % 3
    features = Features(x)
    points = np.concatenate(list(features.blocks()))
    residuals = points - np.stack([points[y == k].mean(axis=0) for k in range(3)])[y]
    expected = residuals.T @ residuals / 30
    assert np.allclose(Target(features, y).within, expected)
    apart = Features(x + 1e4 * y[:, None] * rng.normal(size=x.shape[1]))
    assert np.trace(Target(apart, y).within) == pytest.approx(np.trace(expected), rel=1e-6)


def test_blocks_change_nothing(x, monkeypatch):
    y = np.arange(30) % 3
    names = ["logme", "shrinkage_h_score", "transrate", "gbc", "lda", "sfda", "ncti", "knn"]
    whole = panel(x, y, only=names)
    for module in ("checks", "features"):
        monkeypatch.setattr(f"warmstart.measures.{module}.BLOCK_BYTES", 500)
    assert len(list(checks.float64_blocks(x))) > 1
    assert panel(x, y, only=names) == pytest.approx(whole, rel=1e-6)


def test_features_may_lie_on_disk(rng, tmp_path):
    x = rng.normal(size=(50, 6)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert panel(mapped, np.arange(50) % 2) == panel(x, np.arange(50) % 2)


@pytest.mark.parametrize("shape", [(6000, 100), (500, 3000)], ids=["n>d", "d>n"])
def test_the_scores_of_moments_need_less_than_three_copies(rng, shape):
    x, y = rng.normal(size=shape), np.arange(shape[0]) % 3
    tracemalloc.start()
    try:
        panel(x, y, only=["logme", "h_score", "shrinkage_h_score", "transrate", "lda", "sfda"])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    blocks = 6 * checks.BLOCK_BYTES  # held whatever the size of the features
    assert peak < 2 * x.nbytes + blocks


@pytest.mark.parametrize("d", [3, 50])
def test_features_that_differ_by_too_little_are_an_error(rng, d):
    with pytest.raises(DataError) as error:
        logme(np.hstack([1e-200 * rng.random((30, d)), np.ones((30, 1))]), np.arange(30) % 2)
    assert str(error.value) == ("features differ by too little to compute with; multiply them all.")
