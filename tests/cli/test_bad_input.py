"""Bad input gets one line that says what, where, what was expected and what to do next."""

import errno

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from small_study import study_table, write_study


@pytest.fixture
def refused(cli, images):
    """Run the small study with changes; it must be refused: return the line without the notes."""

    def run(*arguments, **changes):
        file = write_study(images, **changes)
        code, _, messages = cli("study", "run", file, "--out", images / "out", *arguments)
        assert code == 2, messages
        assert not (images / "out" / "results.csv").exists()
        start = messages.index("warmstart: ")
        return messages[start:].rstrip("\n").replace(str(images), "HERE")

    return run


def test_a_missing_folder(refused):
    table = study_table()["datasets"] | {"lesions": {"reader": "folder", "root": "lesion"}}
    assert refused(datasets=table) == (
        "warmstart: lesions: HERE/lesion does not exist; reader 'folder' expects a folder with "
        "one sub-folder of images per class. If lesion is in another folder, name that with "
        "--data-root DIR."
    )


def test_an_empty_class(refused, images):
    (images / "lesions" / "unclear").mkdir()
    assert refused() == (
        "warmstart: Class folder HERE/lesions/unclear holds no image (bmp, gif, jpeg, jpg, pgm, "
        "png, ppm, tif, tiff, webp); add images or remove it."
    )


def test_one_class_only(refused, images):
    for path in (images / "lesions" / "malignant").iterdir():
        path.rename(images / "lesions" / "benign" / f"m{path.name}")
    (images / "lesions" / "malignant").rmdir()
    assert refused() == (
        "warmstart: lesions: one class only ('benign'); a classification needs at least two."
    )


def test_fewer_groups_of_a_class_than_folds(refused, images):
    assert refused(protocol={"folds": 7}) == (
        "warmstart: lesions: class 'benign' has 6 groups, fewer than the 7 folds; lower "
        "protocol.folds or merge the class."
    )


def test_fewer_images_of_a_class_than_folds(refused, images):
    (images / "lesions" / "groups.csv").unlink()
    assert refused(protocol={"folds": 13}) == (
        "warmstart: lesions: class 'benign' has 12 images, fewer than the 13 folds; lower "
        "protocol.folds or merge the class."
    )


def test_a_group_with_every_image_of_a_class(refused, images):
    rows = [f"benign/{i:03d}.png,all-of-them" for i in range(12)]
    (images / "lesions" / "groups.csv").write_text("file,group\n" + "\n".join(rows) + "\n")
    line = refused()
    assert line.startswith("warmstart: lesions: ")
    assert "class 'benign'" in line
    assert "12" in line
    assert "all-of-them" not in line


