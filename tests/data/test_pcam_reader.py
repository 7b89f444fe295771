import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest
from release import build
from releases.pcam import HEADER, STEM, patch, write_array

from warmstart.data.checks import NO_GROUPS
from warmstart.data.hdf5 import stream_array
from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset
from warmstart.errors import DataError

META = tuple(f"{STEM}{part}_meta.csv" for part in ("train", "valid", "test"))


@pytest.fixture
def root(tmp_path):
    return build("pcam", tmp_path).root


def read(root):
    return read_dataset("x", "pcam", root, {})


def refused(root):
    with pytest.raises(DataError) as caught:
        read(root)
    return str(caught.value)


def test_rows_run_over_train_valid_and_test(root):
    dataset = read(root)
    assert dataset.rows.tolist() == list(range(17))
    assert [dataset.names[row] for row in (0, 7, 8, 12, 16)] == [
        "train/000000",
        "train/000007",
        "valid/000000",
        "test/000000",
        "test/000004",
    ]


def test_slides_come_from_the_column_by_its_name(root):
    dataset = read(root)
    assert dataset.notes == ("groups from column 'wsi' of the tables _meta.csv: 6 groups",)
    table = root / META[1]
    rows = [line.split(",") for line in table.read_text().splitlines()]
    table.write_text("".join(",".join(reversed(row)) + "\n" for row in rows))
    assert read(root).groups.tolist() == dataset.groups.tolist()
    assert rows[0] == list(HEADER)


def test_without_any_table_slides_are_not_known(root):
    for name in META:
        (root / name).unlink()
    dataset = read(root)
    assert dataset.groups is None
    assert NO_GROUPS in dataset.warnings
    assert dataset.notes == (f"slides are not known: {', '.join(META)} not here",)


def test_a_patch_without_a_slide_is_a_group_of_its_own(root):
    (root / META[2]).unlink()
    dataset = read(root)
    assert dataset.groups[12:].tolist() == [f"file:test/{row:06d}" for row in range(5)]
    listed = ", ".join(f"test/{row:06d}" for row in range(5))
    assert dataset.notes == (
        "groups from column 'wsi' of the tables _meta.csv: 4 groups; 5 images without a group are "
        f"groups of their own: {listed}",
    )


def test_only_parts_that_are_there_are_read(root):
    (root / f"{STEM}train_x.h5").unlink()
    dataset = read(root)
    assert set(dataset.split) == {"validation", "test"}
    assert dataset.notes[0] == "parts that are here: valid, test; not here: train"
    assert (
        "9 images, but 65,536 were published (normal 6 for 32,790, tumor 3 for 32,746)"
        in dataset.warnings
    )


def test_parts_may_lie_in_folders_of_their_own(root):
    for path in sorted(root.iterdir()):
        (root / f"{path.stem} files").mkdir()
        shutil.move(path, root / f"{path.stem} files" / path.name)
    dataset = read(root.parent)
    assert len(dataset) == 17
    assert dataset.images.root == root
    assert np.array_equal(next(dataset.images.raw([9])), patch(9))


def test_a_user_may_point_at_one_of_the_files(root):
    assert len(read(root / f"{STEM}test_y.h5")) == 17


def test_another_array_in_the_file_is_named(root):
    write_array(root, "valid", "z", np.ones((4, 1, 1, 1), np.uint8))
    (root / f"{STEM}valid_z.h5").replace(root / f"{STEM}valid_y.h5")
    assert refused(root) == f"{root}/{STEM}valid_y.h5 has no array 'y'; it has 'z'. Fetch it again."


def test_what_is_no_hdf5_is_refused(root):
    path = root / f"{STEM}test_x.h5"
    path.write_text("<html>Too many requests</html>")
    assert refused(root) == (
        f"{path} cannot be read as HDF5: Unable to synchronously open file (file signature not "
        "found). Fetch it again."
    )


def test_numbers_of_another_type_are_refused(root):
    write_array(root, "test", "y", np.ones((5, 1, 1, 1), np.float64))
    assert refused(root) == (
        f"{root}/{STEM}test_y.h5: array 'y' is (5, 1, 1, 1) of float64; expected (n, 1, 1, 1) of "
        "uint8, n from 1 to 1,000,000. Fetch it again."
    )


def test_a_file_that_says_it_is_endless_is_refused_before_it_is_read(root):
    with h5py.File(root / f"{STEM}valid_x.h5", "w") as file:
        file.create_dataset("x", (10**15, 96, 96, 3), np.uint8, chunks=(1, 96, 96, 3))
    assert refused(root) == (
        f"{root}/{STEM}valid_x.h5: array 'x' is (1000000000000000, 96, 96, 3) of uint8; expected "
        "(n, 96, 96, 3) of uint8, n from 1 to 1,000,000. Fetch it again."
    )


def test_a_damaged_chunk_is_told_when_it_is_read(root, tmp_path):
    path = root / f"{STEM}train_x.h5"
    with h5py.File(path) as file:
        chunk = file["x"].id.get_chunk_info(1)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset : chunk.byte_offset + 20] = bytes(20)
    path.write_bytes(content)
    dataset = read(root)
    with pytest.raises(DataError) as caught:
        prepare(dataset, size=8, fit="squash", cache=tmp_path / "cache")
    message = str(caught.value)
    assert message.startswith(f"{path} cannot be read as HDF5: ")
    assert message.endswith(". Fetch it again.")
    assert "\n" not in message


@pytest.mark.parametrize("chunks", [None, (1, 2), (3, 2), (300, 2)])
def test_rows_are_those_of_the_array_however_it_is_cut(chunks, tmp_path):
    array = np.arange(2000).reshape(1000, 2)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", data=array, chunks=chunks)
    for rows in (np.arange(1000), np.arange(5, 1000, 7), np.array([0, 255, 256, 299, 300, 999])):
        found = np.stack(list(stream_array(tmp_path / "a.h5", rows, name="x")))
        assert np.array_equal(found, array[rows])


def test_readers_do_not_load_h5py_unless_they_need_it():
    program = "import sys, warmstart.data.readers; print('h5py' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
