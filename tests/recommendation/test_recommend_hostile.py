import re
import shutil

import numpy as np
import pandas as pd
import pytest
import tomli_w
import torch
from safetensors.numpy import save_file

from small_study import warmstart as command
from small_study import write_images, write_study
from warmstart.errors import ConfigError, DataError, StoreError
from warmstart.models.architectures import build_network
from warmstart.recommendation.recommend import recommend
from warmstart.studies import estimate
from warmstart.studies.listener import Silent

PLAIN = {"source": "plain", "network": "cbr_tiny", "start": "random"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(estimate, "CALIBRATION_SECONDS", 0.05)


def ask(folder, *rows, images="spots", **changes):
    path = folder / "starts.toml"
    path.write_text(tomli_w.dumps({"starting_points": [PLAIN, *rows]}))
    if not (folder / images).exists():
        write_images(folder / images, ("dark", "light"), seed=3)
    options = {"sources": path, "epochs": 3, "image_size": 32, "out": folder / "out"} | changes
    return recommend(folder / images, **options)


def test_an_atlas_that_is_not_there_is_no_empty_one(tmp_path):
    gone, file = tmp_path / "gone", tmp_path / "file"
    file.touch()
    for atlas, found in ((gone, "does not exist"), (file, "is not a folder")):
        with pytest.raises(DataError) as raised:
            ask(tmp_path, atlas=atlas)
        assert str(raised.value) == (
            f"atlas is {atlas}, which {found}; the folder of an atlas was expected. "
            "`warmstart atlas add PATH --atlas DIR` makes one."
        )


def test_weights_that_do_not_fit_leave_the_others(tmp_path):
    weights = tmp_path / "x.safetensors"
    save_file({"conv.weight": np.zeros((3, 3), np.float32)}, weights)
    wrong = {"source": "x", "network": "cbr_tiny", "start": "file:x.safetensors"}
    found = ask(tmp_path, wrong)
    assert [row.point.source for row in found.ranked] == ["plain"]
    assert [one.needs for one, _ in found.missing] == [
        f"another file: The weights 'file:{weights}' do not fit 'cbr_tiny': conv.weight is not "
        "part of this network; the first layer is conv.weight of shape (3, 3), expected "
        "units.conv1.conv.weight of shape (32, 3, 5, 5). Name the network they were trained with, "
        "or another start"
    ]


def test_a_catalogue_has_no_datasets(tmp_path):
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, {"source": "x", "network": "cbr_tiny", "start": "dataset:spots"})
    assert str(raised.value) == (
        f"{tmp_path / 'starts.toml'}: [starting_points, row 2] x with cbr_tiny: it starts from "
        "'dataset:spots', but a catalogue has no datasets; name the study that pretrains on it "
        "with sources=STUDY."
    )


def test_sources_that_are_not_there(tmp_path):
    gone = tmp_path / "gone.toml"
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, sources=gone)
    assert str(raised.value) == (
        f"Cannot read {gone}: No such file or directory; a catalogue of starting points, a study "
        "file or a study folder was expected."
    )


def test_the_answer_does_not_go_among_the_images(tmp_path):
    spots = tmp_path / "spots"
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, out=spots)
    assert str(raised.value) == (
        f"out is {spots}, the folder of the images; choose another folder for the answer."
    )
    assert {path.name for path in spots.iterdir()} == {"dark", "light", "groups.csv"}


@pytest.mark.parametrize("place", ["dark", "dark/answer", "new/answer"])
def test_the_answer_does_not_hide_a_class(place, tmp_path):
    out = tmp_path / "spots" / place
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, out=out)
    assert str(raised.value) == (
        f"out is {out}, among the images; choose another folder for the answer."
    )


def test_the_answer_may_lie_beside_the_classes(tmp_path):
    out = tmp_path / "spots" / "answer"
    assert ask(tmp_path, out=out).facts == ask(tmp_path, out=out).facts


def test_the_answer_does_not_replace_another(tmp_path):
    ask(tmp_path)
    write_images(tmp_path / "moles", ("dark", "light"), seed=4)
    before = (tmp_path / "out" / "answer.json").read_bytes()
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, images="moles")
    assert str(raised.value) == (
        f"out is {tmp_path / 'out'}, which holds another study, 'spots: which start?'; the answer "
        "would replace its files; choose another folder for it."
    )
    assert (tmp_path / "out" / "answer.json").read_bytes() == before


