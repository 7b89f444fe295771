import io
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage import data

from small_study import study_table, warmstart, write_study
from warmstart.data import audit
from warmstart.errors import DataError
from warmstart.studies.inputs import read_inputs
from warmstart.studies.options import Options
from warmstart.studies.runner import run_study
from warmstart.studies.study_file import build_study, read_study


def read(images, leakage="report"):
    said = []
    study = build_study(study_table(protocol={"folds": 2, "leakage": leakage}))
    inputs = read_inputs(study, base=images, cache=images / "cache", say=said.append)
    return inputs, said


@pytest.fixture
def leaking(images):
    """A copy in another group, one with another label, and one in a source."""
    lesions = images / "lesions"
    shutil.copy(lesions / "benign/000.png", lesions / "benign/005.png")
    shutil.copy(lesions / "benign/002.png", lesions / "malignant/003.png")
    shutil.copy(lesions / "benign/007.png", images / "shapes/star/001.png")
    return images


def test_without_copies_nothing_is_said(images):
    inputs, said = read(images)
    assert all("groups from" in line for line in said)
    assert inputs.leaks == ()


def test_copies_are_reported_with_their_names(leaking):
    _, said = read(leaking)
    assert [line for line in said if "groups from" not in line] == [
        "lesions: 2 sets of identical images may lie on both sides of a split: benign/000.png = "
        "benign/005.png, benign/002.png = malignant/003.png",
        "lesions: 1 set of identical images with different labels: benign/002.png = "
        "malignant/003.png",
        "lesions: 1 of its images is in source shapes too",
    ]


def test_copies_are_refused_where_the_study_says_so(leaking):
    with pytest.raises(DataError) as caught:
        read(leaking, "refuse")
    assert str(caught.value) == (
        "lesions: 2 sets of identical images may lie on both sides of a split: benign/000.png = "
        "benign/005.png, benign/002.png = malignant/003.png. Remove the copies, or set "
        'protocol.leakage to "report", or to "group", which keeps copies of one dataset on one '
        "side."
    )


def test_copies_are_grouped_where_the_study_says_so(leaking):
    inputs, said = read(leaking, "group")
    lesions = inputs.datasets["lesions"]
    groups = dict(zip(lesions.names, lesions.groups, strict=True))
    assert groups["benign/000.png"] == groups["benign/005.png"]
    assert groups["benign/002.png"] == groups["malignant/003.png"]
    assert len(np.unique(lesions.groups)) == 12 - 2
    assert "lesions: 2 sets of identical images joined into one group each" in said
    assert inputs.fingerprints["lesions"] != read(leaking)[0].fingerprints["lesions"]


@pytest.fixture
def photographs(images):
    """A mirrored JPEG in another group, a crop with another label, a paler copy in a source."""
    pictures = iter(patches())
    for folder in ("lesions/benign", "lesions/malignant", "shapes/star"):
        for path in sorted((images / folder).iterdir()):
            next(pictures).save(path)
    lesions = images / "lesions"
    copy = Image.open(lesions / "benign/000.png").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    buffer = io.BytesIO()
    copy.save(buffer, "JPEG", quality=50)
    Image.open(buffer).save(lesions / "benign/005.png")
    Image.open(lesions / "benign/002.png").crop((6, 4, 96, 94)).save(lesions / "malignant/003.png")
    Image.open(lesions / "benign/007.png").point(lambda v: v * 0.8).save(
        images / "shapes/star/001.png"
    )
    return images


def patches():
    """Pieces of photographs, 96 x 96 pixels, that share nothing."""
    for photo in (data.astronaut(), data.coffee(), data.chelsea(), data.rocket()):
        for top in range(0, photo.shape[0] - 96, 110):
            for left in range(0, photo.shape[1] - 96, 110):
                yield Image.fromarray(photo[top : top + 96, left : left + 96])


