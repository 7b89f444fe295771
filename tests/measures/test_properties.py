import math

import numpy as np
import pytest
from PIL import Image
from scipy.stats import entropy as scipy_entropy

from warmstart.errors import DataError
from warmstart.measures import (
    classes,
    colour,
    entropy,
    imbalance,
    label_entropy,
    property_differences,
    resolution,
    size,
)

LABELS = ["nevus"] * 6 + ["melanoma"] * 3 + ["keratosis"]


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (5, 12, 9, 3), dtype=np.uint8)


def test_properties_of_labels():
    assert (size(LABELS), classes(LABELS), imbalance(LABELS)) == (10, 3, 6)
    assert label_entropy(LABELS) == pytest.approx(scipy_entropy([6, 3, 1]) / math.log(3))


def test_resolution_is_the_median_side():
    assert resolution([[10, 10], [40, 10], [100, 100]]) == 20.0


def test_entropy_is_that_of_the_histogram_pillow_makes(images):
    grey = [Image.fromarray(image).convert("L").histogram() for image in images]
    assert entropy(images) == pytest.approx(np.mean([scipy_entropy(h, base=2) for h in grey]))


def test_colour_is_the_definition_pixel_by_pixel(images):
    def one(image):
        pixels = [[int(v) for v in pixel] for pixel in image.reshape(-1, 3)]
        rg = [r - g for r, g, _ in pixels]
        yb = [(r + g) / 2 - b for r, g, b in pixels]
        spread = math.hypot(np.std(rg), np.std(yb))
        return spread + 0.3 * math.hypot(np.mean(rg), np.mean(yb))

    assert colour(images) == pytest.approx(np.mean([one(image) for image in images]))


def test_grey_has_no_colour_and_one_level_no_entropy(images):
    grey = images[..., :1]
    assert colour(grey) == 0.0
    assert colour(np.repeat(grey, 3, axis=3)) == 0.0
    assert entropy(np.full((2, 4, 4, 1), 9, np.uint8)) == 0.0


def test_differences_are_ratios_or_differences():
    a = {"size": 1000.0, "resolution": 300.0, "colour": 40.0, "entropy": 7.0}
    b = {"size": 125.0, "resolution": 600.0, "colour": 10.0}
    assert property_differences(a, b) == {"size": 3.0, "resolution": 1.0, "colour": 30.0}
    assert set(property_differences(a, a).values()) == {0.0}


def test_what_has_no_properties_is_told():
    with pytest.raises(DataError, match=r"^labels hold one class only, 1; expected at least two"):
        imbalance([1, 1])
    with pytest.raises(DataError, match=r"^native_sizes must be \(n, 2\), width and height"):
        resolution([[0, 4]])
    with pytest.raises(DataError) as error:
        entropy(np.zeros((2, 4, 4, 3)))
    assert str(error.value) == (
        "images are float64 of shape (2, 4, 4, 3); expected uint8 (n, height, width, 1 or 3), n at "
        "least 1."
    )


@pytest.mark.parametrize("of_labels", [size, classes, imbalance, label_entropy])
def test_no_labels_are_told(of_labels):
    for labels, shape in (([], "(0,)"), ({"a", "b"}, "()")):
        with pytest.raises(DataError) as error:
            of_labels(labels)
        assert str(error.value) == (
            f"labels have shape {shape}; expected one class per image, of one image at least."
        )