@pytest.mark.parametrize("name", ["README.md", "predictions.csv", "figures/roc.svg", "study.toml"])
def test_the_answer_does_not_replace_files_of_others(name, tmp_path):
    (tmp_path / "out" / name).parent.mkdir(parents=True)
    (tmp_path / "out" / name).write_text("mine")
    (tmp_path / "out" / "other.txt").write_text("mine too")
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path)
    assert str(raised.value) == (
        f"out is {tmp_path / 'out'}, which holds {name}, not of an earlier answer for these "
        "images; the answer would replace what is there; choose another folder for it."
    )
    assert (tmp_path / "out" / name).read_text() == "mine"
    assert not (tmp_path / "out" / "runs").exists()


def test_a_file_of_others_that_came_after_a_prediction_is_not_replaced(tmp_path):
    ask(tmp_path)
    (tmp_path / "out" / "README.md").write_text("mine")
    with pytest.raises(ConfigError, match=r"which holds README\.md, not of an earlier answer"):
        ask(tmp_path, budget=600)
    assert (tmp_path / "out" / "README.md").read_text() == "mine"


def test_the_answer_does_not_replace_that_for_other_images_of_the_same_name(tmp_path):
    write_images(tmp_path / "x" / "data", ("dark", "light"), seed=3)
    write_images(tmp_path / "y" / "data", ("dark", "light"), seed=4)
    ask(tmp_path, images="x/data")
    before = (tmp_path / "out" / "answer.json").read_bytes()
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, images="y/data")
    assert str(raised.value) == (
        f"out is {tmp_path / 'out'}, which holds the answer for other images that are called "
        "'data' too; choose another folder for this one with out=DIR."
    )
    assert (tmp_path / "out" / "answer.json").read_bytes() == before


def test_other_labels_are_another_question(tmp_path):
    write_images(tmp_path / "spots", ("dark", "light"), seed=3)
    files = sorted(path.relative_to(tmp_path / "spots") for path in tmp_path.glob("spots/*/*.png"))
    for name in ("a", "b"):
        rows = [f"{file},{name}{number % 2}" for number, file in enumerate(files)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["path,label", *rows]))
    ask(tmp_path, labels=tmp_path / "a.csv")
    with pytest.raises(ConfigError, match="holds the answer for other images"):
        ask(tmp_path, labels=tmp_path / "b.csv")


def test_images_and_their_answer_may_be_moved_together(tmp_path):
    (tmp_path / "before").mkdir()
    first = ask(tmp_path / "before", budget=600)
    (tmp_path / "before").rename(tmp_path / "after")
    assert ask(tmp_path / "after", budget=600).to_dict() == first.to_dict()


def test_a_source_that_was_pretrained_on_the_images_is_left_out(tmp_path):
    study = write_study(tmp_path)
    write_images(tmp_path / "shapes", ("dark", "light"), seed=5)
    write_images(tmp_path / "lesions", ("benign", "malignant"), seed=6)
    command("study", "run", study)
    shutil.copytree(tmp_path / "shapes", tmp_path / "copy")
    results = tmp_path / "study-results"
    found = ask(tmp_path, images="copy", sources=results, data_root=tmp_path, image_size=16)
    assert [row.point.source for row in found.ranked] == ["random"]
    ((missing, _),) = found.missing
    assert missing.point.source == "shapes"
    assert missing.needs == "images it was not pretrained on (it has seen 24 of these)"
    measured = pd.read_csv(tmp_path / "out" / "measures.csv")
    assert set(measured["source"]) == {"random"}


@pytest.mark.parametrize(
    "name", ["predictions.parquet", "model.safetensors", "preprocess.json", "run.toml"]
)
def test_trainings_whose_files_are_gone_are_done_again(name, tmp_path):
    first = ask(tmp_path, budget=600, epochs=1)
    runs = sorted((tmp_path / "out" / "runs").glob(f"*/{name}"))
    gone = runs[-1]
    for path in runs:
        path.unlink()
    with pytest.raises(StoreError) as raised:
        ask(tmp_path, epochs=1)
    few = re.fullmatch(
        r"(\d) finished trainings lack files, such as (.*); put them back, or do the trainings "
        r"again with budget=TIME\.",
        str(raised.value),
    )
    assert few is not None, raised.value
    assert few[2].endswith(f"/{name}")
    again = ask(tmp_path, budget=600, epochs=1)
    assert again.start.auc == first.start.auc
    assert gone.is_file()


