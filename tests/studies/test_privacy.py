"""What a study writes may be passed on: no patient, user or host, nothing that runs code."""

import platform
import zipfile

import pytest

from small_study import warmstart, write_images, write_study

PATIENT = "Jane-Doe-1970"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        base = tmp_path_factory.mktemp("home-of-planted-user")
        for name in ("USER", "LOGNAME", "USERNAME", "HOSTNAME"):
            patch.setenv(name, "planted-name")
        patch.setenv("HOME", str(base))
        yield _study_folder(base)


def _study_folder(base):
    write_images(base / "shapes", ("circle", "<script>alert(1)</script>&"[:8], "star"), seed=1)
    write_images(base / "lesions", ("benign", "a<b>&'c\""), seed=2, group=PATIENT)
    datasets = {
        "shapes": {"reader": "folder", "root": "shapes"},
        "lesions": {"reader": "folder", "root": str(base / "lesions")},
    }
    file = write_study(base, datasets=datasets)
    warmstart("study", "run", file)
    warmstart("study", "report", base / "study-results", "--share")
    return base / "study-results"


def contents(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def test_no_planted_id_user_or_host_is_in_the_study_folder(folder):
    planted = [PATIENT, "home-of-planted-user", "planted-name", platform.node()]
    planted = [word for word in planted if len(word) > 5]  # a host called "vm" proves nothing
    for path, data in contents(folder):
        for word in planted:
            assert word.encode() not in data, f"{word} in {path}"


def test_nothing_is_pickled(folder):
    for path, data in contents(folder):
        assert path.suffix not in (".pkl", ".pt", ".pth", ".npy", ".joblib")
        assert not data.startswith(b"\x80\x04"), path
        assert not zipfile.is_zipfile(path), path


def test_class_names_are_escaped_in_the_report(folder):
    page = (folder / "report.html").read_text()
    assert "a<b>" not in page
    assert "a&lt;b&gt;" in page


def test_the_shared_report_has_no_pictures(folder):
    shared = (folder / "report-shared.html").read_text()
    assert "data:image/png" not in shared
    assert "data:image/png" in (folder / "report.html").read_text()
