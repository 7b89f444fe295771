import sys

import numpy as np
import pytest

from warmstart.data.fingerprint import fingerprint, image_digests
from warmstart.data.folds import split_parts
from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset
from warmstart.demo.patches import patches_in_blocks
from warmstart.errors import ConfigError, UnknownNameError

DATASETS = {
    "photos": ("demo-photos", {}),
    "textures": ("demo-photos", {"photos": ["gravel", "brick", "grass"]}),
    "histology": ("demo-medical", {"image": "histology"}),
    "fundus": ("demo-medical", {"image": "fundus"}),
}
TARGETS = ("histology", "fundus")


@pytest.fixture(scope="module", params=DATASETS)
def dataset(request):
    reader, options = DATASETS[request.param]
    return read_dataset(request.param, reader, None, options)


def test_the_demo_is_small_but_has_groups_enough(dataset):
    per_class = np.bincount(dataset.labels)
    if dataset.name in TARGETS:
        assert 400 <= len(dataset) <= 1000
        assert np.ptp(per_class) <= 1  # split at the median
    else:
        assert ((per_class >= 100) & (per_class <= 150)).all()
    assert len(np.unique(dataset.groups)) >= 40


def test_patches_are_squares_of_8_bits(dataset):
    sides = {raw.shape[:2] for raw in dataset.images.raw(dataset.rows.tolist())}
    assert sides == {(32, 32)} if dataset.name == "histology" else sides == {(64, 64)}


def test_it_is_the_same_every_time(dataset, tmp_path):
    reader, options = DATASETS[dataset.name]
    again = read_dataset(dataset.name, reader, None, options)
    first, second = (fingerprint(one, image_digests(one, tmp_path)) for one in (dataset, again))
    assert first == second


@pytest.mark.parametrize(("name", "channels"), [("histology", 1), ("textures", 1), ("fundus", 3)])
def test_greyscale_stays_greyscale(name, channels, tmp_path):
    reader, options = DATASETS[name]
    dataset = read_dataset(name, reader, None, options)
    _, prepared = prepare(dataset, size=64, fit="squash", cache=tmp_path)
    assert prepared.array.shape == (len(dataset), 64, 64, channels)


def test_the_targets_say_that_their_labels_are_derived(dataset):
    note = "labels are derived by image analysis from one stock image and have no clinical meaning"
    assert (note in dataset.warnings) == (dataset.name in TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_labels_can_be_learned_from_other_blocks_but_not_trivially(target, tmp_path):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    dataset = read_dataset(target, "demo-medical", None, {"image": target})
    _, prepared = prepare(dataset, size=8, fit="squash", cache=tmp_path)
    x = prepared.array.reshape(len(dataset), -1) / 255.0
    aucs = []
    for fold in range(3):
        parts = split_parts(dataset, split="kfold", folds=3, fold=fold, seed=0, validation=False)
        model = LogisticRegression(max_iter=1000).fit(x[parts.train], dataset.labels[parts.train])
        scores = model.decision_function(x[parts.test])
        aucs.append(roc_auc_score(dataset.labels[parts.test], scores))
    assert 0.6 < np.mean(aucs) < 0.9


def test_blocks_share_no_pixel_and_patches_stay_inside():
    patches = patches_in_blocks((200, 150), size=16, block=40, margin=4, per_side=3)
    owner = np.full((200, 150), -1)
    for top, left, block in zip(patches.tops, patches.lefts, patches.blocks, strict=True):
        inside = owner[top : top + 16, left : left + 16]
        assert inside.shape == (16, 16)
        assert np.isin(inside, (-1, block)).all()
        inside[:] = block
    assert len(patches) == 4 * 3 * 9


def test_an_unknown_photo_names_the_known_ones():
    with pytest.raises(UnknownNameError) as error:
        read_dataset("x", "demo-photos", None, {"photos": ["brik", "grass"]})
    assert str(error.value) == (
        "Unknown photo 'brik'. Did you mean 'brick'? Known: astronaut, brick, chelsea, coffee, "
        "grass, gravel, hubble, motorcycle, rocket."
    )


def test_an_unknown_image_is_refused():
    with pytest.raises(ConfigError) as error:
        read_dataset("x", "demo-medical", None, {"image": "xray"})
    assert str(error.value) == (
        "[datasets.x] image = \"xray\" is wrong for reader 'demo-medical': "
        "Input should be 'histology' or 'fundus'."
    )


def test_a_missing_image_is_asked_for():
    with pytest.raises(ConfigError) as error:
        read_dataset("x", "demo-medical", None, {})
    assert str(error.value) == "[datasets.x] image is missing; reader 'demo-medical' needs it."


def test_without_scikit_image_the_install_command_is_named(monkeypatch):
    for module in [name for name in sys.modules if name.split(".")[0] == "skimage"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(ConfigError) as error:
        read_dataset("x", "demo-medical", None, {"image": "fundus"})
    assert str(error.value) == "the demo needs scikit-image: pip install 'warmstart[demo]'"
