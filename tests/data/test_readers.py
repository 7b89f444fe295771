"""Every reader of the table; a new one is tested before its author writes a test."""

from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from release import build

from warmstart.data import readers as module
from warmstart.data.checks import class_members
from warmstart.data.dataset import View
from warmstart.data.prepare import prepare
from warmstart.data.readers import READERS, Reader, published_images, read_dataset, readers
from warmstart.data.records import FileRows
from warmstart.data.sources import NpzMembers
from warmstart.errors import ConfigError, DataError, UnknownNameError

OPTIONS = {
    "demo-photos": {"photos": ["brick", "coffee"], "per_photo": 20},
    "demo-medical": {"image": "histology"},
}
"""Of readers that read nothing from disk."""

every = pytest.mark.parametrize("reader", readers().values(), ids=lambda reader: reader.name)


def built(reader: Reader, folder: Path):
    if reader.name in OPTIONS:
        return None, OPTIONS[reader.name]
    release = build(reader.name, folder)
    return release.root, release.options


@every
def test_names_ascend_and_do_not_repeat(reader, tmp_path):
    dataset = read_dataset("x", reader.name, *built(reader, tmp_path))
    in_parts = isinstance(dataset.images, (NpzMembers, FileRows))  # train comes first
    assert in_parts or dataset.names == sorted(set(dataset.names))
    assert len(set(dataset.names)) == len(dataset)
    assert not any(Path(name).is_absolute() or "\\" in name for name in dataset.names)


@every
def test_every_class_has_images_and_the_caller_gives_the_name(reader, tmp_path):
    dataset = read_dataset("x", reader.name, *built(reader, tmp_path))
    assert dataset.name == "x"
    assert class_members(dataset).any(axis=0).all()


@every
def test_reading_twice_gives_the_same(reader, tmp_path):
    root, options = built(reader, tmp_path)
    first, second = (read_dataset("x", reader.name, root, options) for _ in range(2))
    assert first.names == second.names
    assert np.array_equal(first.labels, second.labels)
    assert first.notes == second.notes


@every
def test_groups_are_text_or_their_absence_is_said(reader, tmp_path):
    dataset = read_dataset("x", reader.name, *built(reader, tmp_path))
    loud = "no groups known: AUC will be too high if patients have several images"
    assert (dataset.groups is None) == (loud in dataset.warnings)
    assert dataset.groups is None or dataset.groups.dtype.kind == "U"


