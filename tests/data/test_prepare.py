import errno
import io
import json
import os
import threading
from dataclasses import replace

import numpy as np
import pytest
from data_problems import made, write_image
from PIL import Image

from warmstart.data import prepare as module
from warmstart.data.dataset import View
from warmstart.data.fingerprint import image_digests
from warmstart.data.pixels import PixelWriter
from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset
from warmstart.data.sources import ImageArray, ImageFiles
from warmstart.errors import DataError, StoreError


@pytest.fixture
def root(make_folder):
    return make_folder({"a": 4, "b": 4})


@pytest.fixture
def decoded(monkeypatch):
    """Counts the images that are decoded."""
    count, original = [], module.decode
    monkeypatch.setattr(module, "decode", lambda *args: count.append(1) or original(*args))
    return count


def read(root, **options):
    return read_dataset("x", "folder", root, options)


def made_of(arrays):
    dataset = made(np.arange(len(arrays)) % 2)
    return replace(dataset, images=ImageArray(arrays, dataset.images.names))


def spoil(root):
    truncated = root / "a" / "01.png"
    truncated.write_bytes(truncated.read_bytes()[:50])
    (root / "b" / "02.png").write_text("no image")


def test_pixels_are_those_of_pillow_in_order(tmp_path):
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 256, (20 + n, 30, 3), np.uint8) for n in range(40)]
    _, prepared = prepare(made_of(arrays), size=16, fit="squash", cache=tmp_path)
    for pixels, shown, native in zip(arrays, prepared.array, prepared.native_sizes, strict=True):
        image = Image.fromarray(pixels)
        expected = image.resize((16, 16), Image.Resampling.BILINEAR)
        assert np.array_equal(shown, np.asarray(expected))
        assert tuple(native) == image.size


def test_the_array_is_a_read_only_map_of_a_file(root, tmp_path):
    dataset, prepared = prepare(read(root), size=8, fit="squash", cache=tmp_path)
    assert isinstance(prepared.array, np.memmap)
    assert not prepared.array.flags.writeable
    assert len(dataset) == len(prepared.array)


def test_known_digests_save_hashing(root, tmp_path, monkeypatch):
    dataset = read(root)
    _, expected = prepare(dataset, size=8, fit="squash", cache=tmp_path)
    digests = image_digests(dataset, tmp_path)
    monkeypatch.setattr(module, "image_digests", lambda *args, **kwargs: 1 / 0)
    _, found = prepare(dataset, size=8, fit="squash", cache=tmp_path, digests=digests)
    assert np.array_equal(found.array, expected.array)


def test_nothing_is_decoded_twice(root, tmp_path, decoded):
    for _ in range(2):
        prepare(read(root), size=8, fit="squash", cache=tmp_path)
    assert len(decoded) == 8


def test_other_labels_groups_and_names_of_the_same_images_decode_nothing(root, tmp_path, decoded):
    dataset = read(root)
    prepare(dataset, size=8, fit="squash", cache=tmp_path)
    groups = np.array(["p"] * len(dataset))
    relabelled = replace(dataset, name="y", labels=1 - dataset.labels, groups=groups)
    prepare(relabelled, size=8, fit="squash", cache=tmp_path)
    assert len(decoded) == len(dataset)


def test_size_fit_and_view_are_part_of_the_question(root, tmp_path, decoded):
    dataset = read(root)
    prepare(dataset, size=8, fit="squash", cache=tmp_path)
    prepare(dataset, size=9, fit="squash", cache=tmp_path)
    prepare(dataset, size=8, fit="pad", cache=tmp_path)
    for view in (View(window=(0.0, 9.0)), View(grayscale=True), View(resolution=4)):
        prepare(replace(dataset, view=view), size=8, fit="squash", cache=tmp_path)
    assert len(decoded) == 48


def test_two_at_once_decode_once(root, tmp_path, decoded):
    def work():
        prepare(read(root), size=8, fit="squash", cache=tmp_path)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(decoded) == 8


def test_only_greyscale_images_have_one_channel(root, tmp_path):
    for path in root.rglob("*.png"):
        write_image(path, mode="L", value=int(path.stem))
    _, prepared = prepare(read(root), size=8, fit="squash", cache=tmp_path)
    assert prepared.array.shape == (8, 8, 8, 1)
    write_image(root / "a" / "02.png", mode="RGB", value=99)
    _, prepared = prepare(read(root), size=8, fit="squash", cache=tmp_path)
    assert prepared.array.shape == (8, 8, 8, 3)
    assert prepared.array[:, 0, 0].tolist() == [[v] * 3 for v in (0, 1, 99, 3, 0, 1, 2, 3)]


