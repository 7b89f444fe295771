"""Published weights: timm's, those of the hub, and what there is of the CBR family."""

import hashlib
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from refusals import NETWORK, refusal
from warmstart.errors import UnknownNameError, WeightsError
from warmstart.models import cbr, slim, timm_family
from warmstart.models.architectures import build_network
from warmstart.models.pretrained import check_cached
from warmstart.models.weights import tensors_digest


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