@every
def test_raw_images_of_some_rows_are_those_of_all_rows(reader, tmp_path):
    dataset = read_dataset("x", reader.name, *built(reader, tmp_path))
    all_rows = list(dataset.images.raw(dataset.rows.tolist()))
    some = [0, len(dataset) // 2, len(dataset) - 1]
    for position, raw in zip(some, dataset.images.raw(dataset.rows[some].tolist()), strict=True):
        expected = all_rows[position]
        assert raw == expected if isinstance(raw, bytes) else np.array_equal(raw, expected)


@every
def test_images_can_be_prepared(reader, tmp_path):
    dataset = read_dataset("x", reader.name, *built(reader, tmp_path))
    _, prepared = prepare(dataset, size=8, fit="squash", cache=tmp_path / "cache")
    assert prepared.array.shape[:3] == (len(dataset), 8, 8)


@every
def test_a_missing_root_is_said_with_what_is_expected(reader, tmp_path):
    if not reader.needs_root:
        pytest.skip(f"{reader.name} reads nothing from disk")
    absent = tmp_path / "absent"
    with pytest.raises(DataError) as error:
        read_dataset("x", reader.name, absent, {})
    expected = f"x: {absent} does not exist; reader {reader.name!r} expects {reader.expects}."
    assert str(error.value) == expected
    with pytest.raises(ConfigError) as error:
        read_dataset("x", reader.name, None, {})
    expected = f"[datasets.x] has no root; reader {reader.name!r} expects {reader.expects}."
    assert str(error.value) == expected


@every
def test_an_empty_folder_is_refused(reader, tmp_path):
    if not reader.needs_root:
        pytest.skip(f"{reader.name} reads nothing from disk")
    with pytest.raises(DataError, match="expected "):
        read_dataset("x", reader.name, tmp_path, {})


def test_an_unknown_key_names_the_nearest_known_one():
    with pytest.raises(ConfigError) as error:
        read_dataset("x", "folder", Path(), {"grups": True})
    assert str(error.value) == (
        "[datasets.x] unknown key 'grups' for reader 'folder'. Did you mean 'groups'? "
        "Known: groups, window."
    )


def test_all_wrong_options_are_said_at_once():
    with pytest.raises(ConfigError) as error:
        read_dataset("x", "folder", Path(), {"groups": "yes", "label": 1})
    assert str(error.value) == (
        "[datasets.x] groups = \"yes\" is wrong for reader 'folder': "
        "Input should be a valid boolean.\n"
        "[datasets.x] unknown key 'label' for reader 'folder'. Known: groups, window."
    )


@pytest.mark.parametrize("window", [[5, 5], [1], "all", [10, 2]])
def test_a_window_is_two_ascending_numbers(window, make_folder):
    with pytest.raises(ConfigError, match=r"expected two ascending numbers, such as \[0, 4095\]"):
        read_dataset("x", "folder", make_folder({"a": 2, "b": 2}), {"window": window})


def test_a_window_is_kept(make_folder):
    dataset = read_dataset("x", "folder", make_folder({"a": 2, "b": 2}), {"window": [0, 4095]})
    assert dataset.view == View(window=(0, 4095))


def test_an_unknown_reader_names_the_known_ones():
    with pytest.raises(UnknownNameError) as error:
        read_dataset("x", "foldr", Path(), {})
    known = ", ".join(sorted(readers()))
    assert str(error.value) == f"Unknown reader 'foldr'. Did you mean 'folder'? Known: {known}."


@pytest.fixture
def broken(monkeypatch):
    """An installed package whose reader cannot be imported."""
    point = EntryPoint("broken", "no_such_package:READER", "warmstart.readers")
    monkeypatch.setattr(module, "entry_points", lambda group: [point])
    readers.cache_clear()
    yield
    readers.cache_clear()


@pytest.mark.usefixtures("broken")
def test_a_broken_package_stops_only_those_who_use_it(make_folder):
    assert list(readers()) == [*READERS, "broken"]
    assert len(readers()) == 1 + len(READERS)
    assert len(read_dataset("x", "folder", make_folder({"a": 2, "b": 2}), {})) == 4
    known = ", ".join(sorted(["broken", *READERS]))
    with pytest.raises(UnknownNameError, match=rf"Known: {known}\.$"):
        read_dataset("x", "tiles", Path(), {})
    with pytest.raises(ConfigError) as error:
        read_dataset("x", "broken", Path(), {})
    assert str(error.value) == (
        "Reader 'broken' (no_such_package:READER) cannot be loaded: No module named "
        "'no_such_package'. Repair or uninstall the package it comes from."
    )


def test_our_readers_cannot_be_replaced_by_a_package():
    assert {name: readers()[name] for name in READERS} == READERS


def test_an_npz_is_streamed_not_loaded(tmp_path):
    root = build("medmnist", tmp_path).root
    dataset = read_dataset("x", "medmnist", root, {})
    with np.load(root) as archive:
        whole = np.concatenate([archive[f"{part}_images"] for part in ("train", "val", "test")])
    rows = [1, 5, len(dataset) - 1]
    for row, raw in zip(rows, dataset.images.raw(rows), strict=True):
        assert np.array_equal(raw, whole[row])


@every
def test_the_published_number_is_the_one_that_a_smaller_dataset_is_told_of(reader, tmp_path):
    root, options = built(reader, tmp_path)
    published = published_images("x", reader.name, root, options)
    told = [w for w in read_dataset("x", reader.name, root, options).warnings if "were publ" in w]
    if published is None:
        assert not told
    else:
        assert f"but {published:,} were published" in told[0]


def test_a_published_number_needs_no_root_but_right_options(tmp_path):
    absent = tmp_path / "absent"
    assert published_images("x", "chexpert", absent, {"views": "lateral"}) == 32_419
    assert published_images("x", "medmnist", tmp_path / "bloodmnist_224.npz", {}) == 17_092
    assert published_images("x", "medmnist", absent, {}) is None
    assert published_images("x", "eyepacs", absent, {"parts": ["train", "test"]}) == 88_702
    with pytest.raises(ConfigError):
        published_images("x", "chexpert", absent, {"view": "lateral"})
