"""What a finished run started from is what is rebuilt of it, bit for bit."""

import json
import re
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from small_study import warmstart, write_images, write_study
from warmstart.errors import ConfigError, WeightsError
from warmstart.models.architectures import build_network
from warmstart.studies.comparing import checkpoint_lines, read_checkpoint
from warmstart.studies.one_dataset import read_one
from warmstart.studies.options import Options
from warmstart.studies.run_starts import write_start
from warmstart.studies.runner import run_study
from warmstart.studies.study_file import read_study
from warmstart.training import run as training_run

NETWORK = "test_efficientnet"
STARTS = {
    "shapes": "dataset:shapes",
    "scale": "mean-var:dataset:shapes",
    "scale-of-norms": "mean-var(bn=resample):file:net.safetensors",
    "drawn": "sampled:file:net.safetensors",
    "turned": "shuffled:file:net.safetensors",
    "prefix": "transfuse:file:net.safetensors@block2",
    "gabor": "gabor:file:net.safetensors",
    "file": "file:net.safetensors",
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study's folder, its runs by source, and what each began with, by key."""
    folder = tmp_path_factory.mktemp("study")
    write_images(folder / "shapes", ("round", "square", "star"), seed=1)
    write_images(folder / "lesions", ("benign", "malignant"), seed=2)
    save_file(build_network(NETWORK, 5, seed=9).state_dict(), folder / "net.safetensors")
    sources = {name: {"start": start} for name, start in STARTS.items()}
    sources["random"] = {"finetune": {"epochs": 1}}
    shown = {"epochs": 1, "image_size": 16, "batch_size": 8}
    file = write_study(folder, sources=sources, finetune=shown)
    began, real = {}, training_run.starting_network

    def noted(asked):
        model = real(asked)
        began[asked.key] = {name: value.clone() for name, value in model.state_dict().items()}
        return model

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_run, "starting_network", noted)
        options = Options(base=folder, out=folder / "out", cache=folder / "cache", device="cpu")
        written = run_study(read_study(file), options)
    assert set(written.runs["state"]) == {"done"}
    first = written.runs.query("fold == 0").assign(
        place=lambda table: table["kind"].str.cat(table["source"], sep=" ")
    )
    return folder, dict(zip(first["place"], first["key"], strict=True)), began


@pytest.fixture
def copied(finished, tmp_path):
    """Call with a place; returns its run and what it needs, in folders that may be changed."""
    folder, keys, _ = finished

    def call(place):
        shutil.copytree(folder / "out" / "runs", tmp_path / "runs")
        shutil.copytree(folder / "cache" / "weights", tmp_path / "cache" / "weights")
        return tmp_path / "runs" / keys[place], tmp_path / "cache"

    return call


def refusal(error, call, *arguments):
    with pytest.raises(error) as caught:
        call(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    "place", ["pretrain shapes", "finetune random", *(f"finetune {name}" for name in STARTS)]
)
def test_what_is_rebuilt_is_what_training_started_from(finished, copied, place):
    _, keys, began = finished
    run, cache = copied(place)
    assert write_start(run, cache) is True
    found, expected = load_file(run / "start" / "model.safetensors"), began[keys[place]]
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].dtype == value.dtype
        assert torch.equal(found[name], value), name
    ended = load_file(run / "model.safetensors")
    assert not all(torch.equal(ended[name], found[name]) for name in found)


def test_a_start_is_a_checkpoint_whose_card_opens_it(copied):
    run, cache = copied("finetune random")
    write_start(run, cache)
    start = run / "start"
    settings = (start / "preprocess.json").read_bytes()
    assert settings == (run / "preprocess.json").read_bytes()
    card = (start / "README.md").read_text()
    assert card.startswith(f"# What run `{run.name}` started from\n")
    code = re.search(r"```python\n(.*?)```", card, re.S)[1]
    scope = {}
    exec(code.replace("model.safetensors", str(start / "model.safetensors")), scope)
    opened = scope["model"].state_dict()
    stored = load_file(start / "model.safetensors")
    assert all(torch.equal(opened[name], stored[name]) for name in stored)


def test_before_and_after_are_compared_stage_by_stage(finished, copied, tmp_path):
    folder, _, _ = finished
    run, cache = copied("finetune prefix")
    write_start(run, cache)
    lines = list(
        checkpoint_lines(
            read_checkpoint(run / "start"),
            read_checkpoint(run),
            read_one("folder", folder / "lesions"),
            most=24,
            cache=tmp_path / "images",
        )
    )
    assert lines[0].startswith(f"{run.name}/start and {run.name} on 24 images of lesions; ")


