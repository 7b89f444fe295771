import contextlib
import io
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib import format as npy

from warmstart.data.object_arrays import read_items
from warmstart.errors import DataError

PICTURES = [np.arange(n * 6, dtype=np.uint8).reshape(n, 2, 3) for n in (1, 2, 3)]


def objects(items):
    array = np.empty(len(items), object)
    for row, item in enumerate(items):
        array[row] = item
    return array


def write(path, pickled, length=3):
    """An ``.npy`` of objects with any bytes for a pickle."""
    buffer = io.BytesIO()
    head = {"descr": "|O", "fortran_order": False, "shape": (length,)}
    npy.write_array_header_1_0(buffer, head)
    path.write_bytes(buffer.getvalue() + pickled)
    return path


def refused(path):
    with pytest.raises(DataError) as error:
        read_items(path)
    return str(error.value)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.npy"


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("module", ["numpy._core.multiarray", "numpy.core.multiarray"])
def test_arrays_of_all_versions_of_numpy_are_read(protocol, module, path):
    pickled = pickle.dumps(objects(PICTURES), protocol=protocol)
    if protocol < 4:  # names are lines of text
        pickled = pickled.replace(b"numpy._core.multiarray", module.encode())
    found = read_items(write(path, pickled))
    for one, expected in zip(found, PICTURES, strict=True):
        assert one.dtype == np.uint8
        assert np.array_equal(one, expected)


def test_what_numpy_saves_is_what_is_read(path):
    np.save(path, objects(PICTURES))
    assert all(map(np.array_equal, read_items(path), PICTURES))


def test_images_stored_by_columns_stand_upright(path):
    flipped = [np.asfortranarray(picture) for picture in PICTURES]
    np.save(path, objects(flipped))
    assert all(map(np.array_equal, read_items(path), PICTURES))


def test_texts_are_read_as_such(path):
    np.save(path, objects(["stone wall", "egg"]))
    assert read_items(path) == ["stone wall", "egg"]
    np.save(path, ["stone wall", "egg"])
    assert list(read_items(path)) == ["stone wall", "egg"]


def test_numbers_are_mapped_and_not_loaded(path):
    np.save(path, np.stack([PICTURES[1]] * 4))
    found = read_items(path)
    assert found.shape == (4, 2, 2, 3)
    assert isinstance(found.base, np.memmap)


class Evil:
    """What a malicious pickle does when it is read."""

    def __init__(self, function, *arguments):
        self.made_of = function, arguments

    def __reduce__(self):
        return self.made_of


MALICIOUS = {
    "eval": Evil(eval, "open('owned', 'w')"),
    "exec": Evil(exec, "open('owned', 'w')"),
    "open": Evil(open, "owned", "w"),
    "numpy.save": Evil(np.save, "owned", 1),
}


@pytest.mark.parametrize("name", MALICIOUS)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_calls_anything_else_is_refused_and_runs_nothing(
    name, protocol, path, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    items = objects([PICTURES[0], MALICIOUS[name]])
    message = refused(write(path, pickle.dumps(items, protocol=protocol), 2))
    assert message.startswith(f"{path} wants to run code (")
    assert [file.name for file in tmp_path.iterdir()] == ["a.npy"]


def test_the_message_names_what_it_wanted_to_run(path):
    assert refused(write(path, b"cposix\nsystem\n(S'true'\ntR.")) == (
        f"{path} wants to run code (posix.system) when it is read, which a file of images does not "
        "need; nothing was run. Fetch it again from its authors."
    )


def test_what_stands_for_a_name_cannot_be_changed_by_the_file(path):
    for name in (b"cnumpy\ndtype\n", b"cnumpy.core.multiarray\n_reconstruct\n"):
        for state in (b"}S'x'\nI1\ns", b"N}S'__init__'\nI1\ns\x86", b"}S'__setstate__'\nI1\ns"):
            assert " cannot be read as .npy: " in refused(write(path, name + state + b"b."))
    np.save(path, objects(PICTURES))
    assert all(map(np.array_equal, read_items(path), PICTURES))


def made(shape, code, data):
    """The pickle of one array whose shape, kind and content need not agree."""

    class Lie:
        def __reduce__(self):
            kind = np.dtype(np.uint8 if code == "u1" else code)
            return np.empty(0).__reduce__()[0], (np.ndarray, (0,), b"b"), (1, shape, kind, 0, data)

    return pickle.dumps(objects([Lie()]).__reduce__()[2][4][0], protocol=4)


@pytest.mark.parametrize(
    ("shape", "code", "data", "problem"),
    [
        ((3,), "O", [1, 2], "an array of shape (3,) holds 2 items"),
        ((-1, -2), "O", [1, 2], "an array of shape (-1, -2) holds 2 items"),
        ((10**12,), "O", [], "an array of shape (1000000000000,) holds 0 items"),
        ((2,), "O", b"ab", "an array of 'O8' is no image and no list"),
        ((2,), "u1", [1, 2], "an array of 'u1' is no image and no list"),
        ((2,), "f8", bytes(16), "an array of 'f8' is no image and no list"),
        ((2,), "u1", b"ab", "it holds no list of images or texts"),
    ],
)
def test_an_array_that_lies_about_its_size_is_refused(shape, code, data, problem, path):
    assert refused(write(path, made(shape, code, data))) == (
        f"{path} cannot be read as .npy: {problem}. Fetch it again."
    )


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\x05\x00abcde", b"PK"])
def test_a_file_that_is_no_npy_is_named(content, path):
    path.write_bytes(content)
    assert refused(path).startswith(f"{path} cannot be read as .npy: ")


def test_a_file_that_ends_early_is_named(path):
    np.save(path, objects(PICTURES))
    path.write_bytes(path.read_bytes()[:-10])
    assert refused(path) == (
        f"{path} cannot be read as .npy: pickle data was truncated. Fetch it again."
    )
    np.save(path, np.zeros((4, 4)))
    path.write_bytes(path.read_bytes()[:-10])
    assert refused(path).startswith(f"{path} cannot be read as .npy: ")


def test_a_folder_is_no_file(tmp_path):
    assert refused(tmp_path) == (
        f"Cannot read {tmp_path}: Is a directory. Check that the file is there and that you may "
        "read it."
    )


@given(st.integers(0, 400), st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_whatever_byte_is_changed_only_our_errors_come_out(tmp_path_factory, place, value):
    path = tmp_path_factory.getbasetemp() / "mangled.npy"
    np.save(path, objects(PICTURES))
    content = bytearray(path.read_bytes())
    content[min(place + 100, len(content) - 1)] = value
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        read_items(path)
