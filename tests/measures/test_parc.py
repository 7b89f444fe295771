import numpy as np
import pytest
from scipy.stats import spearmanr

from warmstart.errors import DataError
from warmstart.measures import parc


def definition(x, y):
    """All pairs at once; equal label distances are made equal, which they are but for rounding."""
    spread = x.std(axis=0)
    standard = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    pairs = np.triu_indices(len(y), 1)
    features = (1 - np.corrcoef(standard))[pairs].round(12)
    labels = (1 - np.corrcoef(np.eye(y.max() + 1)[y]))[pairs].round(12)
    return 100 * spearmanr(features, labels)[0]


@pytest.mark.parametrize("d", [5, 90], ids=["n>d", "d>n"])
def test_is_the_rank_correlation_of_its_definition(rng, d):
    y = np.repeat([0, 1, 2], (40, 15, 5))
    x = rng.normal(size=(60, d)) + np.eye(3, d)[y]
    assert parc(x, y) == pytest.approx(definition(x, y), rel=1e-6)


def test_pairs_equally_far_apart_share_their_ranks(rng):
    y = np.repeat([0, 1], 20)
    x = (rng.random((40, 4)) < 0.3 + 0.4 * y[:, None]).astype(float)
    x = x[x.std(axis=1) > 0]
    y = y[: len(x)]
    assert parc(x, y) == pytest.approx(definition(x, y), rel=1e-6)


@pytest.mark.parametrize("block", [7, 13, 512])
def test_however_many_images_are_looked_at_at_once_the_value_is_the_same(rng, monkeypatch, block):
    y = np.repeat([0, 1, 2], 20)
    x = rng.normal(size=(60, 6)) + np.eye(3, 6)[y]
    monkeypatch.setitem(parc.__globals__, "BLOCK", block)
    assert parc(x, y) == pytest.approx(definition(x, y), rel=1e-6)


def test_distances_that_are_counted_only_give_the_same(rng, monkeypatch):
    y = np.arange(1000) % 4
    x = rng.normal(size=(1000, 12)) + 0.5 * np.eye(4, 12)[y]
    monkeypatch.setitem(parc.__globals__, "MOST_PAIRS", 0)
    assert parc(x, y) == pytest.approx(definition(x, y), rel=1e-6)
    ties = np.rint(x)  # standardised they are no longer whole, but equal rows stay equal
    doubled, classes = np.vstack([ties[:300], ties[:300]]), np.append(y[:300], y[300:600])
    assert parc(doubled, classes) == pytest.approx(definition(doubled, classes), rel=1e-5)


def test_an_image_without_spread_is_named(rng):
    with pytest.raises(DataError) as error:
        parc(rng.normal(size=(10, 1)), np.arange(10) % 2)
    assert str(error.value) == (
        "features row 0 are all equal once standardised; parc needs features that vary within "
        "every image: leave out that image."
    )


def test_pairs_that_are_all_equally_far_apart_are_an_error():
    with pytest.raises(DataError) as error:
        parc(np.eye(3), [0, 0, 1])
    assert str(error.value) == (
        "all pairs of images are equally far apart; parc needs some that differ."
    )
