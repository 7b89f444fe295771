"""The same picture, changed as copies are changed; and pictures that only look alike."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from skimage import data

from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset
from warmstart.data.similar import similar_between, similar_images

SHARED = Path(__file__).parents[3] / "shared" / "data"
SIDE = 128


def jpeg(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=50)
    return Image.open(file)


def crop(image):
    width, height = image.size
    return image.crop((width // 20, height // 14, width - width // 16, height - height // 30))


CHANGES = {
    "crop": crop,
    "JPEG 50": jpeg,
    "mirrored": ImageOps.mirror,
    "upside down": ImageOps.flip,
    "turned by 180": lambda image: image.rotate(180),
    "less contrast": lambda image: image.point(lambda v: (v - 128) * 0.6 + 128),
    "more contrast": lambda image: image.point(lambda v: (v - 128) * 1.5 + 128),
    "brighter": lambda image: image.point(lambda v: v + 25),
    "shifted by a pixel": lambda image: image.crop((2, 2, image.width + 2, image.height + 2)),
}


def small(image):
    return np.asarray(image.convert("RGB").resize((64, 64), Image.Resampling.BILINEAR))


@pytest.fixture(scope="module")
def photographs():
    """Pieces of photographs that share nothing."""
    found = []
    for photo in (data.astronaut(), data.coffee(), data.chelsea(), data.rocket()):
        for top in range(0, photo.shape[0] - SIDE, SIDE):
            for left in range(0, photo.shape[1] - SIDE, SIDE):
                piece = photo[top : top + SIDE, left : left + SIDE]
                if np.abs(np.diff(piece.mean(2), axis=0)).mean() > 4:  # neither sky nor blur
                    found.append(Image.fromarray(piece))
    return found


def sets(n, pairs):
    """Number of the set of connected images that each image is in."""
    graph = coo_array((np.ones(len(pairs.first)), (pairs.first, pairs.second)), shape=(n, n))
    return connected_components(graph, directed=False)[1]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_and_nothing_else(change, photographs):
    images = np.stack([small(image) for image in photographs])
    copies = np.stack([small(CHANGES[change](image)) for image in photographs])
    n = len(images)
    member = sets(2 * n, similar_images(np.concatenate([images, copies])))
    assert np.mean(member[:n] == member[n:]) >= 0.98
    different = member[:, None] == member
    same_picture = np.arange(2 * n)[:, None] % n == np.arange(2 * n) % n
    assert not (different & ~same_picture).any()


def test_pictures_that_share_nothing_are_no_pairs(photographs):
    images = np.stack([small(image) for image in photographs])
    assert len(similar_images(images).first) == 0


def test_equal_images_are_alike_whatever_they_show():
    flat = np.full((5, 64, 64, 3), 200, np.uint8)
    flat[3:] = 90
    pairs = similar_images(flat)
    assert sets(5, pairs).tolist() == [0, 0, 0, 1, 1]
    assert pairs.likeness.tolist() == [1, 1, 1]


def test_nearly_flat_images_are_near_duplicates_of_nothing():
    rng = np.random.default_rng(0)
    flat = np.full((30, 64, 64, 3), 240, np.uint8) - rng.integers(0, 3, (30, 64, 64, 3), np.uint8)
    assert len(similar_images(flat).first) == 0


def test_noise_is_alike_to_no_other_noise():
    noise = np.random.default_rng(0).integers(0, 256, (60, 64, 64, 3), np.uint8)
    assert len(similar_images(noise).first) == 0


def test_a_crowd_of_copies_is_connected(photographs):
    one = small(photographs[0]).astype(int)
    rng = np.random.default_rng(0)
    crowd = np.stack([one + rng.integers(-3, 4, one.shape) for _ in range(150)])
    others = [small(image) for image in photographs[1:]]
    images = np.concatenate([crowd.clip(0, 255).astype(np.uint8), others])
    pairs = similar_images(images)
    member = sets(len(images), pairs)
    assert len(set(member[:150])) == 1
    assert len(set(member[150:])) == len(others)
    assert len(pairs.first) < 150 * 20


def test_greyscale_and_colour_are_compared_by_luminance(photographs):
    images = np.stack([small(image) for image in photographs])
    grey = np.stack([small(ImageOps.mirror(image).convert("L"))[..., :1] for image in photographs])
    pairs = similar_between(images, grey)
    assert set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == {
        (i, i) for i in range(len(images))
    }


def test_both_orders_of_two_datasets_give_the_same_pairs(photographs):
    images = np.stack([small(image) for image in photographs[:12]])
    copies = np.stack([small(crop(image)) for image in photographs[4:20]])
    one, other = similar_between(images, copies), similar_between(copies, images)
    forth = sorted(zip(one.first, one.second, one.likeness, strict=True))
    back = sorted(zip(other.second, other.first, other.likeness, strict=True))
    assert forth == back
    assert [(int(a), int(b)) for a, b, _ in forth] == [(i + 4, i) for i in range(8)]


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_and_one_image_have_no_pairs(n):
    images = np.full((n, 64, 64, 3), 7, np.uint8)
    assert len(similar_images(images).first) == 0
    assert len(similar_between(images, images[:0]).first) == 0


def test_pairs_ascend_and_likeness_is_a_correlation(photographs):
    images = np.stack([small(f(i)) for i in photographs[:10] for f in (crop, ImageOps.mirror)])
    pairs = similar_images(images)
    assert (pairs.first < pairs.second).all()
    assert (pairs.likeness <= 1).all()
    assert (pairs.likeness > 0.5).all()


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not there")
def test_different_datasets_share_no_pictures(tmp_path):
    arrays = []
    for name in ("cifar10", "cxr_covid3", "ham10000_7", "odir_fundus6"):
        dataset = read_dataset(name, "folder", SHARED / name, {})
        part = dataset.take(np.arange(0, len(dataset), 8))
        array = prepare(part, size=64, fit="squash", cache=tmp_path)[1].array
        arrays.append(np.broadcast_to(array, (*array.shape[:3], 3)))
    for i, one in enumerate(arrays):
        for other in arrays[:i]:
            assert len(similar_between(one, other).first) == 0
