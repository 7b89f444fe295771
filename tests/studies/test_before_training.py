"""What a study is refused for before anything is prepared, and what it says on the way."""

import shutil

import pytest
import torch

from small_study import study_table
from warmstart.errors import ConfigError
from warmstart.models.architectures import pooled_features
from warmstart.studies import estimate
from warmstart.studies.listener import Silent
from warmstart.studies.options import Options
from warmstart.studies.overview import overview
from warmstart.studies.runner import run_study
from warmstart.studies.study_file import build_study

ONE_TARGET = {"sources": {}, "datasets": {"lesions": {"reader": "folder", "root": "lesions"}}}


class Lines(Silent):
    """Notes what is said."""

    def __init__(self):
        self.said = []

    def say(self, line):
        self.said.append(line)


@pytest.fixture
def run(images, tmp_path):
    """Call with what differs in how it is run and in the recipe; returns what was said."""

    def call(finetune, *, arms=None, **options):
        table = study_table(**ONE_TARGET, **({"arms": arms} if arms else {}))
        table["finetune"] |= finetune
        heard = Lines()
        places = {"base": images, "out": tmp_path / "out", "cache": tmp_path / "cache"}
        chosen = Options(**(places | options), device="cpu")
        run_study(build_study(table), chosen, heard)
        return heard.said

    return call


@pytest.fixture
def refused(run, tmp_path, monkeypatch):
    """Call as `run`; returns what is said of a study that is refused before anything is begun."""
    monkeypatch.setattr(
        "warmstart.studies.ready.prepare_inputs", lambda *_, **__: pytest.fail("prepared")
    )

    def call(finetune, **others):
        with pytest.raises(ConfigError) as raised:
            run(finetune, **others)
        assert not (tmp_path / "out").exists()
        return str(raised.value)

    return call


# Devices.

SHARED = {
    "batch norm on a CPU": (
        {},
        "random -> lesions, fold 1: --devices 2 on a CPU: its processes cannot share the "
        "statistics of batch norm; set freeze_batch_norm = true, or use --devices 1.",
    ),
    "a batch smaller than the group": (
        {"freeze_batch_norm": True, "batch_size": 1},
        "random -> lesions, fold 1: --devices 2: the smallest batch has 1 image, fewer than there "
        "are devices; raise batch_size or use fewer devices.",
    ),
}


@pytest.mark.parametrize(("finetune", "text"), SHARED.values(), ids=SHARED)
def test_runs_that_their_devices_cannot_share_are_refused_and_none_is_kept_as_failed(
    refused, finetune, text
):
    pytest.importorskip("lightning_fabric", reason="pip install 'warmstart[multi-gpu]'")
    assert refused(finetune, devices=2) == text


def test_the_arm_whose_batches_are_too_small_is_named(refused):
    pytest.importorskip("lightning_fabric", reason="pip install 'warmstart[multi-gpu]'")
    arms = {"full": {}, "few": {"train_images": 9}}
    assert refused({"freeze_batch_norm": True}, arms=arms, devices=5) == (
        "random -> lesions, arm few, fold 1: --devices 5: the smallest batch has 4 images, fewer "
        "than there are devices; raise batch_size or use fewer devices."
    )


# Stages.


@pytest.mark.parametrize("key", ["frozen_stages", "last_stages"])
def test_more_stages_than_a_network_has_are_refused(refused, key):
    assert refused({key: 40}) == (
        f"test_efficientnet: {key} = 40, but this network has 7 stages: stem, block1, block2, "
        "block3, block4, block5, last."
    )


def planned(images, **changes):
    table = study_table(**ONE_TARGET, **changes)
    place = images / "out"
    return overview(
        build_study(table), base=images, out=place, cache=images / "cache", listener=Silent()
    )


def test_a_plan_says_so_too(images):
    with pytest.raises(ConfigError, match=r"^test_efficientnet: frozen_stages = 40, but this "):
        planned(images, finetune={"frozen_stages": 40, "image_size": 16})


def test_an_arm_that_trains_the_linear_layer_only_counts_no_stages(images, monkeypatch):
    monkeypatch.setattr(estimate, "_calibrate", lambda *_, **__: 1e12)
    head = {"tune": "head"}
    assert planned(images, finetune={"frozen_stages": 40, "image_size": 16}, arms={"head": head})


# On the way.


def test_a_run_that_is_short_of_memory_says_so_with_its_name_and_on_its_card(
    run, tmp_path, monkeypatch
):
    def short_of_memory(model, images):
        if model.training and len(images) > 4:
            raise torch.cuda.OutOfMemoryError
        return pooled_features(model, images)

    monkeypatch.setattr("warmstart.training.loop.features_for", lambda *_, **__: short_of_memory)
    assert [line for line in run({}) if "memory" in line] == [
        f"random -> lesions, fold {fold}: The device ran out of memory with 6 images at a time; "
        "from here on each batch is taken in 2 parts."
        for fold in (1, 2)
    ]
    cards = [path.read_text() for path in (tmp_path / "out" / "runs").glob("*/README.md")]
    assert len(cards) == 2
    assert all("| images at a time | 4 of a batch of 8 |\n" in card for card in cards)


def test_a_finished_study_with_images_left_out_is_refused_nothing(run, images, tmp_path):
    """The devices asked for do not matter any more, as nothing is to be trained."""
    own = tmp_path / "images"
    shutil.copytree(images, own)
    next((own / "lesions").rglob("*.png")).write_bytes(b"no image")
    run({}, base=own, skip_unreadable=True)
    said = run({}, base=own, skip_unreadable=True, devices=2)
    assert not any("--devices" in line for line in said)
    assert (tmp_path / "out" / "report.html").is_file()
