import numpy as np
import pytest

from warmstart.data.audit import crosses_groups, find_copies, join_groups
from warmstart.data.dataset import Dataset
from warmstart.data.fingerprint import NOTHING
from warmstart.data.sources import ImageArray


def dataset(labels, groups=None):
    n = len(labels)
    images = ImageArray(np.zeros((n, 2, 2), np.uint8), [str(i) for i in range(n)])
    return Dataset(
        name="d",
        images=images,
        rows=np.arange(n),
        labels=np.array(labels),
        classes=("a", "b"),
        groups=None if groups is None else np.array(groups),
    )


def test_copies_are_all_images_with_the_same_digest():
    found = find_copies(dataset([0, 1, 0, 1, 0]), [b"x", b"y", b"x", b"z", b"x"])
    assert [list(copies.positions) for copies in found] == [[0, 2, 4]]
    assert not found[0].contradictory


def test_copies_with_different_labels_contradict_each_other():
    (found,) = find_copies(dataset([0, 1]), [b"x", b"x"])
    assert found.contradictory


def test_copies_with_the_same_missing_labels_agree():
    labels = [[1.0, np.nan], [1.0, np.nan], [1.0, 0.0]]
    (same,) = find_copies(dataset(labels), [b"x", b"x", b"y"])
    assert not same.contradictory
    (different,) = find_copies(dataset(labels), [b"x", b"y", b"x"])
    assert different.contradictory


def test_files_that_cannot_be_opened_are_no_copies():
    assert find_copies(dataset([0, 1, 0]), [NOTHING, NOTHING, b"x"]) == []


@pytest.mark.parametrize(("groups", "crosses"), [(["p", "p"], False), (["p", "q"], True)])
def test_copies_within_a_group_cannot_be_split(groups, crosses):
    images = dataset([0, 0], groups)
    (found,) = find_copies(images, [b"x", b"x"])
    assert crosses_groups(images, found) is crosses
    assert crosses_groups(dataset([0, 0]), found)


def test_joining_is_the_connected_components_of_groups_that_share_a_copy():
    rng = np.random.default_rng(0)
    for _ in range(50):
        n = 30
        images = dataset(rng.integers(0, 2, n), [f"g{g}" for g in rng.integers(0, 12, n)])
        digests = [bytes([d]) for d in rng.integers(0, 25, n)]
        joined = join_groups(images, find_copies(images, digests))
        same = np.eye(n, dtype=bool)  # brute force: reachable over a shared group or digest
        for i in range(n):
            for j in range(n):
                same[i, j] |= images.groups[i] == images.groups[j] or digests[i] == digests[j]
        for _ in range(n):
            same = same @ same
        assert ((joined.groups[:, None] == joined.groups) == same).all()
