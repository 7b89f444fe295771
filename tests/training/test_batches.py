import numpy as np
import pytest
import torch

from warmstart.training.batches import steps_per_epoch

MEAN, STD = np.array((0.4, 0.5, 0.6)), np.array((0.2, 0.25, 0.3))


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (7, 6, 6, 3), dtype=np.uint8)


@pytest.fixture
def numbered(batches):
    """Images that show their own number, in rows turned round."""
    images = np.arange(23, dtype=np.uint8)[::-1, None, None, None] * np.ones((6, 6, 3), np.uint8)
    return batches(
        images, np.arange(23), rows=np.arange(23)[::-1].copy(), mean=(0,) * 3, std=(1,) * 3
    )


def numbers(images):
    return (images[:, 0, 3, 3] * 255).round().to(torch.int64)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_pixels_are_scaled_to_one_and_normalised(batches, pixels):
    images = batches(pixels, np.zeros(7)).read(np.arange(7))
    expected = (pixels / 255 - MEAN) / STD
    assert images.permute(0, 2, 3, 1).numpy() == pytest.approx(expected, abs=1e-5)


def test_a_grey_image_equals_one_of_three_equal_channels(batches, pixels):
    grey = pixels[..., :1]
    one = batches(grey, np.zeros(7)).read(np.arange(7))
    three = batches(grey.repeat(3, axis=3), np.zeros(7)).read(np.arange(7))
    assert one.shape == (7, 3, 6, 6)
    assert torch.equal(one, three)
    assert one.is_contiguous(memory_format=torch.channels_last)


def test_positions_are_looked_up_in_rows(batches, pixels):
    asked = batches(pixels, [10, 11, 12], rows=[6, 0, 6])
    whole = batches(pixels, np.zeros(7)).read(np.array([6, 0]))
    assert torch.equal(asked.read(np.array([2, 1])), whole)
    assert asked.labels_of(np.array([2, 1])).tolist() == [12, 11]


def test_labels_of_several_columns_keep_their_nan(batches, pixels):
    table = np.array([[0, 1], [np.nan, 1], [1, np.nan]], np.float32)
    labels = batches(pixels[:3], table).labels_of(np.array([1, 2]))
    np.testing.assert_array_equal(labels.numpy(), table[1:])


@pytest.mark.parametrize("augmentation", ["none", "light"])
def test_an_epoch_shows_every_image_once_with_its_label(numbered, recipe, augmentation):
    positions = np.array([3, 5, 8, 13, 21, 0, 1, 2, 20, 22, 7])
    seen = list(numbered.epoch(positions, recipe(augment=augmentation, batch_size=4), generator()))
    labels = torch.cat([labels for _, labels in seen])
    assert sorted(labels.tolist()) == sorted(positions.tolist())
    assert torch.equal(torch.cat([numbers(images) for images, _ in seen]), labels)


def test_the_generator_decides_the_order(numbered, recipe):
    def order(seed):
        epoch = numbered.epoch(np.arange(23), recipe(augment="none"), generator(seed))
        return torch.cat([labels for _, labels in epoch]).tolist()

    assert order(1) == order(1)
    assert order(1) != order(2)
    assert order(1) != sorted(order(1))


@pytest.mark.parametrize("n", [1, 2, 4, 5, 6, 11, 16, 23])
@pytest.mark.parametrize("batch_size", [1, 5, 32])
def test_batches_differ_by_at_most_one_image_and_none_is_too_large(numbered, recipe, n, batch_size):
    epoch = numbered.epoch(np.arange(n), recipe(augment="none", batch_size=batch_size), generator())
    sizes = [len(images) for images, _ in epoch]
    assert sum(sizes) == n
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) == steps_per_epoch(n, batch_size) == -(-n // batch_size)
