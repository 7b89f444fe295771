"""Every reader on a miniature of its release: complete, in order, upright, and loud if damaged."""

import io
import os
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from release import KINDS, build, encoded

from warmstart.data.checks import NO_GROUPS, class_members
from warmstart.data.prepare import prepare
from warmstart.data.readers import READERS, read_dataset
from warmstart.data.sources import ImageFiles
from warmstart.errors import DataError

SIZE = 16
every = pytest.mark.parametrize("reader", READERS)


@pytest.fixture
def release(reader, tmp_path):
    return build(reader, tmp_path)


def read(reader, release):
    return read_dataset("x", reader, release.root, release.options)


def pixels(dataset, cache, size=SIZE):
    """Prepared images in colour, as numbers that can be subtracted."""
    array = prepare(dataset, size=size, fit="squash", cache=cache)[1].array
    return np.broadcast_to(array, (*array.shape[:3], 3)).astype(float)


def resized(picture, size=SIZE):
    image = Image.fromarray(picture).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(image.convert("RGB"), float)


@every
def test_it_finds_every_image_in_order(reader, release):
    assert read(reader, release).names == [image.name for image in release.images]


@every
def test_every_image_has_its_own_labels(reader, release):
    dataset = read(reader, release)
    members = class_members(dataset)
    for position, image in enumerate(release.images):
        present = {dataset.classes[i] for i in np.flatnonzero(members[position])}
        assert present == set(image.labels), image.name
        if dataset.multilabel:
            missing = np.flatnonzero(np.isnan(dataset.labels[position]))
            assert {dataset.classes[i] for i in missing} == set(image.unknown), image.name


@every
def test_class_counts_are_those_of_the_release(reader, release):
    dataset = read(reader, release)
    counted = {name: 0 for name in dataset.classes}
    for image in release.images:
        for label in image.labels:
            counted[label] += 1
    assert class_members(dataset).sum(axis=0).tolist() == list(counted.values())


@every
def test_images_are_grouped_as_the_release_says(reader, release):
    dataset = read(reader, release)
    groups = [image.group for image in release.images]
    if dataset.groups is None:
        assert set(groups) == {None}
        assert NO_GROUPS in dataset.warnings
        assert READERS[reader].groups == ""
        return
    assert None not in groups
    pairs = set(zip(groups, dataset.groups.tolist(), strict=True))
    assert len(pairs) == len(set(groups)) == len(set(dataset.groups.tolist()))


@every
def test_official_parts_are_those_of_the_release(reader, release):
    dataset = read(reader, release)
    parts = [image.split for image in release.images]
    if dataset.split is None:
        assert set(parts) == {None}
        assert not READERS[reader].parts
    else:
        assert dataset.split.tolist() == parts


@every
def test_pixels_are_upright_and_colours_in_their_place(reader, release, tmp_path):
    found = pixels(read(reader, release), tmp_path / "cache")
    for shown, image in zip(found, release.images, strict=True):
        assert np.abs(shown - resized(image.picture)).mean() < 4, image.name


@every
def test_what_operating_systems_leave_behind_changes_nothing(reader, release):
    if release.root.is_file():
        pytest.skip("the release is one file")
    before = read(reader, release)
    for folder, _, files in list(os.walk(release.root)):
        for name in (".DS_Store", "Thumbs.db", *(f"._{file}" for file in files[:2])):
            with open(os.path.join(folder, name), "w") as handle:
                handle.write("x")
        os.makedirs(os.path.join(folder, "__MACOSX"), exist_ok=True)
        for file in files[:2]:
            with open(os.path.join(folder, "__MACOSX", f"._{file}"), "w") as handle:
                handle.write("x")
    after = read(reader, release)
    assert (after.names, after.warnings) == (before.names, before.warnings)


@every
def test_the_archive_of_a_release_is_read_as_it_is(reader, release, tmp_path_factory):
    if release.root.is_file():
        pytest.skip("the release is one file")
    folder = tmp_path_factory.mktemp("archive")
    name, parent = release.root.name, release.root.parent
    archive = shutil.make_archive(folder / "archive", "zip", parent, name)
    before = read(reader, release)
    after = read_dataset("x", reader, Path(archive), release.options, cache=folder)
    assert after.names == before.names
    assert np.array_equal(after.labels, before.labels, equal_nan=True)
    assert np.array_equal(pixels(after, folder / "a"), pixels(before, folder / "b"))


