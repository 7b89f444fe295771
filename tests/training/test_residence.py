"""Images that stay on the device, with memory that is only said to be there."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from warmstart.training import residence
from warmstart.training.residence import SHARE, free_memory, resident

CPU, GPU = torch.device("cpu"), torch.device("cuda")
ROWS = np.array([6, 0, 3, 3, 8, 1])
NEEDED = np.array([0, 2, 3, 5])  # rows 1, 3 and 6, of which one shows two images


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (9, 4, 4, 3), dtype=np.uint8)


@pytest.fixture
def memory(monkeypatch):
    """Call with the number of images that may stay, and what more there is in bytes."""

    def free(count, more=0):
        free_bytes = round(count * 4 * 4 * 3 / SHARE) + more
        monkeypatch.setattr(residence, "free_memory", lambda device: free_bytes)

    return free


def test_images_that_fit_are_kept_once_each_and_found_by_position(images, memory):
    memory(3)
    found = resident(images, ROWS, NEEDED, CPU)
    assert found.pixels.dtype == torch.uint8
    assert np.array_equal(found.pixels.numpy(), images[[1, 3, 6]])
    asked = NEEDED[::-1].copy()
    assert np.array_equal(found.at(asked).numpy(), images[ROWS[asked]])


def test_an_image_that_was_not_needed_is_not_answered_with_another(images, memory):
    memory(3)
    with pytest.raises((IndexError, RuntimeError)):
        resident(images, ROWS, NEEDED, CPU).at(np.array([4]))


@pytest.mark.parametrize("chunk", [1, 2, 1024])
def test_images_are_copied_in_chunks(images, memory, monkeypatch, chunk):
    memory(9)
    monkeypatch.setattr(residence, "UPLOAD", chunk)
    found = resident(images, np.arange(9), np.arange(9), CPU)
    assert np.array_equal(found.pixels.numpy(), images)


def test_images_may_take_half_of_what_is_free_and_not_a_byte_more(images, memory):
    memory(3, -1)
    assert resident(images, ROWS, NEEDED, CPU) is None


def test_images_that_fit_no_longer_are_read_from_disk(images, memory, monkeypatch):
    memory(3)

    def full(*_arguments, **_options):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(residence.torch, "empty", full)
    assert resident(images, ROWS, NEEDED, CPU) is None


def test_on_a_cpu_images_stay_where_they_lie(images):
    assert free_memory(CPU) == 0
    assert resident(images, ROWS, NEEDED, CPU) is None


def test_free_memory_is_what_the_gpu_says(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (5, 8))
    assert free_memory(GPU) == 5


def test_an_epoch_of_resident_images_is_that_of_images_on_disk(images, memory, batches, recipe):
    memory(9)
    data = batches(images, np.arange(6), rows=ROWS)
    there = replace(data, resident=resident(images, ROWS, np.arange(6), CPU))

    def epoch(asked):
        return list(asked.epoch(np.arange(6), recipe(), torch.Generator().manual_seed(1)))

    for (found, theirs), (expected, labels) in zip(epoch(there), epoch(data), strict=True):
        assert torch.equal(found, expected)
        assert torch.equal(theirs, labels)
