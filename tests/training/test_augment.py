import numpy as np
import pytest
import torch

from warmstart.training import augment
from warmstart.training.augment import ROTATION_DEGREES, SHIFT, random_maps
from warmstart.training.recipe import Recipe

SIZE = 20
TOLERANCE = {"rtol": 0, "atol": 1e-4}  # of bilinear sampling in single precision


def augment_light(images, generator):
    recipe = Recipe(augment="light")
    return augment.augmented(images, recipe, generator, mean=(0.0,) * 3, std=(1.0,) * 3)


@pytest.fixture
def images():
    return torch.rand(3, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def augmented(images, monkeypatch):
    """Call with a draw in 0..1 of rotation, flip, shift right and shift down for every image."""

    def call(*draw):
        drawn = torch.tensor(draw)[:, None].expand(4, len(images))
        monkeypatch.setattr(augment.torch, "rand", lambda *_args, **_kwargs: drawn)
        return augment_light(images, torch.Generator())

    return call


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def shifted(images, right, down):
    """Each pixel read from so many pixels further right and down; the edge is repeated."""
    columns = (torch.arange(SIZE) + right).clamp(0, SIZE - 1)
    rows = (torch.arange(SIZE) + down).clamp(0, SIZE - 1)
    return images[:, :, rows][:, :, :, columns]


def test_the_middle_of_every_draw_leaves_the_image_unchanged(images, augmented):
    torch.testing.assert_close(augmented(0.5, 0.7, 0.5, 0.5), images, **TOLERANCE)


def test_a_flip_is_a_mirror(images, augmented):
    torch.testing.assert_close(augmented(0.5, 0.2, 0.5, 0.5), images.flip(3), **TOLERANCE)


@pytest.mark.parametrize("right", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize("down", [-2, 1])
def test_a_shift_by_whole_pixels_is_a_slice_with_its_edge_repeated(images, augmented, right, down):
    draws = [0.5 + 0.5 * pixels / (SHIFT * SIZE) for pixels in (right, down)]
    found = augmented(0.5, 0.7, *draws)
    torch.testing.assert_close(found, shifted(images, right, down), **TOLERANCE)


@pytest.mark.parametrize("draw", [0.0, 0.25, 1.0])
def test_a_rotation_turns_about_the_centre(images, augmented, draw):
    """Against bilinear sampling pixel by pixel."""
    angle = np.deg2rad((2 * draw - 1) * ROTATION_DEGREES)
    centre = (SIZE - 1) / 2
    expected = torch.empty_like(images)
    for row, column in np.ndindex(SIZE, SIZE):
        x, y = column - centre, row - centre
        from_x = np.clip(np.cos(angle) * x - np.sin(angle) * y + centre, 0, SIZE - 1)
        from_y = np.clip(np.sin(angle) * x + np.cos(angle) * y + centre, 0, SIZE - 1)
        left, top = min(int(from_x), SIZE - 2), min(int(from_y), SIZE - 2)
        u, v = from_x - left, from_y - top
        upper = (1 - u) * images[:, :, top, left] + u * images[:, :, top, left + 1]
        lower = (1 - u) * images[:, :, top + 1, left] + u * images[:, :, top + 1, left + 1]
        expected[:, :, row, column] = (1 - v) * upper + v * lower
    torch.testing.assert_close(augmented(draw, 0.7, 0.5, 0.5), expected, **TOLERANCE)


def test_many_draws_stay_in_their_bounds_and_fill_them():
    maps = random_maps(20_000, generator()).to(torch.float64)
    angle = torch.rad2deg(torch.atan2(-maps[:, 0, 1], maps[:, 1, 1]))
    flip = maps[:, 0, 0] * maps[:, 1, 1] - maps[:, 0, 1] * maps[:, 1, 0]  # the determinant
    shift = maps[:, :, 2] / 2  # in widths of the image
    assert angle.abs().max().item() == pytest.approx(ROTATION_DEGREES, abs=0.01)
    assert angle.mean().item() == pytest.approx(0, abs=0.2)
    assert shift.abs().amax(0).tolist() == pytest.approx([SHIFT, SHIFT], abs=1e-4)
    assert shift.mean(0).tolist() == pytest.approx([0, 0], abs=2e-3)
    assert flip.abs().numpy() == pytest.approx(np.ones(20_000), abs=1e-5)
    assert (flip < 0).double().mean().item() == pytest.approx(0.5, abs=0.02)


def test_rotation_flip_and_shifts_are_drawn_apart():
    maps = random_maps(5000, generator()).to(torch.float64)
    flip = torch.sign(maps[:, 0, 0])
    drawn = torch.stack([maps[:, 0, 1], flip, maps[:, 0, 2], maps[:, 1, 2]])
    assert (torch.corrcoef(drawn) - torch.eye(4)).abs().max() < 0.06


def test_each_image_has_its_own_draw():
    image = torch.rand(1, 3, SIZE, SIZE, generator=generator(1)).expand(8, -1, -1, -1)
    found = augment_light(image, generator())
    assert len({tuple(one.flatten().tolist()) for one in found}) == 8


def test_the_generator_decides_the_draw(images):
    assert torch.equal(augment_light(images, generator(3)), augment_light(images, generator(3)))
    assert not torch.equal(augment_light(images, generator(3)), augment_light(images, generator(4)))


def test_no_value_leaves_the_range_of_the_image(images):
    found = augment_light(images.repeat(20, 1, 1, 1), generator())
    assert found.min() >= images.min() - 1e-6
    assert found.max() <= images.max() + 1e-6


def test_the_layout_in_memory_does_not_change_the_values(images):
    other = images.contiguous(memory_format=torch.channels_last)
    first, second = augment_light(images, generator()), augment_light(other, generator())
    torch.testing.assert_close(first, second, rtol=0, atol=1e-6)
