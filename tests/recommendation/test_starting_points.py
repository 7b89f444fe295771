import hashlib
from pathlib import Path

import pytest
import tomli_w
from safetensors.numpy import save_file

from warmstart.errors import ConfigError
from warmstart.models import cbr, slim, timm_family
from warmstart.models.architectures import build_network
from warmstart.models.image_sizes import check_image_size
from warmstart.models.starts import parse_start
from warmstart.recommendation.starting_points import (
    StartingPoint,
    common_size,
    present,
    read_catalogue,
)

CATALOGUE = read_catalogue()


@pytest.mark.parametrize("point", CATALOGUE, ids=lambda point: point.name)
def test_every_row_of_the_catalogue_is_what_timm_says(point):
    """Tags exist, licences are those stated, files are as large as their weights."""
    start = parse_start(point.start)
    if start.kind != "timm":
        assert start.kind in ("random", "file")
        return
    tag = start.argument or timm_family.tags(point.network)[0]
    assert point.licence.lower() == timm_family.licence(point.network, tag)
    assert point.address == f"https://huggingface.co/timm/{point.network}.{tag}"
    model = timm_family.build(point.network, timm_family.classes(point.network, tag))
    weights = sum(tensor.numel() for tensor in model.parameters())
    assert point.megabytes == pytest.approx(4 * weights / 1e6, abs=0.6)


@pytest.mark.parametrize("point", CATALOGUE, ids=lambda point: point.name)
@pytest.mark.parametrize("wanted", [32, 64, 112])
def test_every_network_takes_the_size_it_is_given(point, wanted):
    check_image_size(point.network, common_size([point], wanted))


def test_a_size_is_the_next_multiple():
    point = StartingPoint(source="s", network="n", start="random", multiple=14)
    sizes = [common_size([point], wanted) for wanted in (1, 14, 15, 64)]
    assert sizes == [14, 14, 28, 70]
    other = StartingPoint(source="s", network="m", start="random", multiple=4)
    assert common_size([point, other], 15) == 28


def test_names_say_source_and_network():
    point = StartingPoint(source="imagenet", network="resnet50", start="timm")
    assert (point.name, point.candidate) == ("imagenet with resnet50", ("resnet50", "imagenet"))


def catalogue(folder, *rows):
    path = folder / "starts.toml"
    path.write_text(tomli_w.dumps({"starting_points": list(rows)}))
    return path


PLAIN = {"source": "plain", "network": "cbr_tiny", "start": "random"}
TAGS = ", ".join(timm_family.tags("resnet18"))
NETWORKS = f"Any of the {len(timm_family.names())} names of timm.list_models() is known, and " + (
    f"{', '.join((*cbr.names(), *slim.names()))}."
)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"source": "a", "network": "resnet5", "start": "timm"},
            "a with resnet5: Unknown network 'resnet5'. Did you mean 'resnet50'? " + NETWORKS,
        ),
        (
            {"source": "a", "network": "resnet18", "start": "timm:a1_in1"},
            "a with resnet18: timm publishes no weights 'a1_in1' for 'resnet18'. Did you mean "
            f"'a1_in1k'? Known: {TAGS}.",
        ),
        (
            {"source": "a", "network": "cbr_small", "start": "timm"},
            "a with cbr_small: timm publishes no weights for 'cbr_small'; take another start, or "
            "leave the network out (in a study: give the source networks = [...] without it).",
        ),
        (
            {"source": "a", "network": "levit_128s", "start": "random"},
            "a with levit_128s: The network 'levit_128s' does not end in one linear layer, which "
            "is what a new target replaces; name another network.",
        ),
        (
            {"source": "a", "network": "resnet18", "start": "tim"},
            "a with resnet18: Unknown start 'tim'. Did you mean 'timm'? Known: random, timm or "
            "timm:TAG, hf:OWNER/NAME, file:PATH, dataset:NAME, mean-var:SPEC, sampled:SPEC, "
            "shuffled:SPEC, transfuse:SPEC@STAGE, gabor:SPEC.",
        ),
        (
            {"source": "a", "network": "resnet18", "start": "timm", "sha256": "0123abcd"},
            "a with resnet18: sha256 is of a file that the start names, but this start is 'timm'; "
            'leave sha256 out, or give start = "file:PATH".',
        ),
        (
            {"source": "a", "network": "resnet18", "start": "file:a.pth", "sha256": "0123ABCD"},
            "a with resnet18: sha256 is '0123ABCD'; expected a SHA-256 in lower-case hexadecimal "
            "digits, all 64 or the first 8 or more.",
        ),
    ],
)
def test_what_nobody_knows_is_told_with_its_row(tmp_path, row, message):
    path = catalogue(tmp_path, PLAIN, row)
    with pytest.raises(ConfigError) as raised:
        read_catalogue(path)
    assert str(raised.value) == f"{path}: [starting_points, row 2] {message}"


@pytest.fixture
def weights(tmp_path):
    tensors = {k: v.numpy() for k, v in build_network("cbr_tiny", 2, seed=0).state_dict().items()}
    save_file(tensors, tmp_path / "ours.safetensors")
    return tmp_path / "ours.safetensors"


def looked_for(folder, **row):
    row = {"source": "ours", "network": "cbr_tiny", "start": "file:ours.safetensors"} | row
    points = read_catalogue(catalogue(folder, row))
    return present(points, cache=folder / "cache", root=Path())


@pytest.mark.parametrize("digits", [0, 8, 31, 64])
def test_a_file_of_the_right_digest_is_taken(weights, digits):
    sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()[:digits]
    (here,), missing = looked_for(weights.parent, sha256=sha256)
    assert (here.source, missing) == ("ours", [])


@pytest.mark.parametrize("digits", [8, 64])
def test_a_file_of_another_digest_is_not_opened(weights, digits):
    expected = hashlib.sha256(b"what was published").hexdigest()[:digits]
    weights.write_bytes(b"something else")
    got = hashlib.sha256(b"something else").hexdigest()[:digits]
    here, (missing,) = looked_for(
        weights.parent, sha256=expected, address="https://example.org/ours"
    )
    assert here == []
    assert missing.needs == (
        f"another file from https://example.org/ours: ours.safetensors has SHA-256 {got}, expected "
        f"{expected}; fetch it again, or correct sha256 in the catalogue"
    )
    assert not (weights.parent / "cache").exists()


def test_nobody_says_how_large_a_download_is(tmp_path):
    path = catalogue(tmp_path, {"source": "a", "network": "resnet18", "start": "hf:nobody/nothing"})
    _, (missing,) = present(read_catalogue(path), cache=tmp_path / "cache", root=Path())
    assert missing.needs == "a download"
