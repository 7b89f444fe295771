import math

import numpy as np
import pytest

from warmstart.errors import DataError
from warmstart.measures import frechet, logme, noise, otdd, task2vec_cosine


def mean_distance(a, b):
    return abs(float(a.mean() - b.mean()))


def mean_of(x):
    return float(x.mean())


def test_the_interval_is_as_wide_as_the_standard_error_says(rng):
    x = rng.normal(size=(400, 1))
    found = noise(mean_of, (x,), repeats=600)
    half_width = 1.96 * x.std() / math.sqrt(400)
    assert found.value == x.mean()
    assert (found.high - found.low) / 2 == pytest.approx(half_width, rel=0.15)
    assert found.low < found.value < found.high


def test_groups_widen_the_interval(rng):
    patients = np.repeat(np.arange(40), 10)
    x = rng.normal(size=40)[patients, None] + 0.1 * rng.normal(size=(400, 1))
    alone = noise(mean_of, (x,), repeats=150)
    grouped = noise(mean_of, (x,), groups=(patients, None), repeats=150)
    expected = 1.96 / math.sqrt(40) * x[::10].std()
    assert (grouped.high - grouped.low) / 2 == pytest.approx(expected, rel=0.3)
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_a_distance_within_the_floor_is_told(rng):
    a, b = rng.normal(size=(2, 60, 4))
    found = noise(frechet, (a,), (b,), repeats=20)
    assert not found.distinguishable
    assert found.sentence.endswith(", not distinguishable from the dataset's distance to itself")
    apart = noise(frechet, (a,), (b + 2,), repeats=20)
    assert apart.distinguishable
    assert apart.sentence == f"{apart.value:.3g} ({apart.low:.3g} to {apart.high:.3g})"


def test_the_floor_is_the_distance_between_disjoint_halves(rng):
    a = np.arange(8.0)[:, None]
    seen = []

    def record(x, y):
        seen.append((set(x.ravel().tolist()), set(y.ravel().tolist())))
        return 1.0

    noise(record, (a,), (a + 100,), repeats=3, halvings=1)
    within = [pair for pair in seen if (max(pair[0]) < 50) == (max(pair[1]) < 50)]
    assert len(within) == 6
    assert all(not x & y and len(x) == len(y) == 4 for x, y in within)


def test_distances_shrink_with_the_number_of_images_as_the_floor_does(rng):
    found = noise(frechet, (rng.normal(size=(160, 5)),), (rng.normal(size=(80, 5)),), repeats=20)
    assert [size.images for size in found.sizes] == [40, 20]
    assert found.sizes[0].mean < found.sizes[1].mean
    assert found.sizes[0].floor < found.sizes[1].floor
    assert found.sizes[0].floor == pytest.approx(found.sizes[0].mean, rel=0.3)


def test_subsets_keep_every_class(rng):
    labels = np.array([0] * 30 + [1] * 8 + [2] * 4)
    features = rng.normal(size=(42, 3)) + labels[:, None]
    counts = []

    def count(x, y):
        counts.append(np.bincount(y, minlength=3).tolist())
        return logme(x, y)

    found = noise(count, (features, labels), repeats=5)
    assert counts[0] == [30, 8, 4]
    assert counts[1] == [15, 4, 2]
    assert counts[-1] == [7, 2, 1]
    assert math.isnan(found.sizes[0].floor)
    assert found.distinguishable


def test_a_distance_of_labelled_datasets(rng):
    y = np.arange(24) % 2
    a = rng.normal(size=(24, 2)) + y[:, None]
    assert noise(otdd, (a, y), (a + 5, y), repeats=4).distinguishable


def test_the_same_seed_gives_the_same(rng):
    x = rng.normal(size=(30, 2))
    first, second = (noise(mean_of, (x,), seed=3, repeats=5) for _ in range(2))
    assert (first.low, first.high) == (second.low, second.high)
    assert first.low != noise(mean_of, (x,), seed=4, repeats=5).low


def test_published_subsets_of_textures_are_as_far_from_each_other_as_from_other_datasets(shared):
    """*Cats, not CAT scans* embedded subsets of 1 %, less than one image per class of DTD."""
    path = shared / "reference" / "published" / "cats-scans" / "task2vec_embeddings.npz"
    with np.load(path) as arrays:
        textures, others = arrays["textures"], (arrays["stl10"], arrays["sti10"])
    pairs = [(i, j) for i in range(6) for j in range(i)]
    within = np.mean([task2vec_cosine(textures[i], textures[j]) for i, j in pairs])
    assert within > 0.4
    for other in others:
        assert within > 0.8 * np.mean([task2vec_cosine(x, y) for x in textures for y in other])


def test_what_cannot_be_halved_is_told(rng):
    with pytest.raises(DataError) as error:
        noise(mean_of, (rng.normal(size=(7, 1)),))
    assert str(error.value) == (
        "7 images or groups cannot be halved 2 times in 50 repeats; expected at least 8 of each "
        "dataset, one halving and two repeats."
    )
    with pytest.raises(DataError) as error:
        noise(logme, (np.zeros((9, 2)), np.zeros(8)))
    assert str(error.value) == (
        "the arrays of one dataset have [8, 9] rows; expected as many in all."
    )
