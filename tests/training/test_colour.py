"""Hue and contrast, pixel by pixel with Python's colorsys."""

import colorsys

import numpy as np
import pytest
import torch

from warmstart.training.colour import FROM_RGB, hue_rotations, recolour

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
N, SIZE = 4, 6


def normalised(pixels):
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    return (pixels - mean) / std


def pixels_of(images):
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    return images * std + mean


@pytest.fixture
def pixels():
    """In the middle of 0..1, so that nothing is cut off."""
    drawn = torch.rand(N, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    return 0.4 + 0.2 * drawn


def changed(pixels, hues, contrasts):
    found = recolour(
        normalised(pixels), torch.tensor(hues), torch.tensor(contrasts), mean=MEAN, std=STD
    )
    return pixels_of(found)


def by_hand(pixels, hue, contrast):
    """One image, channels first: turn I and Q, then stretch each channel about its mean."""
    found = np.empty(pixels.shape)
    for row, column in np.ndindex(SIZE, SIZE):
        y, i, q = colorsys.rgb_to_yiq(*map(float, pixels[:, row, column]))
        turned = np.cos(hue) * i - np.sin(hue) * q, np.sin(hue) * i + np.cos(hue) * q
        found[:, row, column] = colorsys.yiq_to_rgb(y, *turned)
    middle = found.mean((1, 2), keepdims=True)
    return np.clip((found - middle) * contrast + middle, 0, 1)


def test_the_matrix_is_that_of_colorsys():
    for rgb in np.eye(3):
        assert (FROM_RGB @ torch.tensor(rgb)).tolist() == pytest.approx(colorsys.rgb_to_yiq(*rgb))


def test_each_image_is_recoloured_as_pixel_by_pixel(pixels):
    hues, contrasts = [0.0, 0.3, -0.2, 1.0], [1.0, 0.8, 1.3, 0.0]
    found = changed(pixels, hues, contrasts)
    for one, image, hue, contrast in zip(found, pixels, hues, contrasts, strict=True):
        assert one.numpy() == pytest.approx(by_hand(image.numpy(), hue, contrast), abs=2e-6)


def test_what_leaves_the_range_of_pixels_is_cut_off():
    pixels = torch.rand(N, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    found = changed(pixels, [0.5] * N, [3.0] * N)
    assert found.min().item() == pytest.approx(0, abs=1e-6)
    assert found.max().item() == pytest.approx(1, abs=1e-6)


def test_no_turn_and_no_stretch_change_nothing(pixels):
    assert torch.allclose(changed(pixels, [0.0] * N, [1.0] * N), pixels, atol=1e-6)


def test_grey_stays_grey_whatever_the_hue(pixels):
    grey = pixels[:, :1].expand(-1, 3, -1, -1)
    assert torch.allclose(changed(grey, [0.3, 1.0, 2.0, -3.0], [1.0] * N), grey, atol=1e-6)


def test_turning_there_and_back_is_the_identity():
    angles = torch.linspace(-3, 3, 7)
    both = hue_rotations(angles) @ hue_rotations(-angles)
    assert torch.allclose(both, torch.eye(3).expand(7, 3, 3), atol=1e-6)


def test_the_layout_in_memory_does_not_change_the_values(pixels):
    images = normalised(pixels)
    hues, contrasts = torch.tensor([0.2] * N), torch.tensor([1.2] * N)
    first, second = (
        recolour(images.contiguous(memory_format=layout), hues, contrasts, mean=MEAN, std=STD)
        for layout in (torch.contiguous_format, torch.channels_last)
    )
    assert first.shape == second.shape == images.shape
    torch.testing.assert_close(first, second, rtol=0, atol=1e-6)
