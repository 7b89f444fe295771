"""What is wrong with a request is said in one line, before anything is done."""

import json
from pathlib import Path

import numpy as np
import pytest
import tomli_w

import warmstart
from small_study import write_images
from warmstart.errors import ConfigError
from warmstart.recommendation.request import (
    budget_of,
    options_of,
    path_of,
    path_or_none,
    whole,
)

ROWS = [
    {"source": "plain", "network": "cbr_tiny", "start": "random"},
    {"source": "random", "network": "test_efficientnet", "start": "random"},
]


def refused(call, *arguments, **options):
    with pytest.raises(ConfigError) as raised:
        call(*arguments, **options)
    return str(raised.value)


def test_a_path_may_be_a_text(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert path_of("images", "~/a") == path_of("images", Path("~/a")) == Path("/home/me/a")
    assert path_or_none("out", None) is None
    assert refused(path_or_none, "out", "") == "out is ''; a path was expected."
    assert refused(path_of, "images", 3) == "images is 3; a path was expected."


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (None, None),
        (600, 600.0),
        (np.float32(1.5), 1.5),
        ("90s", 90.0),
        ("10m", 600.0),
        ("2h", 7200.0),
    ],
)
def test_a_budget_is_seconds_or_a_text_as_on_the_command_line(given, seconds):
    assert budget_of(given) == seconds


@pytest.mark.parametrize("given", [0, -5, float("nan"), [600], True])
def test_a_budget_that_is_no_time(given):
    assert refused(budget_of, given) == (
        f"budget is {given!r}; seconds above 0, or a time such as '90s', '10m' or '2h', expected; "
        "without a budget nothing is trained."
    )


@pytest.mark.parametrize("given", ["soon", "-5m", "0s", ""])
def test_a_budget_in_words_that_is_no_time(given):
    assert refused(budget_of, given) == (
        f"budget is {given!r}; a time such as 90s, 10m or 2h was expected."
    )


@pytest.mark.parametrize("given", [0, -1, 1.5, "3", None, True])
def test_what_is_no_whole_number(given):
    assert whole("epochs", np.int64(3), 1) == 3
    assert refused(whole, "epochs", given, 1) == (
        f"epochs is {given!r}; a whole number, 1 or more, was expected."
    )


def test_options_have_names():
    assert options_of("columns", {"label_column": "dx"}, "") == {"label_column": "dx"}
    assert refused(options_of, "columns", "dx", "{'label_column': 'dx'}") == (
        "columns is 'dx'; options by name, such as {'label_column': 'dx'}, expected."
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"budget": 0}, "budget is 0; seconds above 0, or a time such as '90s', '10m' or '2h', "),
        ({"image_size": 7}, "image_size is 7; a whole number, 8 or more, was expected."),
        ({"epochs": 0}, "epochs is 0; a whole number, 1 or more, was expected."),
        ({"most": 0}, "most is 0; a whole number, 1 or more, was expected."),
        ({"seed": 1.5}, "seed is 1.5; a whole number, 0 or more, was expected."),
        ({"device": "gpu"}, "device is 'gpu'; expected one of auto, cpu, cuda."),
        ({"columns": "dx"}, "columns is 'dx'; options by name, such as {'label_column': 'dx'}, "),
        ({"settings": "x"}, "settings is 'x'; options by name, such as {'window': [0, 4095]}, "),
        *(
            ({name: ""}, f"{name} is ''; a path was expected.")
            for name in ("labels", "sources", "data_root", "atlas", "out", "cache")
        ),
    ],
)
def test_a_wrong_argument_is_told_before_images_are_looked_for(wrong, message, tmp_path):
    assert refused(warmstart.recommend, tmp_path / "gone", **wrong).startswith(message)
    assert not any(tmp_path.iterdir())


def test_fewer_images_than_classes_cannot_be_scored(tmp_path):
    write_images(tmp_path / "spots", ("a", "b", "c"), per_class=4)
    (tmp_path / "starts.toml").write_text(tomli_w.dumps({"starting_points": ROWS}))
    told = refused(
        warmstart.recommend,
        tmp_path / "spots",
        most=2,
        sources=tmp_path / "starts.toml",
        out=tmp_path / "out",
    )
    assert told == (
        "most is 2, but spots has 3 classes and one image of each is scored; give 3 or more."
    )


def test_every_path_may_be_a_text(tmp_path, monkeypatch):
    write_images(tmp_path / "spots", ("a", "b"), per_class=4)
    lines = ["path,label"]
    lines += [
        f"{file.relative_to(tmp_path / 'spots')},{file.parent.name}"
        for file in sorted((tmp_path / "spots").glob("*/*.png"))
    ]
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "starts.toml").write_text(tomli_w.dumps({"starting_points": ROWS}))
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    found = warmstart.recommend(
        "spots",
        labels="labels.csv",
        sources="starts.toml",
        data_root=".",
        atlas="mine",
        out="answer",
        cache="kept",
        budget="1s",
        image_size=32,
        most=4,
        device="cpu",
    )
    told = json.loads(Path("answer/answer.json").read_text())
    assert told["target"] == found.target == "spots"
    assert (tmp_path / "kept").is_dir()