def test_near_duplicates_are_reported_with_their_names(photographs):
    inputs, said = read(photographs)
    assert [line for line in said if "groups from" not in line] == [
        "lesions: 2 sets of near-duplicate images may lie on both sides of a split: "
        "benign/000.png = benign/005.png, benign/002.png = malignant/003.png",
        "lesions: 1 set of near-duplicate images with different labels: benign/002.png = "
        "malignant/003.png",
        "lesions: 1 of its images is in source shapes too",
    ]
    found = [(leak.image, leak.other, leak.other_image, leak.identical) for leak in inputs.leaks]
    assert found == [
        ("benign/000.png", "lesions", "benign/005.png", False),
        ("benign/002.png", "lesions", "malignant/003.png", False),
        ("benign/007.png", "shapes", "star/001.png", False),
    ]
    assert all(leak.pixels[0].shape == (64, 64, 3) for leak in inputs.leaks)


def test_near_duplicates_are_grouped_in_a_dataset_that_asks_for_it(photographs):
    study = build_study(
        study_table(
            datasets={
                "lesions": {"reader": "folder", "root": "lesions"},
                "clean": {"derive": "lesions", "regroup": "duplicates"},
            },
            sources={},
        )
    )
    inputs = read_inputs(study, base=photographs, cache=photographs / "cache", say=lambda _: None)
    lesions, clean = inputs.datasets["lesions"], inputs.datasets["clean"]
    assert len(np.unique(lesions.groups)) == 12
    assert len(np.unique(clean.groups)) == 10
    assert "2 sets of near-duplicate images joined into one group each" in clean.warnings
    joined = [(leak.dataset, leak.joined) for leak in inputs.leaks]
    assert joined == [("lesions", False)] * 2 + [("clean", True)] * 2


def test_what_was_found_is_not_looked_for_again(photographs, monkeypatch):
    first, _ = read(photographs)
    for name in ("similar_images", "similar_between"):
        monkeypatch.setattr(audit, name, lambda *args, **kwargs: 1 / 0)
    again, _ = read(photographs)
    assert [leak.image for leak in again.leaks] == [leak.image for leak in first.leaks]


def test_a_study_says_what_leakage_was_worth(photographs, tmp_path):
    file = write_study(
        photographs,
        datasets={
            "lesions": {"reader": "folder", "root": "lesions"},
            "clean": {"derive": "lesions", "regroup": "duplicates"},
        },
        sources={},
        targets={"lesions": {"dataset": "lesions"}, "clean": {"dataset": "clean"}},
        finetune={"epochs": 1, "image_size": 16, "batch_size": 8},
    )
    options = Options(
        base=file.parent, out=tmp_path / "out", cache=tmp_path / "cache", device="cpu"
    )
    written = run_study(read_study(file), options)
    assert "Leakage was worth" in written.summary
    page = written.report.read_text()
    assert "The same picture twice" in page
    assert "What it was worth" in page
    table = pd.read_csv(tmp_path / "out" / "leakage.csv")
    assert table["joined"].tolist() == [False, False, True, True]
    warmstart("study", "report", tmp_path / "out", "--share")
    shared = (tmp_path / "out" / "report-shared.html").read_text()
    assert "The same picture twice" in shared
    assert 'class="pair"' in page
    assert 'class="pair"' not in shared


def test_among_too_many_images_only_identical_ones_are_looked_for(photographs, monkeypatch):
    lesions = photographs / "lesions"
    shutil.copy(lesions / "benign/008.png", lesions / "benign/011.png")
    shutil.copy(lesions / "benign/009.png", photographs / "shapes/star/002.png")
    monkeypatch.setattr(audit, "MOST", 5)
    _, said = read(photographs)
    assert [line for line in said if "groups from" not in line and "lesions" in line] == [
        "lesions: 1 set of identical images may lie on both sides of a split: benign/008.png = "
        "benign/011.png",
        "lesions: 1 of its images is in source shapes too",
        "lesions: near-duplicates were not looked for: more than 200,000 images",
    ]
