import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import loadmat, savemat

from warmstart.data.readers.matlab import read_structs
from warmstart.errors import DataError

ROWS = [
    {"ILSVRC2012_ID": 1, "WNID": "n02119789", "words": "kit fox, Vulpes macrotis", "wnid": "k"},
    {"ILSVRC2012_ID": 40_000, "WNID": "n02100735", "words": "café, naïve", "wnid": "ab"},
    {"ILSVRC2012_ID": 0.5, "WNID": "", "words": "x", "wnid": "abcd"},
]


def write(path, **options):
    kinds = [(name, object) for name in (*ROWS[0], "children")]
    rows = [(*row.values(), np.arange(3.0)) for row in ROWS]
    array = np.array([[row] for row in rows], dtype=kinds)
    savemat(path, {"before": np.eye(3), "synsets": array, "after": "text"}, **options)
    return path


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("row_or_column", ["row", "column"])
def test_it_reads_what_scipy_wrote(compressed, row_or_column, tmp_path):
    path = write(tmp_path / "a.mat", do_compression=compressed, oned_as=row_or_column)
    found = read_structs(path, "synsets")
    assert [{**row, "children": None} for row in ROWS] == [
        {**row, "WNID": row["WNID"] or ""} for row in found
    ]


def test_it_reads_what_scipy_reads(tmp_path):
    path = write(tmp_path / "a.mat")
    theirs = loadmat(path, squeeze_me=True)["synsets"]
    ours = read_structs(path, "synsets")
    for name in ("ILSVRC2012_ID", "words", "wnid"):
        assert [row[name] for row in ours] == theirs[name].tolist()


def test_a_file_of_another_byte_order_is_read(tmp_path):
    def element(kind, data):
        return struct.pack(">II", kind, len(data)) + data + bytes(-len(data) % 8)

    def matrix(kind, name, *parts):
        head = element(6, struct.pack(">II", kind, 0)) + element(5, struct.pack(">ii", 1, 1))
        return element(14, head + element(1, name) + b"".join(parts))

    number = matrix(6, b"", element(9, struct.pack(">d", 7.5)))
    text = matrix(4, b"", element(4, "né".encode("utf-16-be")))
    structs = matrix(2, b"s", element(5, struct.pack(">i", 2)), element(1, b"a\0b\0"), number, text)
    path = tmp_path / "a.mat"
    path.write_bytes(b"MATLAB 5.0".ljust(124) + b"\1\0MI" + structs)
    assert read_structs(path, "s") == [{"a": 7.5, "b": "né"}]


def test_a_file_that_ends_early_is_named(tmp_path):
    path = write(tmp_path / "a.mat")
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(DataError) as error:
        read_structs(path, "synsets")
    assert str(error.value) == f"{path} cannot be read: it ends early. Fetch it again."


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(DataError, match=f"Cannot read {tmp_path}: Is a directory"):
        read_structs(tmp_path, "synsets")


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4), st.booleans())
@settings(max_examples=200, deadline=None)
def test_whatever_bytes_are_changed_only_our_errors_come_out(tmp_path_factory, changes, compressed):
    path = tmp_path_factory.getbasetemp() / f"mangled-{compressed}.mat"
    content = bytearray(write(path, do_compression=compressed).read_bytes())
    for place, value in changes:
        content[place % len(content)] = value
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        read_structs(path, "synsets")
