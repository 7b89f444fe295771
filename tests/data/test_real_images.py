"""The collection beside the repository, where it is there."""

from pathlib import Path

import numpy as np
import pytest

from warmstart.data.folds import split_parts
from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset

COLLECTION = Path(__file__).parents[2].parent / "shared" / "data"

pytestmark = pytest.mark.skipif(not COLLECTION.is_dir(), reason=f"{COLLECTION} is not there")


@pytest.mark.parametrize(
    ("name", "images", "groups"),
    [("brain_mri2", 253, 208), ("bccd_cells", 1540, 360), ("ham10000_7", 1500, 1374)],
)
def test_images_and_groups_are_those_of_the_manifest(name, images, groups):
    dataset = read_dataset(name, "folder", COLLECTION / name, {})
    assert len(dataset) == images
    assert dataset.notes == (f"groups from groups.csv: {groups:,} groups",)


def test_a_dataset_without_groups_says_so():
    dataset = read_dataset("cifar10", "folder", COLLECTION / "cifar10", {})
    loud = "no groups known: AUC will be too high if patients have several images"
    assert dataset.warnings == (loud,)


def test_a_greyscale_collection_is_prepared_with_one_channel(tmp_path):
    dataset = read_dataset("x", "folder", COLLECTION / "brain_mri2", {})
    _, prepared = prepare(dataset, size=32, fit="pad", cache=tmp_path)
    assert prepared.array.shape == (253, 32, 32, 1)


def test_every_fold_of_a_real_target_has_its_share_of_every_class():
    dataset = read_dataset("x", "folder", COLLECTION / "ham10000_7", {})
    whole = np.bincount(dataset.labels) / len(dataset)
    for fold in range(3):
        parts = split_parts(dataset, split="kfold", folds=3, fold=fold, seed=0, validation=True)
        share = np.bincount(dataset.labels[parts.test]) / len(parts.test)
        assert np.abs(share - whole).max() < 0.003
