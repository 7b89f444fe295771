import errno
import hashlib
import re
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from warmstart.data import download as module
from warmstart.data.download import download
from warmstart.data.readers import readers
from warmstart.data.releases import RELEASES, Release
from warmstart.errors import DataError, StoreError

DATA = bytes(range(256)) * 8192
MD5 = hashlib.md5(DATA).hexdigest()
BROKE = "the connection broke off"


class Server(ThreadingHTTPServer):
    """Serves DATA, in the way its attributes say; remembers what was asked for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.data, self.etag, self.ranges, self.shift = DATA, '"one"', True, 0
        self.cuts, self.codes, self.asked = [], [], []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/x.npz?download=1"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server, start = self.server, 0
        asked = self.headers["Range"]
        server.asked.append((asked, self.headers["If-Range"]))
        if server.codes and (code := server.codes.pop(0)):
            return self.send_error(code)
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", server.address)
            return self.end_headers()
        if asked and server.ranges and self.headers["If-Range"] in (None, server.etag):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start and start >= len(server.data):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start + server.shift}-{len(DATA)}/*")
        if server.etag:
            self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(len(server.data) - start))
        self.end_headers()
        end = start + server.cuts.pop(0) if server.cuts else None
        self.wfile.write(server.data[start:end])
        return None

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Server() as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        yield served
        served.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


def release(address, checksum=f"md5:{MD5}"):
    return Release(name="x", reader="medmnist", file="x.npz", address=address, checksum=checksum)


def fetched(server, folder, **options):
    path = download(release(server.address), folder, **{"wait": no_wait, **options})
    assert path == folder / "x.npz"
    assert path.read_bytes() == DATA
    assert visible(folder) == ["x.npz"]


def no_wait(_seconds):
    pass


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def failure(wanted, folder, error=DataError, **options):
    with pytest.raises(error) as raised:
        download(wanted, folder, **{"wait": no_wait, **options})
    return str(raised.value)


def by_hand(reason, address, folder):
    return (
        f"Cannot download x: {reason}. Fetch {address} yourself, put x.npz into {folder} and "
        f"rerun; its md5 is {MD5}."
    )


# What comes.


def test_a_release_is_fetched_whole_and_once(server, folder):
    steps = []
    fetched(server, folder, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    fetched(server, folder)
    assert server.asked == [(None, None)]


def test_a_relative_folder_and_a_sha256_will_do(server, folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    digest = f"sha256:{hashlib.sha256(DATA).hexdigest()}"
    path = download(release(server.address, digest), Path("data"), wait=no_wait)
    assert path == folder / "x.npz"


def test_another_address_and_redirections_are_followed(server, folder):
    moved = server.address.replace("/x.npz?download=1", "/moved")
    download(release("http://127.0.0.1:9/none"), folder, address=moved, wait=no_wait)
    assert (folder / "x.npz").read_bytes() == DATA


def test_a_file_put_there_by_hand_is_taken(server, folder):
    folder.mkdir()
    (folder / "x.npz").write_bytes(DATA)
    fetched(server, folder)
    assert server.asked == []


def test_a_proxy_of_the_environment_is_used(server, folder, monkeypatch):
    monkeypatch.setenv("http_proxy", server.address.partition("/x.npz")[0])
    monkeypatch.delenv("no_proxy", raising=False)
    code = (
        "import sys; from pathlib import Path; from warmstart.data.download import download\n"
        "from warmstart.data.releases import Release\n"
        "download(Release(name='x', reader='', file='x.npz', address='http://no.invalid/x.npz',"
        " checksum=sys.argv[1]), Path(sys.argv[2]))"
    )
    subprocess.run([sys.executable, "-c", code, f"md5:{MD5}", folder], check=True)
    assert (folder / "x.npz").read_bytes() == DATA


# What breaks off.


def test_a_download_that_breaks_off_is_resumed(server, folder):
    server.cuts, waited = [1000, 500_000], []
    fetched(server, folder, wait=waited.append)
    assert server.asked == [
        (None, None),
        ("bytes=1000-", '"one"'),
        ("bytes=501000-", '"one"'),
    ]
    assert waited == [1.0, 1.0]


def test_a_later_call_resumes_what_an_earlier_one_left(server, folder):
    folder.mkdir()
    (folder / "x.npz.part").write_bytes(DATA[:70_000])
    fetched(server, folder)
    assert server.asked == [("bytes=70000-", None)]


def test_a_part_that_is_whole_needs_nothing_more(server, folder):
    folder.mkdir()
    (folder / "x.npz.part").write_bytes(DATA)
    fetched(server, folder)
    assert server.asked == [(f"bytes={len(DATA)}-", None)]


@pytest.mark.parametrize("left", [b"of another release", bytes(len(DATA) + 1)], ids=len)
def test_a_part_that_is_wrong_is_fetched_anew(server, folder, left):
    folder.mkdir()
    (folder / "x.npz.part").write_bytes(left)
    fetched(server, folder)
    assert server.asked == [(f"bytes={len(left)}-", None), (None, None)]


@pytest.mark.parametrize("etag", ['W/"one"', ""])
def test_only_a_strong_mark_ties_the_parts_together(server, folder, etag):
    server.cuts, server.etag = [1000], etag
    fetched(server, folder)
    assert server.asked == [(None, None), ("bytes=1000-", None)]


def test_a_file_that_changed_between_two_tries_is_fetched_anew(server, folder):
    server.cuts, server.etag, server.data = [1000], '"old"', b"\0" * 5000

    def change(_seconds):
        server.etag, server.data = '"new"', DATA

    fetched(server, folder, wait=change)
    assert server.asked == [(None, None), ("bytes=1000-", '"old"')]


def test_a_server_that_sends_no_parts_sends_all_again(server, folder):
    server.cuts, server.ranges = [1000, 500_000], False
    fetched(server, folder)
    assert len(server.asked) == 3


def test_a_server_that_always_breaks_off_is_given_up_after_four_tries(server, folder):
    server.cuts, server.ranges, waited = [1000] * 9, False, []
    found = failure(release(server.address), folder, wait=waited.append)
    assert found == by_hand(BROKE, server.address, folder)
    assert waited == [1.0, 2.0, 4.0]
    assert visible(folder) == ["x.npz.part"]
    server.cuts.clear()
    fetched(server, folder)


def test_a_server_that_breaks_off_often_but_brings_more_is_not_given_up(server, folder):
    server.cuts = [200_000] * 10
    fetched(server, folder)
    assert len(server.asked) == 11


def test_a_part_that_was_not_asked_for_is_refused(server, folder):
    server.cuts, server.shift = [1000], 5
    assert failure(release(server.address), folder) == by_hand(
        "the server sent another part than was asked for", server.address, folder
    )


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(server, folder, code):
    server.codes = [code, code]
    fetched(server, folder)


# What fails.


@pytest.mark.parametrize(
    ("code", "tries", "reason"),
    [
        (404, 1, "HTTP 404 Not Found"),
        (403, 1, "HTTP 403 Forbidden"),
        (503, 4, "HTTP 503 Service Unavailable"),
    ],
)
def test_an_error_of_the_server_tells_how_to_fetch_by_hand(server, folder, code, tries, reason):
    server.codes = [code] * 9
    assert failure(release(server.address), folder) == by_hand(reason, server.address, folder)
    assert len(server.asked) == tries
    assert visible(folder) == []


def test_a_server_that_is_not_there_is_said(server, folder):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/x.npz"
        waited = []
        found = failure(release(address), folder, wait=waited.append)
    assert found == by_hand("Connection refused", address, folder)
    assert waited == [1.0, 2.0, 4.0]


def test_a_server_that_says_nothing_is_given_up(server, folder, monkeypatch):
    monkeypatch.setattr(module, "_TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/x.npz"
        assert failure(release(address), folder) == by_hand("timed out", address, folder)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("x.npz", "unknown url type: 'x.npz'"),
        ("gopher://x/x.npz", "unknown url type: gopher"),
    ],
)
def test_an_address_that_is_none_is_said_at_once(folder, address, reason):
    waited = []
    found = failure(release("http://127.0.0.1:9/"), folder, address=address, wait=waited.append)
    assert found == by_hand(reason, address, folder)
    assert waited == []


def test_what_came_wrong_is_removed_and_both_checksums_are_said(server, folder):
    server.data = b"<html>Please log in.</html>"
    found = hashlib.md5(server.data).hexdigest()
    assert failure(release(server.address), folder) == by_hand(
        f"the md5 of what came is {found}", server.address, folder
    )
    assert visible(folder) == []


def test_another_file_of_that_name_is_refused_and_kept(server, folder):
    folder.mkdir()
    (folder / "x.npz").write_bytes(b"mine")
    assert failure(release(server.address), folder) == (
        f"{folder / 'x.npz'} is not the x that was published: its md5 is "
        f"{hashlib.md5(b'mine').hexdigest()}, expected {MD5}. Move it away and rerun to fetch it."
    )
    assert (folder / "x.npz").read_bytes() == b"mine"
    assert server.asked == []


def test_a_full_disk_is_said_and_what_came_is_kept(server, folder, monkeypatch):
    original = module._blocks

    def blocks(response):
        yield next(original(response))
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(module, "_blocks", blocks)
        assert failure(release(server.address), folder, StoreError) == (
            f"Cannot write to {folder}: the disk is full; nothing finished is lost, free some "
            "space and run again."
        )
    assert len(server.asked) == 1
    kept = (folder / "x.npz.part").stat().st_size
    assert kept > 0
    fetched(server, folder)
    assert server.asked[1:] == [(f"bytes={kept}-", None)]


def test_what_a_slow_connection_brought_is_kept(folder, monkeypatch):
    monkeypatch.setattr(module, "_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as slow:

        def serve():
            connection, _ = slow.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
                done.wait(10)

        done, thread = threading.Event(), threading.Thread(target=serve)
        thread.start()
        transfer = module._Transfer(
            f"http://127.0.0.1:{slow.getsockname()[1]}/x", folder.parent / "x.part", None
        )
        with pytest.raises(module._BrokenError, match="timed out"):
            transfer.once()
        done.set()
        thread.join()
    assert transfer.part.read_bytes() == b"abc"


# Two at once.


def test_two_at_once_fetch_once(server, folder):
    done = []
    both = [
        threading.Thread(target=lambda: done.append(download(release(server.address), folder)))
        for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert done == [folder / "x.npz"] * 2
    assert len(server.asked) == 1


# The table.


def test_the_table_holds_fifty_releases_of_different_names_and_checksums():
    rows = RELEASES.values()
    assert len(RELEASES) == 50
    assert list(RELEASES) == [row.name for row in rows]
    for held in ({row.file for row in rows}, {row.checksum for row in rows}):
        assert len(held) == 50
    assert {row.reader for row in rows} <= set(readers())


@pytest.mark.parametrize("row", RELEASES.values(), ids=lambda row: row.name)
def test_a_release_has_a_checksum_and_an_address_of_its_file(row):
    assert re.fullmatch("md5:[0-9a-f]{32}", row.checksum)
    assert re.fullmatch(r"https?://.+/([\w.-]+)(\?download=1)?", row.address)[1] == row.file
    assert row.file.startswith(row.name)
