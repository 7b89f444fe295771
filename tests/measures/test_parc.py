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


def drawn(rng):
    return rng.normal(size=(800, 12)) + 0.5 * np.eye(4, 12)[np.arange(800) % 4]


def scenes(rng, jitter):
    """Four images each of 200 scenes, but for some noise the same."""
    return np.repeat(drawn(rng)[:200], 4, axis=0) + jitter * rng.normal(size=(800, 12))


CLOSE = {
    "distances all over": drawn,
    "copies": lambda rng: scenes(rng, 0),
    "near copies": lambda rng: scenes(rng, 1e-3),
    "nearer copies": lambda rng: scenes(rng, 1e-5),
    "classes of near copies": lambda rng: (
        drawn(rng)[np.arange(800) % 4] + 1e-4 * rng.normal(size=(800, 12))
    ),
    "two features, two distances": lambda rng: rng.normal(size=(800, 2)),
    "few distances": lambda rng: np.where(rng.random((800, 12)) < 0.5, np.eye(4, 12)[0], 1) + 0.0,
}


@pytest.mark.parametrize("most", [2**22, 0], ids=["kept", "counted"])
@pytest.mark.parametrize("features", CLOSE.values(), ids=CLOSE)
def test_distances_that_are_close_are_told_apart_and_ties_are_not(rng, monkeypatch, features, most):
    y = np.arange(800) % 4
    x = features(rng)
    monkeypatch.setitem(parc.__globals__, "MOST_PAIRS", most)
    assert parc(x, y) / 100 == pytest.approx(definition(x, y) / 100, abs=1e-6)


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