@every
def test_every_kind_of_damage_is_tested_or_impossible(reader, release):
    tested = {damage.kind for damage in release.damages}
    assert tested | set(release.impossible) == set(KINDS)
    assert not tested & set(release.impossible)


@every
def test_damage_is_told_with_the_place(reader, release, tmp_path):
    for number, damage in enumerate(release.damages):
        (tmp_path / str(number)).mkdir()
        fresh = build(reader, tmp_path / str(number))
        damage.apply(fresh.root)
        expected = damage.message.format(root=fresh.root)
        if damage.warns:
            dataset = read(reader, fresh)
            assert expected in dataset.warnings + dataset.notes, damage.kind
        else:
            with pytest.raises(DataError) as caught:
                prepare(read(reader, fresh), size=8, fit="squash", cache=tmp_path / "cache")
            assert str(caught.value) == expected, damage.kind


def image_file(reader, release):
    """The path of one image, where images are files, and its place."""
    dataset = read(reader, release)
    if not isinstance(dataset.images, ImageFiles):
        pytest.skip("images are no files of their own")
    position = len(dataset) // 2
    return dataset.images.root / dataset.names[position], position


def replace_with(path, content):
    path.unlink()
    path.write_bytes(content)


def bomb():
    """A PNG of a few bytes that says it is 100,000 pixels wide and high."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def truncated(path):
    replace_with(path, path.read_bytes()[: path.stat().st_size * 2 // 3])


def folder_instead(path):
    path.unlink()
    path.mkdir()


def loop(path):
    path.unlink()
    path.symlink_to(path.name)


UNREADABLE = {
    "truncated": truncated,
    "zero bytes": lambda path: replace_with(path, b""),
    "a folder in its place": folder_instead,
    "a link to itself": loop,
    "a decompression bomb": lambda path: replace_with(path, bomb()),
}


@every
@pytest.mark.parametrize("damage", UNREADABLE)
def test_an_unreadable_image_is_named(reader, release, damage, tmp_path):
    path, position = image_file(reader, release)
    UNREADABLE[damage](path)
    name = release.images[position].name
    with pytest.raises(DataError) as caught:
        prepare(read(reader, release), size=8, fit="squash", cache=tmp_path / "cache")
    message = str(caught.value)
    assert name in message or os.path.basename(name) in message
    assert "\n" not in message


def cmyk(image):
    return encoded(image.convert("CMYK"), "TIFF")


def palette(image):
    return encoded(image.convert("RGB").quantize(256), "PNG")


def alpha(image):
    with_alpha = image.convert("RGBA")
    with_alpha.putalpha(255)
    return encoded(with_alpha, "PNG")


def lying(image):
    """Turned by 90 degrees, with an EXIF entry that says so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(image.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)


@every
@pytest.mark.parametrize("encode", [cmyk, palette, alpha, lying], ids=lambda f: f.__name__)
def test_unusual_encodings_show_the_same_picture(reader, release, encode, tmp_path):
    path, position = image_file(reader, release)
    picture = release.images[position].picture
    replace_with(path, encode(Image.fromarray(picture)))
    found = pixels(read(reader, release), tmp_path / "cache")
    assert np.abs(found[position] - resized(picture)).mean() < 8


@every
def test_sixteen_bits_need_a_window_and_are_shown_through_it(reader, release, tmp_path):
    path, position = image_file(reader, release)
    grey = np.asarray(Image.fromarray(release.images[position].picture).convert("L"))
    deep = Image.fromarray(grey.astype(np.uint16) * 16)
    replace_with(path, encoded(deep, "PNG"))
    with pytest.raises(DataError, match=r"has more than 8 bits .* write window = \[0, 4095\]"):
        prepare(read(reader, release), size=8, fit="squash", cache=tmp_path / "a")
    dataset = read_dataset("x", reader, release.root, {**release.options, "window": [0, 4080]})
    found = pixels(dataset, tmp_path / "b")
    assert np.abs(found[position] - resized(grey)).mean() < 2


def test_the_bomb_is_small_and_says_it_is_large():
    Image.MAX_IMAGE_PIXELS, limit = None, Image.MAX_IMAGE_PIXELS
    try:
        assert Image.open(io.BytesIO(bomb())).size == (100_000, 100_000)
    finally:
        Image.MAX_IMAGE_PIXELS = limit
    assert len(bomb()) < 1000
