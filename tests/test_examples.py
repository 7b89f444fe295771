"""The examples run as their first lines say."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from safetensors.numpy import save_file

from small_study import write_study
from warmstart.models.stages import stages
from warmstart.studies.options import Options
from warmstart.studies.runner import run_study
from warmstart.studies.study_file import read_study

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.fixture
def example(monkeypatch):
    """Run an example as a command."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")

    return run


def run_of(folder, **weights):
    folder.mkdir()
    save_file(
        {name: w.astype(np.float32) for name, w in weights.items()}, folder / "model.safetensors"
    )
    return folder


def opened(path):
    with Image.open(path) as image:
        return image.copy()


def ramp(filters, channels=3, size=5):
    """Filters that rise from left to right, each stronger than the one before."""
    strength = np.arange(1, filters + 1).reshape(-1, 1, 1, 1)
    return strength * np.broadcast_to(np.arange(size) - 2.0, (filters, channels, size, size))


def pixel(image, block, number, x, y, *, columns=8, size=5):
    """The colour in the middle of one entry of a filter; entries are 6 pixels wide, gaps 2."""
    tile = 6 * size + 2
    left = block * (columns * tile - 2 + 8) + number % columns * tile
    top = number // columns * tile
    return image.getpixel((left + 6 * x + 3, top + 6 * y + 3))


def test_each_filter_is_drawn_from_black_to_white_at_its_place(example, tmp_path, capsys):
    kernel = ramp(10)
    kernel[9] = -kernel[9]
    a = run_of(tmp_path / "a", **{"conv1.weight": kernel})
    out = tmp_path / "filters.png"
    example("first_filters.py", a, "--out", out)
    assert capsys.readouterr().out == f"{out}\n"
    image = opened(out)
    assert image.size == (8 * 32 - 2, 2 * 32 - 2)
    for number in range(10):
        shades = [pixel(image, 0, number, x, 0) for x in range(5)]
        rising = [(round(255 * x / 4),) * 3 for x in range(5)]
        assert shades == (rising if number < 9 else rising[::-1])
    assert image.getpixel((31, 0)) == (255, 255, 255)
    assert pixel(image, 0, 10, 2, 2) == (255, 255, 255)


def test_colours_are_the_input_channels_and_runs_stand_side_by_side(example, tmp_path):
    red = np.zeros((1, 3, 5, 5))
    red[0, 0, 2, 3] = 4.0
    a = run_of(tmp_path / "a", **{"conv1.weight": ramp(9)})
    b = run_of(tmp_path / "b", **{"conv1.weight": red})
    out = tmp_path / "filters.png"
    example("first_filters.py", a, b, "--out", out)
    image = opened(out)
    assert image.size == (2 * (8 * 32 - 2) + 8, 2 * 32 - 2)
    assert pixel(image, 1, 0, 3, 2) == (255, 0, 0)
    assert pixel(image, 1, 0, 2, 2) == (0, 0, 0)


def test_three_channels_go_before_depthwise_and_pointwise_kernels(example, tmp_path):
    weights = {
        "blocks.0.conv_dw.weight": ramp(4, channels=1, size=3),
        "blocks.0.reduce.weight": np.ones((4, 3, 1, 1)),
        "conv_stem.weight": ramp(2),
        "classifier.weight": np.ones((2, 4)),
    }
    out = tmp_path / "filters.png"
    example("first_filters.py", run_of(tmp_path / "a", **weights), "--out", out)
    assert opened(out).size == (8 * 32 - 2, 30)


def test_grey_filters_and_constant_ones_are_drawn_grey(example, tmp_path):
    kernel = np.concatenate([ramp(1, channels=1), np.full((1, 1, 5, 5), 7.0)])
    out = tmp_path / "filters.png"
    example("first_filters.py", run_of(tmp_path / "a", conv=kernel), "--out", out)
    image = opened(out)
    assert pixel(image, 0, 0, 4, 1) == (255, 255, 255)
    assert pixel(image, 0, 1, 4, 1) == (128, 128, 128)


def test_what_has_no_first_filters_is_named(example, tmp_path):
    empty, flat = tmp_path, run_of(tmp_path / "flat", **{"head.weight": np.ones((2, 4))})
    for folder, message in (
        (empty, f"{empty} is no folder of a run: it has no model.safetensors."),
        (
            flat,
            f"{flat / 'model.safetensors'} has no convolution of images: no 4-D weight of 3 or 1 "
            "input channels.",
        ),
    ):
        with pytest.raises(SystemExit) as caught:
            example("first_filters.py", folder)
        assert caught.value.code == message


def test_results_are_read_as_means(example, tmp_path, capsys):
    place = {"network": "n", "arm": "full", "target": "t", "metric": "auc_weighted_ovr"}
    rows = [place | {"source": "s", "fold": i, "value": v} for i, v in enumerate((0.5, 1.0))]
    pd.DataFrame([*rows, rows[0] | {"metric": "accuracy", "value": 0.0}]).to_csv(
        tmp_path / "results.csv", index=False
    )
    example("read_results.py", tmp_path / "results.csv")
    assert "0.75" in capsys.readouterr().out


def test_networks_are_compared_before_and_after_training(example, images, capsys):
    short = {"epochs": 1, "image_size": 16, "batch_size": 8, "learning_rate": 0.01}
    file = write_study(
        images,
        networks=["cbr_tiny"],
        sources={"random": {"finetune": {"epochs": 1}}},
        arms={"full": {}, "linear": {"tune": "head"}},
        targets={"lesions": {"dataset": "lesions"}},
        finetune=short | {"image_size": 32},
    )
    options = Options(base=images, out=images / "out", cache=images / "cache", device="cpu")
    runs = run_study(read_study(file), options).runs
    for arm in ("full", "linear"):
        folders = [images / "out" / "runs" / key for key in runs[runs["arm"] == arm]["key"]]
        example("similarity.py", *folders, "--on", images / "lesions", "--out", images / arm)
    shown = capsys.readouterr().out
    names = [stage.name for stage in stages("cbr_tiny")]
    assert [line.split()[0] for line in shown.splitlines()[2:7]][: len(names)] == names
    still = pd.read_csv(images / "linear" / "similarity.csv")
    assert still["stage"].unique().tolist() == names
    assert still.groupby("stage").size().tolist() == [5] * len(names)
    np.testing.assert_allclose(still[["first_moved", "second_moved"]], 1, atol=1e-6)
    np.testing.assert_array_equal(still["ends"], still["starts"])
    moved = pd.read_csv(images / "full" / "similarity.csv")
    assert (moved[["first_moved", "second_moved"]] < 1 - 1e-6).to_numpy().any()
    assert "<svg" in (images / "full" / "similarity.svg").read_text()