def test_unreadable_images_are_all_listed(root, tmp_path):
    spoil(root)
    expected = (
        "x: 2 of 8 images are unreadable: a/01.png (Truncated File Read); "
        "b/02.png (cannot identify image file). Repair or remove them, or rerun with "
        "--skip-unreadable to leave them out."
    )
    for _ in range(2):
        with pytest.raises(DataError) as error:
            prepare(read(root), size=8, fit="squash", cache=tmp_path)
        assert (
            str(error.value).replace("image file is truncated", "Truncated File Read") == expected
        )


def test_unreadable_images_can_be_left_out_without_decoding_again(root, tmp_path, decoded):
    spoil(root)
    with pytest.raises(DataError):
        prepare(read(root), size=8, fit="squash", cache=tmp_path)
    dataset, prepared = prepare(
        read(root), size=8, fit="squash", cache=tmp_path, skip_unreadable=True
    )
    assert len(decoded) == 8
    assert len(dataset) == len(prepared.array) == len(prepared.native_sizes) == 6
    assert "a/01.png" not in dataset.names
    assert dataset.warnings[-1] == "2 of 8 images are unreadable and were left out"
    assert prepared.array[:, 0, 0, 0].tolist() == [10, 12, 13, 60, 61, 63]
    (root / "a" / "01.png").unlink()
    (root / "b" / "02.png").unlink()
    assert read(root).names == dataset.names


def test_a_file_that_cannot_be_opened_is_an_unreadable_image(root, tmp_path, decoded):
    spoil(root)
    (root / "a" / "00.png").unlink()
    (root / "a" / "00.png").symlink_to(tmp_path / "absent.png")
    (root / "b" / "03.png").unlink()
    (root / "b" / "03.png").symlink_to(root / "b" / "03.png")
    with pytest.raises(DataError) as error:
        prepare(read(root), size=8, fit="squash", cache=tmp_path)
    text = str(error.value).replace("image file is truncated", "Truncated File Read")
    assert text == (
        "x: 4 of 8 images are unreadable: a/00.png (the file is empty or cannot be opened); "
        "a/01.png (Truncated File Read); b/02.png (cannot identify image file); "
        "b/03.png (the file is empty or cannot be opened). Repair or remove them, or rerun with "
        "--skip-unreadable to leave them out."
    )
    dataset, prepared = prepare(
        read(root), size=8, fit="squash", cache=tmp_path, skip_unreadable=True
    )
    assert dataset.names == ["a/02.png", "a/03.png", "b/00.png", "b/01.png"]
    assert prepared.array[:, 0, 0, 0].tolist() == [12, 13, 60, 61]
    write_image(tmp_path / "absent.png", value=77)
    dataset, prepared = prepare(
        read(root), size=8, fit="squash", cache=tmp_path, skip_unreadable=True
    )
    assert prepared.array[:, 0, 0, 0].tolist() == [77, 12, 13, 60, 61]


