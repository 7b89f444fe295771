"""How long a study would take, against sums by hand."""

import json

import pytest
import tomli_w

from small_study import study_table
from warmstart.core.durations import duration
from warmstart.models.cost import forward_flops
from warmstart.studies import estimate as module
from warmstart.studies.estimate import estimate, finished_speeds
from warmstart.studies.plan import plan
from warmstart.studies.sizes import Sizes
from warmstart.studies.study_file import build_study
from warmstart.training.calibration import images_per_second

NETWORK = "test_efficientnet"
SIZES = Sizes(images={"shapes": 100, "lesions": 60}, official_train={}, missing=frozenset())


def cost(folder, **changes):
    study = build_study(study_table(**changes))
    runs = plan(study, {name: {"dataset": name} for name in ("shapes", "lesions")}, {})
    return runs, estimate(
        study, runs, SIZES, out=folder, cache=folder / "cache", step=lambda *_: None
    )


def finish(folder, key, *, network=NETWORK, image_size=16, seconds=2.0, tune="all"):
    """A finished run of 40 training images and 3 epochs."""
    run = folder / "runs" / key
    run.mkdir(parents=True)
    outcome = {"images": {"train": 40}, "epochs": 3, "seconds": seconds}
    (run / "metrics.json").write_text(json.dumps(outcome))
    question = {"network": network, "recipe": {"image_size": image_size}, "arm": {"tune": tune}}
    (run / "run.toml").write_text(tomli_w.dumps({"question": question}))


@pytest.fixture
def fast(monkeypatch):
    """A machine that does a thousand million operations per second; which shapes were timed."""
    timed = []

    def calibrate(network, image_size, **_):
        timed.append((network, image_size))
        return 1e9

    monkeypatch.setattr(module, "_calibrate", calibrate)
    return timed


def test_images_are_training_images_times_epochs(tmp_path, fast):
    _, found = cost(tmp_path)
    # one pretraining of 80 %; two folds of half the images from shapes, two from random
    assert found.images == 80 * 1 + 2 * 30 * 2 + 2 * 30 * 6
    assert found.operations == found.images * 3 * forward_flops(NETWORK, 16)
    assert found.seconds == pytest.approx(found.operations / 1e9)
    assert found.basis == "10 s of training on noise"
    assert fast == [(NETWORK, 16)]


def test_a_linear_layer_alone_needs_the_way_forward_only(tmp_path, fast):
    _, found = cost(tmp_path, arms={"linear": {"tune": "head"}})
    forward = forward_flops(NETWORK, 16)
    assert found.operations == forward * (80 * 3 + 2 * 30 * 2 + 2 * 30 * 6)


def test_other_image_sizes_take_as_many_operations_per_second(tmp_path, fast):
    large = {"epochs": 100, "image_size": 64, "batch_size": 8}
    _, found = cost(tmp_path, pretrain=large)
    assert fast == [(NETWORK, 64)]  # where most of the work is
    pretraining = 100 * 80 * 3 * forward_flops(NETWORK, 64)
    finetuning = (2 * 30 * 2 + 2 * 30 * 6) * 3 * forward_flops(NETWORK, 16)
    assert found.seconds == pytest.approx((pretraining + finetuning) / 1e9)


def test_finished_runs_say_how_fast_this_machine_is(tmp_path, fast):
    finish(tmp_path, "of-an-older-recipe", seconds=2.0)
    finish(tmp_path, "larger", image_size=224, seconds=1.0)
    _, found = cost(tmp_path)
    assert fast == []
    assert found.basis == "finished runs"
    assert found.seconds == pytest.approx(found.images / (40 * 3 / 2.0))  # that of the nearest size


def test_speeds_of_finished_runs_are_in_operations(tmp_path):
    finish(tmp_path, "a", seconds=2.0)
    finish(tmp_path, "b", seconds=4.0)
    finish(tmp_path, "c", network="test_resnet", tune="head", seconds=1.0)
    forward = {name: forward_flops(name, 16) for name in (NETWORK, "test_resnet")}
    assert finished_speeds(tmp_path) == pytest.approx(
        {
            (NETWORK, 16): 240 * 3 * forward[NETWORK] / 6,
            ("test_resnet", 16): 120 * forward["test_resnet"],
        }
    )


def test_runs_that_are_done_are_not_counted_again(tmp_path, fast):
    runs, before = cost(tmp_path)
    finish(tmp_path, runs[0].key)
    _, after = cost(tmp_path)
    assert (before.done, after.done) == (0, 1)
    assert before.images - after.images == 80


def test_the_time_on_a_gpu_is_the_operations_over_an_assumed_speed(tmp_path, fast):
    long = {"epochs": 2_000_000, "image_size": 16, "batch_size": 8}
    _, found = cost(tmp_path, finetune=long)
    assert found.gpu_duration == duration(found.operations / 50e12)


def test_a_calibration_ends_after_the_epoch_in_which_its_time_is_up():
    ticks = iter(range(100))
    speed = images_per_second(
        "test_resnet", 32, images=4, threads=1, seconds=3.0, clock=lambda: float(next(ticks))
    )
    assert speed == 4.0  # images per tick: one epoch takes one
    assert next(ticks) == 4  # the first epoch is not counted, then three


def test_a_calibration_is_kept_for_the_day(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CALIBRATION_SECONDS", 0.0)
    module._calibrate("test_resnet", 32, threads=1, cache=tmp_path)
    (kept,) = (tmp_path / "calibration").iterdir()
    kept.write_text('{"operations_per_second": 7}')
    assert module._calibrate("test_resnet", 32, threads=1, cache=tmp_path) == 7.0


@pytest.mark.parametrize(("operations", "images"), [(1e6, 64), (5e9, 20), (1e12, 2)])
def test_large_images_are_timed_a_few_at_a_time(operations, images):
    assert module._images_of_a_step(operations) == images
