"""Crops, flips and colours, and the strength of every augmentation."""

import numpy as np
import pytest
import torch
from PIL import Image

from warmstart.training import augment
from warmstart.training.augment import (
    CONTRAST,
    CROP,
    HUE_DEGREES,
    ROTATION_DEGREES,
    SHIFT,
    augmented,
    moved_by,
    random_colours,
    random_crops,
    random_maps,
)

N, SIZE = 3, 20
MANY = 20_000
COLOURS = {"mean": (0.4, 0.5, 0.6), "std": (0.2, 0.25, 0.3)}
NAMES = ["light", "transfusion", "transfusion_no_flips", "none"]
every_name = pytest.mark.parametrize("name", NAMES)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def images():
    """Normalised pixels of 0..1."""
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in COLOURS.values())
    pixels = torch.rand(N, 3, SIZE, SIZE, generator=generator(1))
    return ((pixels - mean) / std).contiguous(memory_format=torch.channels_last)


@pytest.fixture
def drawn(monkeypatch):
    """Call with the draws of the next map, one value for all images."""

    def call(*draw):
        values = torch.tensor(draw)[:, None].expand(len(draw), N)
        monkeypatch.setattr(augment.torch, "rand", lambda *_args, **_kwargs: values)

    return call


# Geometry.


@pytest.mark.parametrize(("across", "down"), [(0.9, 0.9), (0.1, 0.9), (0.9, 0.1), (0.1, 0.1)])
@pytest.mark.parametrize(("x", "y"), [(0.5, 0.5), (0.25, 0.8)])
def test_a_crop_is_that_of_pillow_mirrored(images, drawn, across, down, x, y):
    """Pillow resizes a box with the same bilinear filter; it knows single channels in floats."""
    drawn(0.8, across, down, x, y)
    found = moved_by(random_crops(N, generator(), flips=True), images)
    side = 1 - 0.8 * CROP
    left, top = ((1 - side) * draw * SIZE for draw in (x, y))
    box = (left, top, left + side * SIZE, top + side * SIZE)
    for i, c in np.ndindex(N, 3):
        plane = Image.fromarray(images[i, c].numpy())
        kept = np.asarray(plane.resize((SIZE, SIZE), Image.Resampling.BILINEAR, box=box))
        kept = kept[:: -1 if down < 0.5 else 1, :: -1 if across < 0.5 else 1]
        np.testing.assert_allclose(found[i, c].numpy(), kept, rtol=0, atol=2e-4)


def test_a_mirror_both_ways_is_a_half_turn(images, drawn):
    drawn(0.0, 0.1, 0.1, 0.5, 0.5)
    found = moved_by(random_crops(N, generator(), flips=True), images)
    torch.testing.assert_close(found, images.flip(2, 3), rtol=0, atol=1e-4)


@pytest.mark.parametrize("strength", [0.3, 1.0, 2.0, 50.0])
def test_many_crops_stay_inside_the_image_and_fill_their_bounds(strength):
    maps = random_crops(MANY, generator(), strength, flips=True).to(torch.float64)
    side = maps[:, [0, 1], [0, 1]].abs()
    assert torch.equal(side[:, 0], side[:, 1])
    least = max(1 - CROP * strength, 0.1)
    assert side.min().item() == pytest.approx(least, abs=1e-3)
    assert side.mean().item() == pytest.approx((1 + least) / 2, abs=5e-3)
    assert (maps[:, :, 2].abs() + side).max() <= 1 + 1e-6
    free = maps[:, :, 2] / (1 - side).clamp(min=1e-9)
    assert free.abs().max().item() == pytest.approx(1, abs=1e-2)
    assert free.mean(0).tolist() == pytest.approx([0, 0], abs=0.02)


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0, 3.0])
def test_the_two_mirrors_are_drawn_apart_half_as_often_at_half_the_strength(strength):
    maps = random_crops(MANY, generator(), strength, flips=True)
    across, down = (maps[:, k, k] < 0 for k in (0, 1))
    chance = min(strength, 1) / 2
    assert across.double().mean().item() == pytest.approx(chance, abs=0.02)
    assert down.double().mean().item() == pytest.approx(chance, abs=0.02)
    assert (across & down).double().mean().item() == pytest.approx(chance**2, abs=0.02)


