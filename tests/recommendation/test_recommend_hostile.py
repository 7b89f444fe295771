import numpy as np
import pytest
import tomli_w
from safetensors.numpy import save_file

from small_study import warmstart as command
from small_study import write_images, write_study
from warmstart.analysis.comparison import corrected_resampled_interval
from warmstart.errors import ConfigError, DataError
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
            f"--atlas: {atlas} {found}; the folder of an atlas was expected. "
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
        "'dataset:spots', but a catalogue has no datasets; give --sources the study that pretrains "
        "on it."
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


def test_a_folder_of_sources_that_is_none(tmp_path):
    with pytest.raises(ConfigError) as raised:
        ask(tmp_path, sources=tmp_path)
    assert str(raised.value) == (
        f"--sources: the folder {tmp_path} has no study.toml; a catalogue of starting points, a "
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
        "download. --download fetches weights."
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
    with pytest.raises(DataError, match="rerun with --skip-unreadable to leave them out"):
        ask(tmp_path)
    starts, out = tmp_path / "starts.toml", tmp_path / "out"
    told = ("--sources", starts, "--image-size", "32", "--out", out, "--skip-unreadable")
    _, messages = command("recommend", tmp_path / "spots", *told)
    assert "spots: 1 of 24 image is unreadable and was left out" in messages


def test_no_interval_of_a_gain_is_wider_than_auc_can_be(tmp_path):
    from warmstart.analysis.chosen import Chosen
    from warmstart.recommendation.conclusion import Conclusion, Trained

    class Plan:
        test_share = 0.5

    full = np.array([[100.0, 0.0], [100.0, 60.0], [100.0, 90.0]])
    low, high = corrected_resampled_interval(full[:, 0] - full[:, 1], 0.5)
    assert low < -100 or high > 100
    chosen = Chosen.__new__(Chosen)
    object.__setattr__(chosen, "per_fold", full[:, 0] / 100)
    trained = Trained(short=full, full=full, ruled_out=())
    found = Conclusion(plan=Plan(), trained=trained, prediction=None, start=0, chosen=chosen)
    gain = found.gain(1)
    assert (gain.low, gain.high) == pytest.approx((max(low, -100), min(high, 100)))


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