def test_a_drive_that_vanishes_after_hashing_leaves_nothing_behind(root, tmp_path, monkeypatch):
    age(root)
    dataset = read(root)
    image_digests(dataset, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(ImageFiles, "_read", lambda self, row: b"")
        with pytest.raises(DataError) as error:
            prepare(dataset, size=8, fit="squash", cache=tmp_path)
    assert str(error.value) == (
        "x: a/00.png could be opened at first and no longer; check the drive and rerun, or remove "
        "the file."
    )
    _, prepared = prepare(dataset, size=8, fit="squash", cache=tmp_path)
    assert len(prepared.array) == 8


def age(root):
    for path in root.rglob("*.png"):
        os.utime(path, (10**9, 10**9))


def test_a_class_without_readable_images_is_refused(root, tmp_path):
    for path in (root / "b").iterdir():
        path.write_text("no image")
    with pytest.raises(DataError) as error:
        prepare(read(root), size=8, fit="squash", cache=tmp_path, skip_unreadable=True)
    assert str(error.value) == "x: class 'b' has no image; add images or leave it out."


def test_no_readable_image_is_refused_also_when_skipping(root, tmp_path):
    for path in root.rglob("*.png"):
        path.write_text("no image")
    with pytest.raises(DataError, match=r"^x: 8 of 8 images are unreadable: a/00\.png"):
        prepare(read(root), size=8, fit="squash", cache=tmp_path, skip_unreadable=True)


def test_deep_images_need_a_window(tmp_path):
    dataset = made_of([np.full((4, 4), 2048, np.uint16)] * 4)
    with pytest.raises(DataError) as error:
        prepare(dataset, size=4, fit="squash", cache=tmp_path)
    assert str(error.value) == (
        "made: 0000 has more than 8 bits (uint16); write window = [0, 4095], its black and white, "
        "beside the reader that lists it."
    )
    shown = replace(dataset, view=View(window=(0.0, 4096.0)))
    _, prepared = prepare(shown, size=4, fit="squash", cache=tmp_path)
    assert (prepared.array == 128).all()


def test_a_picture_larger_than_pillow_trusts_is_read(root, tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    prepare(read(root), size=8, fit="squash", cache=tmp_path)
    assert Image.MAX_IMAGE_PIXELS == 10


def test_a_full_disk_is_one_line_and_leaves_nothing_behind(root, tmp_path, monkeypatch):
    def full(self, pixels):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(PixelWriter, "add", full)
    with pytest.raises(StoreError, match=r"^Cannot write to .*: the disk is full; "):
        prepare(read(root), size=8, fit="squash", cache=tmp_path)
    left = [path for path in (tmp_path / "prepared").iterdir() if path.suffix != ".lock"]
    assert left == []


def test_a_cache_that_cannot_be_made_is_one_line(root, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="a file stands where a folder is needed"):
        prepare(read(root), size=8, fit="squash", cache=tmp_path / "file" / "cache")


def test_progress_counts_hashing_then_decoding(root, tmp_path):
    seen = []
    prepare(
        read(root),
        size=8,
        fit="squash",
        cache=tmp_path,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(n, 8) for n in range(1, 9)] * 2


def test_the_cache_names_neither_folder_nor_user(root, tmp_path):
    prepare(read(root), size=8, fit="squash", cache=tmp_path / "c")
    for path in (tmp_path / "c" / "prepared").rglob("*"):
        assert not path.is_file() or str(tmp_path).encode() not in path.read_bytes()


def test_a_file_of_pixels_opens_in_plain_numpy(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "pixels.npy"
    grey, colour = (
        rng.integers(0, 256, (5, 3, 3), np.uint8),
        rng.integers(0, 256, (3, 3, 3), np.uint8),
    )
    with PixelWriter(path, 3) as writer:
        for image in (*grey, colour, grey[0]):
            writer.add(image)
    loaded = np.load(path)
    assert loaded.shape == (7, 3, 3, 3)
    assert np.array_equal(loaded[:5], np.repeat(grey[..., None], 3, axis=3))
    assert np.array_equal(loaded[5], colour)
    assert np.array_equal(loaded[6, ..., 1], grey[0])
    assert list(tmp_path.iterdir()) == [path]


def test_what_could_not_be_read_is_kept_as_json(root, tmp_path):
    spoil(root)
    prepare(read(root), size=8, fit="squash", cache=tmp_path, skip_unreadable=True)
    (stored,) = (tmp_path / "prepared").glob("*/unreadable.json")
    assert list(json.loads(stored.read_text())) == ["1", "6"]


def test_a_jpeg_is_decoded_at_full_size(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG")
    for name in ("a/0.jpg", "a/1.jpg", "b/0.jpg", "b/1.jpg"):
        (tmp_path / "r" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "r" / name).write_bytes(content.getvalue())
    _, prepared = prepare(read(tmp_path / "r"), size=8, fit="squash", cache=tmp_path / "c")
    expected = Image.open(content).resize((8, 8), Image.Resampling.BILINEAR)
    assert np.array_equal(prepared.array[0], np.asarray(expected))


def test_what_a_killed_process_left_is_removed(root, tmp_path):
    prepare(read(root), size=8, fit="squash", cache=tmp_path)
    (folder,) = (path for path in (tmp_path / "prepared").iterdir() if path.is_dir())
    left = folder.rename(folder.with_name(f".writing-{folder.name}-0badcafe"))
    prepare(read(root), size=8, fit="squash", cache=tmp_path)
    assert folder.is_dir()
    assert not left.exists()