def test_without_flips_the_same_crops_are_drawn():
    with_flips, without = (random_crops(500, generator(), flips=flips) for flips in (True, False))
    assert torch.equal(with_flips.abs(), without.abs())
    assert (without[:, [0, 1], [0, 1]] > 0).all()


@pytest.mark.parametrize("strength", [0.5, 2.0])
def test_strength_scales_the_angle_and_the_shifts_of_light(strength):
    maps = random_maps(MANY, generator(), strength).to(torch.float64)
    angle = torch.rad2deg(torch.atan2(-maps[:, 0, 1], maps[:, 1, 1]))
    assert angle.abs().max().item() == pytest.approx(ROTATION_DEGREES * strength, abs=0.01)
    assert maps[:, :, 2].abs().max().item() / 2 == pytest.approx(SHIFT * strength, abs=1e-3)
    flipped = (maps[:, 0, 0] < 0).double().mean().item()
    assert flipped == pytest.approx(min(strength, 1) / 2, abs=0.02)


# Colours.


@pytest.mark.parametrize("strength", [0.5, 1.0, 2.0, 20.0])
def test_many_colours_stay_in_their_bounds_and_fill_them(strength):
    hues, contrasts = random_colours(MANY, generator(), strength)
    hues = torch.rad2deg(hues)
    assert hues.abs().max().item() == pytest.approx(HUE_DEGREES * strength, rel=1e-3)
    assert hues.mean().item() == pytest.approx(0, abs=0.3 * strength)
    far = min(CONTRAST * strength, 1)
    assert contrasts.min().item() == pytest.approx(1 - far, abs=1e-3)
    assert contrasts.max().item() == pytest.approx(1 + far, abs=1e-3)
    assert contrasts.mean().item() == pytest.approx(1, abs=0.01)
    assert torch.corrcoef(torch.stack([hues, contrasts]))[0, 1].abs() < 0.03


# All of them.


@every_name
def test_strength_zero_leaves_images_as_they_are(images, recipe, name):
    found = augmented(images, recipe(augment=name, augment_strength=0.0), generator(), **COLOURS)
    torch.testing.assert_close(found, images, rtol=0, atol=1e-4)


@every_name
def test_the_generator_decides_the_draw(images, recipe, name):
    def drawn(seed):
        return augmented(images, recipe(augment=name), generator(seed), **COLOURS)

    assert torch.equal(drawn(3), drawn(3))
    assert torch.equal(drawn(3), drawn(4)) == (name == "none")


@pytest.mark.parametrize("name", NAMES[:3])
def test_each_image_has_its_own_draw(images, recipe, name):
    same = images[:1].expand(8, -1, -1, -1)
    found = augmented(same, recipe(augment=name), generator(), **COLOURS)
    assert len({tuple(one.flatten().tolist()) for one in found}) == 8


@pytest.mark.parametrize("name", NAMES[1:3])
def test_strong_jitter_stays_in_the_range_of_pixels(images, recipe, name):
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in COLOURS.values())
    strong = recipe(augment=name, augment_strength=4.0)
    found = augmented(images.repeat(20, 1, 1, 1), strong, generator(), **COLOURS) * std + mean
    assert found.min() >= -1e-6
    assert found.max() <= 1 + 1e-6


def test_the_layout_in_memory_does_not_change_the_values(images, recipe):
    chosen = recipe(augment="transfusion")
    first = augmented(images, chosen, generator(), **COLOURS)
    second = augmented(images.contiguous(), chosen, generator(), **COLOURS)
    torch.testing.assert_close(first, second, rtol=0, atol=1e-5)


def test_light_at_full_strength_is_what_it_was(images, recipe):
    found = augmented(images, recipe(augment="light"), generator(), **COLOURS)
    assert torch.equal(found, moved_by(random_maps(N, generator()), images))
