"""How the commands are told of a user's own images, and what they say of them."""

import json
import tomllib

import numpy as np
import pytest
import tomli_w
from PIL import Image
from safetensors.numpy import save_file

from small_study import write_images, write_study
from warmstart.models.architectures import build_network
from warmstart.studies.study_file import read_study

SPARED = (
    "The official test part (8 images) was left untouched, for a last evaluation; folds are of "
    "the training and validation part (12 and 4 images)."
)


@pytest.fixture
def table(tmp_path):
    """24 images with a class, two yes/no labels and an official part."""
    rng = np.random.default_rng(0)
    rows = ["path,label,bright,wide,part"]
    (tmp_path / "png").mkdir()
    parts = ["train"] * 12 + ["val"] * 4 + ["test"] * 8
    for i, part in enumerate(parts):
        noise = rng.normal(60 + 120 * (i % 2), 45, (16, 16, 3)).clip(0, 255).astype(np.uint8)
        Image.fromarray(noise).save(tmp_path / "png" / f"{i:02d}.png")
        rows.append(f"{i:02d}.png,{'ab'[i % 2]},{i % 2},{'' if i == 5 else int(i % 4 < 2)},{part}")
    (tmp_path / "mine.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


@pytest.fixture
def recommended(cli, tmp_path):
    """Recommend one of two small networks, one of them from a file; return the answer as JSON."""
    network = build_network("cbr_tiny", 2, seed=1)
    tensors = {name: value.numpy() for name, value in network.state_dict().items()}
    save_file(tensors, tmp_path / "ours.safetensors")
    rows = [
        {"source": "random", "network": "cbr_tiny", "start": "random"},
        {"source": "ours", "network": "cbr_tiny", "start": "file:ours.safetensors"},
    ]
    (tmp_path / "starts.toml").write_text(tomli_w.dumps({"starting_points": rows}))

    def run(*arguments, sources=tmp_path / "starts.toml"):
        told = ("--sources", sources, "--image-size", "32", "--out", tmp_path / "out", "--json")
        code, output, messages = cli("recommend", *arguments, *told)
        assert code == 0, messages
        return json.loads(output), messages

    return run


def test_columns_of_yes_no_labels(table, recommended):
    labels = ("--labels", table / "mine.csv", "--label-columns", "bright, wide")
    found, _ = recommended(table / "png", *labels)
    assert {row["source"] for row in found["ranked"]} == {"random", "ours"}
    assert found["facts"][0] == "24 images, 2 labels: bright 12, wide 11."
    assert all(0 <= row["scores"]["linear_probe"] <= 1 for row in found["ranked"])


def test_a_new_study_of_yes_no_labels_can_be_planned(table, cli):
    labels = ("--labels", table / "mine.csv", "--label-columns", "bright,wide")
    code, text, _ = cli("study", "new", table / "png", *labels)
    assert code == 0
    (table / "study.toml").write_text(text)
    assert read_study(table / "study.toml").datasets["png"].options["label_columns"] == [
        "bright",
        "wide",
    ]
    code, plan, _ = cli("study", "plan", table / "study.toml")
    assert code == 0
    assert "png: 24 images, 2 yes/no labels" in plan


def test_one_class_or_several_labels(table, cli):
    both = ("--label-column", "label", "--label-columns", "bright,wide")
    code, _, messages = cli("study", "new", table / "mine.csv", *both)
    assert code == 2
    assert messages == (
        "warmstart: --label-column is of one class per image and --label-columns of several yes/no "
        "labels; give one of them.\n"
    )


def test_the_official_test_part_is_left_untouched(table, recommended):
    labels = ("--labels", table / "mine.csv", "--set", "split_column=part")
    found, messages = recommended(table / "png", *labels)
    assert found["facts"][0] == "16 images, 2 classes: a 8, b 8."
    assert found["notes"][0] == SPARED
    assert found["official_parts"] == {"train": 12, "validation": 4, "test": 8}
    assert found["parts_used"] == ["train", "validation"]
    assert "png: 16 of 24 images of png-all-parts; official parts: train, validation" in messages
    assert SPARED in (table / "out" / "methods.txt").read_text()
    study = tomllib.loads((table / "out" / "study.toml").read_text())
    assert study["datasets"]["png"]["subset"]["parts"] == ["train", "validation"]


def test_a_new_study_names_the_official_parts(table, cli):
    labels = ("--labels", table / "mine.csv", "--set", "split_column=part")
    _, text, _ = cli("study", "new", table / "png", *labels)
    line = 'split = "kfold"                       # or "official": train 12, validation 4, test 8'
    assert line in text.splitlines()


def test_of_sources_only_what_they_share_with_the_target_is_told(images, cli):
    folder = write_images(images / "moles", ("dark", "light"), seed=5)
    (images / "shapes" / "star" / "twin.png").write_bytes(
        (images / "shapes" / "circle" / "000.png").read_bytes()
    )
    (images / "shapes" / "star" / "mole.png").write_bytes(
        (folder / "dark" / "003.png").read_bytes()
    )
    (images / "shapes" / "groups.csv").unlink()
    study = write_study(images)
    code, output, messages = cli(
        *("recommend", folder, "--sources", study, "--out", images / "out", "--image-size", "32")
    )
    assert code == 0, messages
    shared = "1 of its images is in source shapes too"
    assert f"moles: {shared}" in messages
    assert f"Note: {shared}" in output
    assert not [line for line in (messages + output).splitlines() if line.startswith("shapes: ")]


def test_a_path_that_is_not_there_names_options(table, cli):
    (table / "mine.csv").write_text("path,label\n00,a\n01,b\n")
    code, _, messages = cli("recommend", table / "png", "--labels", table / "mine.csv")
    assert code == 2
    images = table / "png"
    assert messages == (
        f"warmstart: {table / 'mine.csv'}: 2 of 2 images are not under {images}: 00, 01. Name the "
        "folder the paths are relative to, and the table with --labels FILE; if the paths have no "
        "extension, give it with --set extension=.png.\n"
    )


def test_a_path_outside_names_options(table, cli):
    (table / "mine.csv").write_text("path,label\n../00.png,a\n01.png,b\n")
    code, _, messages = cli("study", "new", table / "png", "--labels", table / "mine.csv")
    assert code == 2
    assert messages == (
        f"warmstart: {table / 'mine.csv'}: 1 of 2 path lies outside {table / 'png'}: ../00.png. "
        "Name a folder that all images lie under, and the table with --labels FILE.\n"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "windwo=3",
            "--set: unknown key 'windwo' for reader 'folder'. Did you mean 'window'? Known: "
            "groups, window.",
        ),
        (
            "window=[3]",
            "--set: window = [3] is wrong: expected two ascending numbers, such as [0, 4095].",
        ),
        ("window", "--set 'window' should read KEY=VALUE, such as extension=.png."),
    ],
)
def test_a_wrong_option_of_a_reader(images, cli, change, message):
    code, _, messages = cli("recommend", images / "lesions", "--set", change)
    assert code == 2
    assert messages == f"warmstart: {message}\n"


