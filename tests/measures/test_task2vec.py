import json

import numpy as np
import pytest
from scipy.spatial.distance import cosine

from warmstart.errors import DataError
from warmstart.measures import task2vec, task2vec_asymmetric, task2vec_cosine

PUBLISHED_SUBSETS = [62, 62, 47, 62, 51]


@pytest.fixture
def pair(rng):
    return rng.gamma(0.3, size=400), rng.gamma(0.3, size=400)


def test_raw_cosine_is_scipys(pair):
    assert task2vec_cosine(*pair) == pytest.approx(cosine(*pair), rel=1e-12)


def test_the_symmetric_distance_is_scipys_cosine_of_shares(pair):
    a, b = pair
    assert task2vec(a, b) == pytest.approx(cosine(a / (a + b), b / (a + b)), rel=1e-12)


def test_five_subsets_of_which_three_differ_give_the_published_distances(shared):
    folder = shared / "reference" / "published" / "cats-scans"
    with np.load(folder / "task2vec_embeddings.npz") as arrays:
        embeddings = dict(arrays)
    rows = [embeddings["subset_index"].tolist().index(subset) for subset in PUBLISHED_SUBSETS]
    lines = (folder / "aucs_scores_distances.csv").read_text("utf-8").splitlines()
    names = lines[0].split(",")
    checked = 0
    for line in lines[1:]:
        entry = dict(zip(names, line.split(","), strict=True))
        source, target = entry["source"], entry["target"]
        source = "stl10" if source == "imagenet" else source  # the published stand-in
        for number, row in enumerate(rows, start=1):
            ours = task2vec_cosine(embeddings[source][row], embeddings[target][row])
            assert ours == pytest.approx(float(entry[f"distance_{number}"]), abs=1e-6)
            checked += 1
    assert checked == 24 * 5


@pytest.mark.parametrize("name", ["resnet18_16px", "resnet18_16px_n1280", "lite0_32px_n640"])
def test_distances_of_stored_embeddings_are_those_of_the_authors_library(shared, name):
    folder = shared / "reference" / "task2vec"
    told = json.loads((folder / f"distances_{name}.json").read_text("utf-8"))
    with np.load(folder / f"embeddings_{name}.npz") as arrays:
        embeddings = dict(arrays)
    for seed, matrix in told["distances"]["cosine"]["per_seed"].items():
        vectors = [embeddings[f"{task}__seed{seed}"] for task in told["tasks"]]
        ours = [[task2vec(a, b, library_compat=True) for b in vectors] for a in vectors]
        np.testing.assert_allclose(ours, matrix, atol=1e-6)


@pytest.mark.parametrize("distance", [task2vec, task2vec_cosine])
def test_a_multiple_is_at_distance_zero(distance, pair):
    assert distance(pair[0], 17.0 * pair[0]) == pytest.approx(0.0, abs=1e-12)


def test_a_filter_that_neither_task_needs_changes_nothing(pair):
    a, b = pair
    assert task2vec(np.append(a, 0.0), np.append(b, 0.0)) == pytest.approx(task2vec(a, b))


def test_symmetric_but_for_the_asymmetric_one(pair):
    a, b = pair
    assert task2vec(a, b) == task2vec(b, a)
    assert task2vec_asymmetric(a, b) != task2vec_asymmetric(b, a)


def test_asymmetric_is_symmetric_less_what_the_source_has_beyond_the_trivial_task(pair, rng):
    a, b = pair
    trivial = rng.random(400)
    expected = task2vec(a, b) - 0.15 * task2vec(a, trivial)
    assert task2vec_asymmetric(a, b, trivial=trivial) == pytest.approx(expected, rel=1e-12)
    flat = task2vec(a, b) - 0.3 * task2vec(a, np.full(400, a.mean()))
    assert task2vec_asymmetric(a, b, alpha=0.3) == pytest.approx(flat, rel=1e-12)


def test_inputs_that_are_no_embeddings_are_told():
    with pytest.raises(DataError) as lengths:
        task2vec([1.0], [1.0, 2.0])
    assert str(lengths.value) == (
        "embeddings have 1 and 2 entries; expected as many in both: embed both tasks with the same "
        "network."
    )
    with pytest.raises(DataError, match=r"^embedding_b entry 1 is negative; squares of gradients"):
        task2vec([1.0, 1.0], [1.0, -1.0])
    with pytest.raises(DataError, match=r"^embedding_a is all zero: the network does not react"):
        task2vec_cosine([0.0, 0.0], [1.0, 1.0])
    with pytest.raises(DataError, match=r"^embedding_a entry 1 is NaN or inf"):
        task2vec([1.0, np.nan], [1.0, 1.0])
