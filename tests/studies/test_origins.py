"""The pretraining run that a training starts from must be what it says."""

import json
import shutil

import pytest

from small_study import write_images, write_study
from warmstart.models.architectures import build_network, linear_layer
from warmstart.studies.options import Options
from warmstart.studies.runner import run_study
from warmstart.studies.study_file import read_study


@pytest.fixture
def study(tmp_path):
    write_images(tmp_path / "shapes", ("round", "square", "star"), seed=1)
    write_images(tmp_path / "lesions", ("benign", "malignant"), seed=2)
    shown = {"epochs": 1, "image_size": 16, "batch_size": 8}
    file = write_study(tmp_path, sources={"shapes": {"start": "dataset:shapes"}}, finetune=shown)
    options = Options(base=tmp_path, out=tmp_path / "out", cache=tmp_path / "cache", device="cpu")
    return lambda: run_study(read_study(file), options)


def test_a_pretraining_of_another_number_of_classes_than_it_says_is_refused(study, tmp_path):
    runs = study().runs
    (origin,) = runs.query("kind == 'pretrain'")["key"]
    beside = tmp_path / "out" / "runs" / origin / "preprocess.json"
    beside.write_text(json.dumps(json.loads(beside.read_text()) | {"classes": ["round", "square"]}))
    for key in runs.query("kind == 'finetune'")["key"]:
        shutil.rmtree(tmp_path / "out" / "runs" / key)
    again = study().runs.query("kind == 'finetune'").set_index("source")
    assert set(again.loc["random", "state"]) == {"done"}
    width = linear_layer(build_network("test_efficientnet", 2, seed=0)).in_features
    assert set(again.loc["shapes", "state"]) == {"failed"}
    assert set(again.loc["shapes", "reason"]) == {
        f"The weights '{origin}' do not fit the 2 classes stated beside them: "
        f"classifier.weight has shape (3, {width}), expected (2, {width}). Keep model.safetensors "
        "and preprocess.json of one run together."
    }
