"""Whatever bytes lie on disk: a reader reads them, or says in one line what is wrong."""

import shutil
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from release import build

from warmstart.data.prepare import prepare
from warmstart.data.readers import READERS, read_dataset
from warmstart.errors import WarmstartError

IMAGES = {".jpg", ".jpeg", ".png", ".tif"}


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    """Builds one intact miniature of each reader."""

    @cache
    def release(reader):
        return build(reader, tmp_path_factory.mktemp(reader))

    return release


CELLS = [b"", b"-1", b"nan", b'"', b"1e9", "é".encode(), b"../../x", b"\0"]


def cut(data, start, some):
    return data[:start]


def overwrite(data, start, some):
    return data[:start] + some + data[start + len(some) :]


def insert(data, start, some):
    return data[:start] + some + data[start:]


def drop(data, start, some):
    return data[:start] + data[start + 3 * len(some) :]


def swap_cell(data, start, some):
    """Another cell in a line, where the file is text."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    place = start % len(lines)
    cells = lines[place].split(b",")
    cells[len(some) % len(cells)] = CELLS[sum(some) % len(CELLS)]
    lines[place] = b",".join(cells)
    return b"".join(lines)


@pytest.mark.parametrize("reader", READERS)
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    table=st.booleans(),
    file=st.integers(0, 1000),
    change=st.sampled_from([cut, overwrite, insert, drop, swap_cell]),
    where=st.floats(0, 1),
    some=st.binary(min_size=1, max_size=12),
)
def test_damage_is_read_or_told_in_one_line(
    reader, intact, tmp_path, table, file, change, where, some
):
    release = intact(reader)
    whole = release.root if release.root.is_dir() else release.root.parent
    place = tmp_path / "damaged"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(whole, place)
    files = sorted(path for path in place.rglob("*") if path.is_file())
    tables = [path for path in files if path.suffix.lower() not in IMAGES]
    chosen = tables if table and tables else files
    path = chosen[file % len(chosen)]
    content = path.read_bytes()
    path.write_bytes(change(content, int(where * len(content)), some))
    root = place if release.root.is_dir() else place / release.root.name
    message = ""
    try:
        dataset = read_dataset("x", reader, root, release.options)
        prepare(dataset, size=8, fit="squash", cache=tmp_path / "cache")
    except WarmstartError as error:
        message = str(error)
    assert "\n" not in message


@pytest.mark.parametrize("reader", READERS)
def test_a_release_that_is_a_link_to_itself_is_told(reader, tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(WarmstartError) as caught:
        read_dataset("x", reader, loop, {})
    assert str(loop) in str(caught.value)