def test_python_is_told_of_arguments_and_the_command_line_of_options(tmp_path, monkeypatch):
    write_images(tmp_path / "spots", ("dark", "light"), seed=3)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, device="cuda")
    assert str(raised.value) == (
        "device='cuda': this PyTorch sees no GPU; use device='cpu', or see `warmstart doctor`."
    )
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, columns={"label_column": "dx"})
    assert str(raised.value) == (
        "columns['label_column'] names a column of a table; give the table with labels=FILE."
    )
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, settings={"windwo": [0, 1]})
    assert str(raised.value).startswith("settings: unknown key 'windwo' for reader 'folder'.")
    (tmp_path / "spots.csv").write_text("path,label\n")
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, images="spots.csv", columns={"label": "dx"})
    assert str(raised.value).startswith("columns: unknown key 'label' for reader 'csv'.")
    told = ("--sources", tmp_path, "--atlas", tmp_path / "gone")
    _, messages = command("recommend", tmp_path / "spots", *told, "--out", tmp_path / "o", code=2)
    assert messages == (
        f"warmstart: --atlas is {tmp_path}/gone, which does not exist; the folder of an atlas was "
        "expected. `warmstart atlas add PATH --atlas DIR` makes one.\n"
    )


def test_a_folder_of_sources_that_is_none(tmp_path):
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, sources=tmp_path)
    assert str(raised.value) == (
        f"sources is {tmp_path}, a folder without study.toml; a catalogue of starting points, a "
        "study file or the folder that a study wrote was expected."
    )


def test_nothing_is_here_and_nothing_is_fetched_unasked(tmp_path):
    path = tmp_path / "far.toml"
    row = {"source": "far", "network": "resnet18", "start": "hf:nobody/nothing"}
    path.write_text(tomli_w.dumps({"starting_points": [row]}))
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, sources=path)
    assert str(raised.value) == (
        "None of the 1 starting points can be started from here; far with resnet18 would need a "
        "download. download=True fetches weights."
    )


def test_images_called_like_a_dataset_that_a_source_was_pretrained_on(tmp_path):
    study = write_study(tmp_path)
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, images="shapes", sources=study)
    assert str(raised.value) == (
        "The images are called 'shapes', as is the dataset that shapes with test_efficientnet was "
        "pretrained on; give their folder or file another name."
    )


def test_unreadable_images_can_be_left_out_as_the_message_says(tmp_path):
    write_images(tmp_path / "spots", ("dark", "light"), seed=3)
    (tmp_path / "spots" / "dark" / "000.png").write_bytes(b"none")
    with pytest.raises(DataError, match="rerun with skip_unreadable=True to leave them out"):
        ask(tmp_path)
    starts, out = tmp_path / "starts.toml", tmp_path / "out"
    told = ("--sources", starts, "--image-size", "32", "--out", out, "--skip-unreadable")
    _, messages = command("recommend", tmp_path / "spots", *told)
    assert "spots: 1 of 24 image is unreadable and was left out" in messages


def test_a_start_whose_weights_are_no_numbers_is_set_aside_and_the_others_go_on(tmp_path):
    tensors = {k: v.numpy() for k, v in build_network("cbr_tiny", 2, seed=0).state_dict().items()}
    first = next(name for name, value in tensors.items() if value.ndim == 4)
    tensors[first] = np.full_like(tensors[first], np.nan)
    save_file(tensors, tmp_path / "broken.safetensors")
    row = {"source": "broken", "network": "cbr_tiny", "start": "file:broken.safetensors"}
    said = []
    listener = Silent()
    listener.say = said.append
    found = ask(tmp_path, row, budget=600, listener=listener)
    assert found.start.point.source == "plain"
    (broken,) = [one for one in found.ranked if one.point.source == "broken"]
    assert np.isnan(broken.auc)
    assert broken.scores == {}
    told = "broken with cbr_tiny on spots: scores are left out: features row 0 holds NaN or inf"
    assert any(line.startswith(told) for line in said)
