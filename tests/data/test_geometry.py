import io

import numpy as np
import pytest
from PIL import Image

from warmstart.data.dataset import View
from warmstart.data.geometry import TooDeepError, decode, fit_to, trusting


def png(image, fmt="PNG", **options):
    content = io.BytesIO()
    image.save(content, fmt, **options)
    return content.getvalue()


def noise(height, width, channels=3):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (height, width, channels), np.uint8)


@pytest.mark.parametrize("fit", ["squash", "crop"])
@pytest.mark.parametrize("shape", [(40, 30), (31, 77), (8, 8)])
def test_a_constant_image_stays_constant(fit, shape):
    image = Image.new("RGB", shape, (10, 200, 77))
    assert (np.asarray(fit_to(image, 16, fit)) == (10, 200, 77)).all()


def test_squash_by_a_whole_factor_equals_the_triangle_filter():
    pixels = noise(16, 16, 1)[:, :, 0]
    shown = np.asarray(fit_to(Image.fromarray(pixels), 4, "squash"), float)
    weights = np.zeros((4, 16))
    for out in range(4):
        distance = np.abs(np.arange(16) - (4 * out + 1.5)) / 4
        weights[out] = np.maximum(1 - distance, 0)
    weights /= weights.sum(axis=1, keepdims=True)
    assert np.abs(shown - weights @ pixels @ weights.T).max() <= 1  # 8-bit rounding, twice


def test_crop_takes_the_centre_of_the_image_with_its_shorter_side_resized():
    image = Image.fromarray(noise(30, 60))
    resized = np.asarray(image.resize((32, 16), Image.Resampling.BILINEAR))
    assert np.array_equal(np.asarray(fit_to(image, 16, "crop")), resized[:, 8:24])


@pytest.mark.parametrize(("width", "height"), [(60, 30), (30, 60)])
def test_pad_keeps_the_whole_image_between_black_bars(width, height):
    shown = np.asarray(fit_to(Image.new("RGB", (width, height), (9, 9, 9)), 16, "pad"))
    inside = np.zeros((16, 16), bool)
    inside[(slice(4, 12), slice(None)) if width > height else (slice(None), slice(4, 12))] = True
    assert (shown[inside] == 9).all()
    assert (shown[~inside] == 0).all()


def test_an_extreme_aspect_ratio_leaves_a_line():
    assert fit_to(Image.new("L", (1000, 1), 9), 16, "pad").getbbox() == (0, 7, 16, 8)


def test_colours_are_those_of_pillow_for_every_file_format():
    pixels = noise(9, 7)
    for fmt in ("PNG", "BMP", "TIFF", "PPM", "JPEG", "GIF"):
        data = png(Image.fromarray(pixels), fmt)
        expected = Image.open(io.BytesIO(data)).convert("RGB")
        assert np.array_equal(np.asarray(decode(data, View())), np.asarray(expected))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("1", "L"), ("L", "L"), ("LA", "L"), ("P", "RGB"), ("RGB", "RGB"), ("RGBA", "RGB")],
)
def test_only_greyscale_modes_stay_greyscale(mode, expected):
    assert decode(png(Image.new(mode, (4, 4))), View()).mode == expected


def test_cmyk_becomes_rgb():
    data = png(Image.new("CMYK", (4, 4), (0, 255, 255, 0)), "TIFF")
    assert decode(data, View()).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [("RGBA", (200, 100, 50, 51), (40, 20, 10)), ("LA", (200, 51), 40), ("LA", (200, 0), 0)],
)
def test_transparency_is_over_black(mode, colour, expected):
    shown = decode(png(Image.new(mode, (2, 2), colour)), View()).getpixel((0, 0))
    assert shown == expected


def test_a_transparent_palette_entry_is_black():
    image = Image.new("P", (2, 2), 1)
    image.putpalette([0, 0, 0, 250, 240, 230])
    assert decode(png(image), View()).getpixel((0, 0)) == (250, 240, 230)
    assert decode(png(image, transparency=1), View()).getpixel((0, 0)) == (0, 0, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_upright(orientation):
    quarter_turns = {1: 0, 2: 0, 3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}
    pixels = noise(5, 8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    shown = np.asarray(decode(png(Image.fromarray(pixels), exif=exif), View()))
    mirrored = pixels[:, ::-1] if orientation in (2, 4, 5, 7) else pixels
    expected = np.rot90(mirrored, quarter_turns[orientation])
    assert np.array_equal(shown, expected)


@pytest.mark.parametrize("kind", [np.uint16, np.int32, np.float32])
def test_deep_images_are_shown_through_the_window(kind):
    values = np.array([[0, 1000, 2000], [3000, 4000, 5000]], kind)
    expected = [[0, 0, 64], [128, 191, 255]]
    for raw in (values, png(Image.fromarray(values), "TIFF")):
        shown = np.asarray(decode(raw, View(window=(1000, 5000))))
        assert shown.tolist() == expected
        with pytest.raises(TooDeepError):
            decode(raw, View())


def test_a_window_does_not_touch_images_of_8_bits():
    pixels = noise(4, 4)
    assert np.array_equal(np.asarray(decode(pixels, View(window=(1000, 5000)))), pixels)


def test_an_array_with_one_channel_is_greyscale():
    assert decode(noise(4, 5, 1), View()).mode == "L"
    assert decode(noise(4, 5, 4), View()).mode == "RGB"
    with pytest.raises(ValueError, match=r"an array of shape \(4, 5, 2\) is no image"):
        decode(noise(4, 5, 2), View())


def test_a_view_without_colour_is_the_luma_of_the_image():
    pixels = noise(6, 5, 3)
    expected = np.asarray(Image.fromarray(pixels).convert("L"))
    assert np.array_equal(np.asarray(decode(pixels, View(grayscale=True))), expected)


def test_a_resolution_is_a_square_whatever_the_aspect_ratio():
    pixels = noise(30, 17, 3)
    expected = Image.fromarray(pixels).resize((8, 8), Image.Resampling.BILINEAR)
    assert np.array_equal(np.asarray(decode(pixels, View(resolution=8))), np.asarray(expected))


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded():
    data = png(Image.new("1", (20_000, 20_000)))
    with trusting(), pytest.raises(ValueError, match=r"^it says it is 20000 x 20000 pixels; 268,"):
        decode(data, View())


def test_views_add_up():
    window = View(window=(0, 9))
    assert window.then(View(grayscale=True)) == View(window=(0, 9), grayscale=True)
    assert View(resolution=64).then(View(resolution=32)).resolution == 32
    assert View(resolution=32).then(View(resolution=64)).resolution == 32
    assert View().then(View()) == View()
