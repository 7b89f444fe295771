"""The commands that look at datasets, as a user meets them."""

import csv
import hashlib
import http.server
import io
import shutil
import threading

import pandas as pd
import pytest
from PIL import Image

from small_study import warmstart, write_images, write_study
from warmstart.data import releases
from warmstart.data.readers import readers
from warmstart.data.releases import Release
from warmstart.studies.reader_list import reader_markdown


@pytest.fixture
def lesions(tmp_path):
    return write_images(tmp_path / "lesions", ("benign", "malignant"))


def test_the_readers_are_listed():
    output, messages = warmstart("datasets", "list")
    assert output.splitlines()[:3] == [
        "folder           class folders",
        "                 one class; groups: groups.csv, where there is one; no official parts",
        "                 a folder with one sub-folder of images per class",
    ]
    assert messages == ""


def test_the_readers_are_listed_as_markdown():
    output, _ = warmstart("datasets", "list", "--format", "markdown")
    assert output == reader_markdown(readers().usable()[0])


def test_one_reader_is_told_in_full():
    output, _ = warmstart("datasets", "list", "folder")
    assert output.splitlines() == [
        "folder: class folders",
        "  labels          one class",
        "  groups          groups.csv, where there is one",
        "  official parts  no",
        "  root            a folder with one sub-folder of images per class",
        "",
        "on disk:",
        "  benign/",
        "      img_001.jpg",
        "  malignant/",
        "      img_002.jpg",
        "  groups.csv     file,group",
        "",
        "options:",
        "  groups: true or false; default true",
        "      Whether a groups.csv beside the class folders is used.",
        "  window: list of 2 numbers; default none",
        "      Black and white of images with more than 8 bits, such as [0, 4095].",
    ]


def test_an_unknown_reader():
    output, messages = warmstart("datasets", "list", "foldr", code=2)
    assert output == ""
    assert messages.startswith("warmstart: Unknown reader 'foldr'. Did you mean 'folder'? Known: ")


def test_a_dataset_is_described_and_drawn(lesions, tmp_path):
    output, messages = warmstart(
        "datasets", "describe", "folder", lesions, "--out", tmp_path / "figures"
    )
    lines = output.splitlines()
    assert lines[0] == "lesions: 24 images, 2 classes"
    assert lines[-2:] == [
        f"Pictures: {tmp_path / 'figures/lesions-grid.png'}",
        f"Their files: {tmp_path / 'figures/lesions-grid.csv'}",
    ]
    assert messages == "reading lesions: 24 done\n"
    with Image.open(tmp_path / "figures/lesions-grid.png") as image:
        assert image.mode == "RGB"
    table = pd.read_csv(tmp_path / "figures/lesions-grid.csv")
    assert table.columns.tolist() == ["class", "row", "column", "image"]
    assert len(table) == 2 * 8


def test_a_table_is_described(lesions, tmp_path):
    rows = [f"benign/{i:03d}.png,nv,p{i // 2}" for i in range(12)]
    (tmp_path / "labels.csv").write_text("file,dx,lesion\n" + "\n".join(rows) + "\n")
    columns = ("--path-column", "file", "--label-column", "dx", "--group-column", "lesion")
    named = ("csv", "lesions", "--labels", "labels.csv", *columns)
    output, _ = warmstart("datasets", "describe", *named, cwd=tmp_path)
    assert output.splitlines()[0] == "lesions: 12 images, 1 class"
    output, _ = warmstart("datasets", "check", *named, cwd=tmp_path, code=1)
    assert "found  classes  a study refuses them" in output.splitlines()
    assert (
        "       one class only ('nv'); a classification needs at least two" in output.splitlines()
    )
    text = (tmp_path / "labels.csv").read_text().replace("5.png,nv", "5.png,mel")
    (tmp_path / "labels.csv").write_text(text.replace("9.png,nv", "9.png,mel"))
    output, _ = warmstart("datasets", "describe", *named, cwd=tmp_path)
    assert output.splitlines()[0] == "lesions: 12 images, 2 classes"
    assert "  groups            6; images in each: 2" in output.splitlines()
    assert (tmp_path / "lesions-grid.png").is_file()