def test_deep_images_need_their_window_and_are_then_read(tmp_path, cli, recommended):
    folder = write_images(tmp_path / "deep", ("a", "b"))
    rng = np.random.default_rng(0)
    for path in folder.glob("*/*.png"):
        pixels = rng.integers(0, 4096, (16, 16)).astype(np.uint16)
        Image.fromarray(pixels).save(path)
    code, _, messages = cli("recommend", folder, "--sources", tmp_path / "starts.toml")
    assert code == 2
    assert messages.splitlines()[-1].startswith("warmstart: deep: a/000.png has more than 8 bits (")
    assert messages.endswith("; give its black and white with --set 'window=[0, 4095]'.\n")
    found, _ = recommended(folder, "--set", "window=[0, 4095]")
    assert len(found["ranked"]) == 2


def test_names_of_classes_for_an_archive(tmp_path, cli):
    arrays = {}
    for part, n in (("train", 8), ("val", 4), ("test", 4)):
        arrays[f"{part}_images"] = np.zeros((n, 28, 28), np.uint8)
        arrays[f"{part}_labels"] = (np.arange(n) % 2)[:, None]
    np.savez(tmp_path / "own.npz", **arrays)
    code, _, messages = cli("study", "new", tmp_path / "own.npz", "--set", 'class_names=["a"]')
    assert code == 2
    assert messages == (
        f"warmstart: {tmp_path / 'own.npz'} has 2 classes, but 1 were expected: a. Name them with "
        "--set 'class_names=[...]'.\n"
    )


def test_a_class_of_one_image(tmp_path, cli):
    folder = write_images(tmp_path / "few", ("a", "b"), per_class=3)
    (folder / "groups.csv").unlink()
    for path in sorted((folder / "b").iterdir())[1:]:
        path.unlink()
    code, _, messages = cli("recommend", folder)
    assert code == 2
    assert messages == (
        "warmstart: few: class 'b' has 1 image; two are needed, one to train on and one to test "
        "on. Add images, or merge the class.\n"
    )