def test_the_command_names_the_folder_and_says_that_it_was_checked(copied):
    run, _ = copied("finetune random")
    output, _ = warmstart("study", "start", run)
    assert output == f"{run / 'start'}: the weights before the first step, bit for bit\n"
    forget_digest(run)
    output, _ = warmstart("study", "start", run)
    assert output == (
        f"{run / 'start'}: the weights before the first step, not checked: the run recorded no "
        "digest of them\n"
    )


def forget_digest(run, instead=None):
    path = run / "environment.json"
    known = json.loads(path.read_text())
    del known["start"]
    path.write_text(json.dumps(known | ({"start": instead} if instead else {})))


@pytest.mark.parametrize(
    ("place", "start", "licence"),
    [
        ("pretrain shapes", "random", "none: random weights"),
        ("finetune random", "random", "none: random weights"),
        (
            "finetune shapes",
            "run `{shapes}`",
            "made here from shapes; see the terms of its release",
        ),
        (
            "finetune scale",
            "mean-var of run `{shapes}`",
            "made here from shapes; see the terms of its release",
        ),
        ("finetune drawn", "sampled of file net.safetensors", "not stated"),
    ],
)
def test_the_card_of_a_run_says_whose_weights_it_started_from(finished, place, start, licence):
    folder, keys, _ = finished
    card = (folder / "out" / "runs" / keys[place] / "README.md").read_text()
    started = start.format(shapes=keys["pretrain shapes"])
    rows = f"| started from | {started} |\n| licence of the start | {licence} |\n| trained on |"
    assert rows in card


def test_a_run_that_recorded_no_digest_is_rebuilt_without_a_check(finished, copied):
    _, keys, began = finished
    run, cache = copied("finetune scale")
    forget_digest(run)
    assert write_start(run, cache) is False
    found = load_file(run / "start" / "model.safetensors")
    assert all(torch.equal(found[n], value) for n, value in began[keys["finetune scale"]].items())


def test_weights_that_come_out_otherwise_are_refused(finished, copied):
    run, cache = copied("finetune random")
    own = json.loads((run / "environment.json").read_text())["start"]
    forget_digest(run, instead="f" * 16)
    assert refusal(WeightsError, write_start, run, cache) == (
        f"What {run} started from cannot be made again here: the digest of what was drawn is "
        f"{own}, that of the run is {'f' * 16}. Use the machine and the versions of PyTorch and "
        "timm that its environment.json names."
    )
    assert not (run / "start").exists()


def test_weights_that_are_gone_are_named_with_a_way_to_have_them(finished, copied):
    _, keys, _ = finished
    run, cache = copied("finetune file")
    (kept,) = (cache / "weights").glob("*.safetensors")
    kept.unlink()
    assert refusal(WeightsError, write_start, run, cache) == (
        f"The weights that {run} started from are not at {kept}; `warmstart study run` fetches "
        "them again and trains nothing that is done."
    )
    origin = run.parent / keys["pretrain shapes"]
    shutil.rmtree(origin)
    run = run.parent / keys["finetune scale"]
    assert refusal(WeightsError, write_start, run, cache) == (
        f"The weights that {run} started from are not at {origin / 'model.safetensors'}; put the "
        "folder of that pretraining beside it."
    )


@pytest.mark.parametrize("lost", ["run.toml", "preprocess.json", "environment.json"])
def test_what_is_no_finished_run_is_refused(copied, lost):
    run, cache = copied("finetune random")
    (run / lost).unlink()
    assert refusal(ConfigError, write_start, run, cache) == (
        f"{run} is no folder of a finished run; name one such as DIR/runs/<key>."
    )


def test_a_folder_with_a_start_is_still_a_finished_run(finished, monkeypatch):
    folder, keys, _ = finished
    write_start(folder / "out" / "runs" / keys["finetune random"], folder / "cache")
    monkeypatch.setattr(training_run, "run_training", None)  # nothing is trained again
    options = Options(base=folder, out=folder / "out", cache=folder / "cache", device="cpu")
    written = run_study(read_study(folder / "study.toml"), options)
    assert set(written.runs["state"]) == {"done"}
