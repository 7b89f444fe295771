import importlib.util

import pytest
import torch

from warmstart.errors import ConfigError
from warmstart.studies.devices import check_devices, choose_device


@pytest.fixture
def gpus(monkeypatch):
    """Call with how many GPUs PyTorch is to see."""

    def seen(count):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return seen


@pytest.mark.parametrize(
    ("wanted", "count", "expected"),
    [("auto", 0, "cpu"), ("auto", 1, "cuda"), ("cpu", 1, "cpu"), ("cuda", 1, "cuda")],
)
def test_auto_takes_a_gpu_where_there_is_one(gpus, wanted, count, expected):
    gpus(count)
    assert choose_device(wanted) == expected


def test_a_device_that_nobody_knows_is_refused():
    with pytest.raises(ConfigError) as raised:
        choose_device("gpu")
    assert str(raised.value) == "device is 'gpu'; expected one of auto, cpu, cuda."


def test_a_gpu_that_is_not_there_is_refused(gpus):
    gpus(0)
    with pytest.raises(ConfigError) as raised:
        choose_device("cuda")
    assert str(raised.value) == (
        "--device cuda: this PyTorch sees no GPU; use --device cpu, or see `warmstart doctor`."
    )


def test_several_devices_may_be_gpus_or_processes_of_a_cpu(gpus, monkeypatch):
    gpus(2)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    check_devices(2, "cuda", jobs=1)
    check_devices(3, "cpu", jobs=1)
    check_devices(1, "cuda", jobs=4)


@pytest.mark.parametrize(
    ("devices", "jobs", "count", "text"),
    [
        (4, 1, 2, "--devices 4: this PyTorch sees 2 GPUs."),
        (2, 1, 1, "--devices 2: this PyTorch sees 1 GPU."),
        (
            *(2, 3, 2),
            "--devices 2 with --jobs 3: runs that share every device are done one after the "
            "other; leave one of the two options out.",
        ),
    ],
)
def test_devices_that_cannot_be_had_are_refused(gpus, monkeypatch, devices, jobs, count, text):
    gpus(count)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    with pytest.raises(ConfigError) as raised:
        check_devices(devices, "cuda", jobs=jobs)
    assert str(raised.value) == text


def test_without_its_extra_the_way_to_several_devices_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError) as raised:
        check_devices(2, "cpu", jobs=1)
    assert str(raised.value) == (
        "--devices 2 needs lightning-fabric: pip install 'warmstart[multi-gpu]'."
    )