def test_options_of_a_reader_are_set(lesions, tmp_path):
    output, _ = warmstart(
        *("datasets", "describe", "folder", lesions, "--set", "groups=false", "--out", tmp_path)
    )
    assert "  groups            not known" in output.splitlines()


def test_sound_images_end_with_0(lesions):
    output, _ = warmstart("datasets", "check", "folder", lesions)
    assert output.splitlines()[-1] == "lesions: nothing found by 4 checks."


def test_something_found_ends_with_1(lesions, tmp_path):
    shutil.copy(lesions / "benign/000.png", lesions / "malignant/003.png")
    output, _ = warmstart("datasets", "check", "folder", lesions, "--out", tmp_path, code=1)
    assert output.splitlines()[-4:] == [
        f"Written: {tmp_path / 'lesions-findings.csv'}",
        f"Written: {tmp_path / 'lesions-pairs.csv'}",
        f"Written: {tmp_path / 'lesions-pairs.png'}",
        "lesions: 2 of 6 checks found something: labels of copies, groups of copies.",
    ]
    assert len(pd.read_csv(tmp_path / "lesions-pairs.csv")) == 1


def test_what_cannot_be_checked_ends_with_2(tmp_path):
    _, messages = warmstart("datasets", "check", "folder", tmp_path / "nothing", code=2)
    assert messages == (
        f"warmstart: nothing: {tmp_path / 'nothing'} does not exist; reader 'folder' expects a "
        "folder with one sub-folder of images per class.\n"
    )


def test_table_1_is_printed_and_written(images):
    file = write_study(images)
    output, _ = warmstart("datasets", "table", file)
    assert output.splitlines()[2].startswith("| shapes | source | 36 | 3 | 12 | 16 ")
    written, _ = warmstart("datasets", "table", file, "--out", images / "t.tex")
    assert written == f"Table: {images / 't.tex'}\n"
    assert "\\toprule" in (images / "t.tex").read_text("utf-8")


def test_table_1_as_csv_has_whole_numbers(images):
    (images / "lesions/groups.csv").unlink()
    output, _ = warmstart("datasets", "table", write_study(images), "--format", "csv")
    groups = [row["groups"] for row in csv.DictReader(io.StringIO(output))]
    assert groups == ["18", ""]


@pytest.fixture
def server(tmp_path):
    """A folder that is served."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


def test_a_release_is_downloaded_and_its_use_is_said(cli, server, tmp_path, monkeypatch):
    folder, address = server
    (folder / "tiny.npz").write_bytes(b"x" * 1000)
    release = Release(
        name="tiny_64",
        reader="medmnist",
        file="tiny.npz",
        address=f"{address}/tiny.npz",
        checksum=f"md5:{hashlib.md5(b'x' * 1000).hexdigest()}",
    )
    monkeypatch.setattr(releases, "RELEASES", {"tiny_64": release})
    file = tmp_path / "data" / "tiny.npz"
    code, output, _ = cli("datasets", "download", "tiny_64", "--to", tmp_path / "data")
    assert code == 0
    assert output.splitlines() == [
        f"Downloaded: {file}",
        "",
        "[datasets.tiny_64]",
        'reader = "medmnist"',
        f'root = "{file.as_posix()}"',
    ]
    assert file.read_bytes() == b"x" * 1000


def test_a_release_may_come_from_elsewhere(cli, server, tmp_path):
    folder, address = server
    (folder / "x").write_bytes(b"another file")
    code, _, messages = cli(
        *("datasets", "download", "stl10", "--to", tmp_path, "--address", f"{address}/x")
    )
    assert code == 2
    assert messages.startswith("warmstart: ")
    assert not (tmp_path / "stl10_binary.tar.gz").exists()


def test_an_unknown_release_gets_the_nearest_one(cli):
    code, _, messages = cli("datasets", "download", "pathmnst")
    assert code == 2
    assert messages.startswith("warmstart: Unknown release 'pathmnst'. Did you mean 'pathmnist'?")


@pytest.mark.parametrize("arguments", [(), ("--list",)])
def test_the_releases_are_listed(cli, arguments):
    code, output, _ = cli("datasets", "download", *arguments)
    assert code == 0
    lines = output.splitlines()
    assert len(lines) == 1 + len(releases.RELEASES)
    assert lines[1].split() == [
        *("stl10", "stl10", "http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz")
    ]