def test_unreadable_images_are_all_listed(refused, cli, images):
    whole = (images / "lesions" / "benign" / "003.png").read_bytes()
    (images / "lesions" / "benign" / "003.png").write_bytes(whole[: len(whole) // 2])
    (images / "lesions" / "malignant" / "007.png").write_bytes(b"")
    line = refused()
    assert "benign/003.png" in line
    assert "malignant/007.png" in line
    assert "--skip-unreadable" in line
    file = images / "study.toml"
    code, _, messages = cli(
        "study", "run", file, "--out", images / "out", "--skip-unreadable", "--device", "cpu"
    )
    assert code == 0
    assert "lesions: 2 of 24 images are unreadable and were left out" in messages


def test_a_wrong_column(refused, images):
    (images / "labels.csv").write_text("path,diagnosis\nlesions/benign/000.png,benign\n")
    table = study_table()["datasets"] | {"lesions": {"reader": "csv", "root": "labels.csv"}}
    line = refused(datasets=table)
    assert "labels.csv" in line
    assert "'label'" in line
    assert "diagnosis" in line


def test_an_archive_without_the_six_keys(refused, images):
    np.savez(images / "x.npz", train_images=np.zeros((2, 4, 4), np.uint8))
    table = study_table()["datasets"] | {"lesions": {"reader": "medmnist", "root": "x.npz"}}
    line = refused(datasets=table)
    assert "x.npz" in line
    for key in ("train_labels", "val_images", "val_labels", "test_images", "test_labels"):
        assert key in line


def test_an_unknown_network(refused):
    assert refused(networks=["test_efficientnets"]).startswith(
        "warmstart: Unknown network 'test_efficientnets'. Did you mean 'test_efficientnet"
    )


def test_a_source_without_weights_is_refused_before_anything_runs(refused, images):
    line = refused(
        networks=["test_efficientnet", "cspdarknet53"],
        sources={"own": {"start": "file:weights.safetensors"}},
        targets={"lesions": {"dataset": "lesions"}},
    )
    assert line == (
        "warmstart: No weights at HERE/weights.safetensors (start 'file:weights.safetensors'); "
        "expected a .safetensors or .pth file. The path is relative to the study file."
    )
    assert not (images / "out" / "runs").exists()


def test_weights_that_do_not_fit(refused, images):
    save_file({"conv_stem.weight": np.zeros((1, 2), np.float32)}, images / "w.safetensors")
    line = refused(
        sources={"own": {"start": "file:w.safetensors"}},
        targets={"lesions": {"dataset": "lesions"}},
    )
    assert line == (
        "warmstart: The weights 'file:w.safetensors' do not fit 'test_efficientnet': "
        "conv_stem.weight has shape (1, 2), expected (24, 3, 3, 3). Name the network they were "
        "trained with, or another start."
    )


def test_a_key_nobody_knows(refused):
    assert refused(finetune={"epoch": 3}) == (
        "warmstart: study.toml: [finetune] unknown key 'epoch'. Did you mean 'epochs'? Known: "
        "accumulate, augment, augment_strength, batch_size, class_weights, dropout, "
        "early_stopping, epochs, fit, freeze_batch_norm, frozen_stages, halve_after, image_size, "
        "label_smoothing, last_stages, layer_decay, learning_rate, optimizer, precision, "
        "record_every, schedule, warmup_epochs, weight_decay."
    )


@pytest.mark.parametrize(
    ("number", "what", "cure"),
    [
        (errno.ENOSPC, "the disk is full", "free some space"),
        (errno.EACCES, "permission denied", "choose a folder you may write to"),
    ],
)
def test_a_disk_that_cannot_be_written(refused, images, monkeypatch, number, what, cure):
    import os

    real = os.replace

    def replace(source, target):
        if "out" in str(target):
            raise OSError(number, os.strerror(number))
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    assert refused() == (
        f"warmstart: Cannot write to HERE/out: {what}; nothing finished is lost, {cure} and run "
        "again."
    )
    assert not list((images / "out").glob(".writing*"))


def test_a_device_that_is_not_there(refused):
    assert refused("--device", "cuda") == (
        "warmstart: --device cuda: this PyTorch sees no GPU; use --device cpu, or see "
        "`warmstart doctor`."
    )


def test_a_folder_that_is_no_study(cli, tmp_path):
    for command in ("status", "report"):
        code, _, messages = cli("study", command, tmp_path)
        assert code == 2
        assert messages == (
            f"warmstart: {tmp_path} is no study folder: it has no runs.csv. Name the folder that "
            "`warmstart study run` wrote.\n"
        )


def test_images_that_are_too_deep_for_8_bits(refused, images):
    for path in (images / "lesions").glob("*/*.png"):
        Image.fromarray(np.full((16, 16), 3000, np.uint16)).save(path)
    assert "window = [0, 4095]" in refused()


def test_a_demo_without_its_packages_says_what_to_install(cli, monkeypatch, tmp_path):
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "skimage" else real(name)
    )
    code, _, messages = cli("demo", "--out", tmp_path)
    assert code == 2
    assert messages == ("warmstart: The demo needs scikit-image: pip install 'warmstart[demo]'.\n")


def test_a_new_study_without_images(cli, tmp_path):
    code, output, messages = cli("study", "new", tmp_path / "nothing")
    assert (code, output) == (2, "")
    assert messages.startswith(f"warmstart: nothing: {tmp_path / 'nothing'} does not exist;")


def test_columns_without_a_table(cli, images):
    code, _, messages = cli("study", "new", images / "lesions", "--label-column", "dx")
    assert code == 2
    assert messages == (
        "warmstart: --label-column names a column of a table; give the table with --labels FILE.\n"
    )
