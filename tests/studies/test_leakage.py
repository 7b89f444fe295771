import shutil

import numpy as np
import pytest

from small_study import study_table
from warmstart.errors import DataError
from warmstart.studies.inputs import read_inputs
from warmstart.studies.study_file import build_study


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
    assert [line for line in read(images)[1] if "identical" in line or "also" in line] == []


def test_copies_are_reported_with_their_names(leaking):
    _, said = read(leaking)
    assert [line for line in said if "groups from" not in line] == [
        "lesions: 2 sets of identical images may lie on both sides of a split: benign/000.png = "
        "benign/005.png, benign/002.png = malignant/003.png",
        "lesions: 1 set of identical images with different labels: benign/002.png = "
        "malignant/003.png",
        "lesions: 1 of its images are also in source shapes",
    ]


def test_copies_are_refused_where_the_study_says_so(leaking):
    with pytest.raises(DataError) as caught:
        read(leaking, "refuse")
    assert str(caught.value) == (
        "lesions: 2 sets of identical images may lie on both sides of a split: benign/000.png = "
        "benign/005.png, benign/002.png = malignant/003.png. Remove the copies, or set "
        'protocol.leakage to "report", or to "group", which keeps equal images of one dataset on '
        "one side."
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
