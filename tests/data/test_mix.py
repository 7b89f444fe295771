from dataclasses import replace

import numpy as np
import pytest
from data_problems import made

from warmstart.data.checks import NO_GROUPS, check_dataset
from warmstart.data.dataset import View
from warmstart.data.fingerprint import fingerprint, hashed_groups, image_digests
from warmstart.data.mix import mix
from warmstart.data.mixture import view_question
from warmstart.data.prepare import prepare
from warmstart.data.sources import ImageArray, ImageFiles
from warmstart.errors import DataError


def coloured(name, values, labels, classes, **kwargs):
    """A dataset of flat colour images."""
    images = [np.full((6, 5, 3), value, np.uint8) for value in values]
    dataset = made(labels, classes=classes, name=name, **kwargs)
    return replace(dataset, images=ImageArray(images, dataset.images.names))


PETS = coloured("pets", [10, 20, 30, 40], [0, 1, 0, 1], ("cat", "dog"))
WILD = coloured("wild", [50, 60, 70, 80], [0, 1, 1, 0], ("dog", "wolf"))


def named(dataset):
    return [dataset.classes[label] for label in dataset.labels]


def test_classes_of_one_name_are_united():
    mixed = mix("m", [PETS, WILD])
    assert mixed.classes == ("cat", "dog", "wolf")
    assert named(mixed) == ["cat", "dog", "cat", "dog", "dog", "wolf", "wolf", "dog"]
    assert mixed.names[3:5] == ["pets/0003", "wild/0000"]


def test_classes_may_be_kept_apart():
    mixed = mix("m", [PETS, WILD], labels="apart")
    assert mixed.classes == ("pets: cat", "pets: dog", "wild: dog", "wild: wolf")


def test_each_image_is_its_own_and_not_another(tmp_path):
    mixed = mix("m", [PETS, WILD])
    _, images = prepare(mixed, size=4, fit="squash", cache=tmp_path)
    assert images.array[:, 0, 0, 0].tolist() == [10, 20, 30, 40, 50, 60, 70, 80]
    part = mixed.take(np.array([1, 4, 7]))
    _, images = prepare(part, size=4, fit="squash", cache=tmp_path)
    assert images.array[:, 0, 0, 0].tolist() == [20, 50, 80]
    assert image_digests(part, tmp_path) == [image_digests(mixed, tmp_path)[i] for i in (1, 4, 7)]


def test_a_mixture_of_mixtures_is_one(tmp_path):
    inner = mix("inner", [PETS, WILD])
    more = coloured("more", [90, 100], [0, 1], ("cat", "dog"))
    _, images = prepare(mix("m", [inner, more]), size=4, fit="squash", cache=tmp_path)
    assert images.array[:, 0, 0, 0].tolist() == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]


def test_each_member_keeps_its_own_look(tmp_path):
    deep = made([0, 1], classes=("cat", "dog"), name="deep")
    arrays = [np.full((4, 4), value, np.uint16) for value in (1000, 3000)]
    deep = replace(deep, images=ImageArray(arrays, deep.images.names), view=View(window=(0, 4000)))
    colours = np.tile(np.array([200, 100, 0], np.uint8), (4, 4, 1))
    bright = replace(PETS, images=ImageArray([colours] * 4, PETS.images.names))
    grey = replace(bright, name="grey", view=View(grayscale=True))
    mixed = mix("m", [deep, bright, grey])
    _, images = prepare(mixed, size=4, fit="squash", cache=tmp_path)
    assert images.array[[0, 1, 2, 6], 0, 0].tolist() == [
        [64, 64, 64],
        [191, 191, 191],
        [200, 100, 0],
        [118, 118, 118],
    ]


def test_the_look_of_a_member_is_part_of_the_question():
    plain, grey = mix("m", [PETS, WILD]), mix("m", [PETS, replace(WILD, view=View(grayscale=True))])
    assert view_question(plain) == {}
    assert view_question(grey) == {"views": [({}, 4), ({"grayscale": True}, 4)]}
    assert view_question(replace(plain, view=View(resolution=9))) == {
        "views": [({"resolution": 9}, 8)]
    }


def test_labels_that_a_member_lacks_are_missing():
    one = made(np.array([[1.0, 0.0], [0.0, 1.0]]), classes=("mass", "edema"), name="one")
    other = made(np.array([[1.0], [0.0]]), classes=("edema",), name="other")
    labels = mix("m", [one, other]).labels
    x = np.nan
    assert np.array_equal(labels, [[1, 0], [0, 1], [x, 1], [x, 0]], equal_nan=True)


def test_proportions_decide_how_many_and_classes_keep_their_shares():
    many = made(np.repeat([0, 1], [80, 20]), classes=("a", "b"), name="many")
    few = made(np.repeat([0, 1], [10, 10]), classes=("a", "b"), name="few")
    mixed = mix("m", [many, few], proportions=[3, 1])
    assert mixed.notes == ("mixed from 60 of many, 20 of few",)
    assert np.bincount(mixed.labels[:60]).tolist() == [48, 12]
    assert len(mix("m", [many, few], proportions=[0.5, 0.5], n=11)) == 11
    again = mix("m", [many, few], proportions=[3, 1])
    assert again.names == mixed.names
    assert mix("m", [many, few], proportions=[3, 1], seed=1).names != mixed.names


def test_a_patient_in_two_members_of_the_same_images_is_one_group():
    patients = made([0, 1, 0, 1], [1, 1, 2, 2], name="all")
    first = replace(patients.take(np.array([0, 3])), name="first")
    rest = replace(patients.take(np.array([1, 2])), name="rest")
    other = made([0, 1], [1, 2], name="other")
    groups = mix("m", [first, rest, other]).groups
    assert groups.tolist() == [
        *("0: 1", "0: 2", "0: 1", "0: 2"),
        *("1: 1", "1: 2"),
    ]


def test_a_patient_in_a_mixture_and_beside_it_is_one_group():
    patients = made([0, 1, 0, 1], [1, 1, 2, 2], name="all")
    first, other = replace(patients.take(np.array([0, 3])), name="first"), made([0, 1], [1, 2])
    inner = mix("inner", [other, first])
    assert mix("m", [inner, patients]).groups.tolist() == [
        *("0: 1", "0: 2"),
        *("1: 1", "1: 2"),
        *("1: 1", "1: 1", "1: 2", "1: 2"),
    ]


def read_again(folder, name, groups=None):
    """Four images of one folder, as another section of a study reads them."""
    dataset = made([0, 1, 0, 1], groups, name=name)
    return replace(dataset, images=ImageFiles(folder, dataset.images.names))


def test_a_patient_in_two_sections_of_one_folder_is_one_group(tmp_path):
    first = read_again(tmp_path, "first", [1, 1, 2, 2]).take(np.array([0, 3]))
    rest = read_again(tmp_path / "x" / "..", "rest", [1, 1, 2, 2]).take(np.array([1, 2]))
    assert mix("m", [first, rest]).groups.tolist() == ["0: 1", "0: 2", "0: 1", "0: 2"]
    elsewhere = read_again(tmp_path / "y", "rest", [1, 1, 2, 2])
    assert mix("m", [first, elsewhere]).groups[2] == "1: 1"


def test_an_image_without_a_group_joins_that_of_the_same_image():
    grouped = made([0, 1, 0, 1], [1, 1, 2, 2], name="grouped")
    loose = replace(grouped, name="loose", groups=None)
    part = grouped.take(np.array([0, 1]))
    assert mix("m", [part, loose]).groups.tolist() == [
        *("0: 1", "0: 1"),
        *("0: 1", "0: 1", "0/0002", "0/0003"),
    ]
    assert mix("m", [loose, part]).groups.tolist()[:3] == ["0: 1", "0: 1", "0/0002"]


def test_groups_that_share_an_image_are_one():
    patients = made([0, 1, 0, 1], ["p1", "p1", "p2", "p2"], name="patients")
    eyes = replace(patients, name="eyes", groups=np.array(["e1", "e2", "e2", "e3"]))
    assert len(set(mix("m", [patients, eyes]).groups.tolist())) == 1


def test_what_a_mixture_knew_of_a_patient_is_kept_by_its_subset():
    grouped = made([0, 1, 0, 1], [1, 1, 2, 2], name="grouped")
    loose = replace(grouped, name="loose", groups=None)
    inner = mix("inner", [grouped, loose]).take(np.array([1, 4]))  # the patient's two images
    assert mix("m", [inner, PETS]).groups.tolist()[:2] == ["0: 1", "0: 1"]


def test_a_mixture_without_groups_gives_none_of_its_members():
    grouped = made([0, 1, 0, 1], [1, 1, 2, 2], name="grouped")
    inner = replace(mix("inner", [grouped, PETS]), groups=None)
    assert mix("m", [inner, WILD]).groups is None


def test_an_image_in_two_members_is_one_group_where_no_groups_are_known():
    first = replace(PETS.take(np.array([0, 1, 2])), name="first")
    rest = replace(PETS.take(np.array([1, 2, 3])), name="rest")
    groups = mix("m", [first, rest]).groups
    assert groups[1] == groups[3] != groups[2] == groups[4]
    assert mix("m", [PETS, WILD]).groups is None
    part = replace(PETS.take(np.array([3])), name="part")
    assert mix("m", [PETS.take(np.array([0, 1])), part]).groups is None


def renamed(*names):
    """A mixture of a mixture, of some of its images and of others; members named like this."""
    grouped = made([0, 1, 0, 1], [1, 1, 2, 2])
    one, other, third, inner = names
    members = [replace(grouped, name=one), replace(PETS, name=other)]
    return mix("m", [mix(inner, members).take(np.array([0, 2, 5])), replace(WILD, name=third)])


def test_names_of_members_do_not_change_the_identity_of_a_mixture(tmp_path):
    first, other = renamed("one", "two", "three", "inner"), renamed("z", "y", "x", "w")
    digests = image_digests(first, tmp_path)
    assert first.names != other.names
    assert fingerprint(first, digests) == fingerprint(other, digests)
    hashed = [hashed_groups(mixed, digests).tolist() for mixed in (first, other)]
    loose = [hashed_groups(replace(m, groups=None), digests).tolist() for m in (first, other)]
    assert hashed[0] == hashed[1] != loose[0] == loose[1]


def test_members_and_their_order_are_the_identity_of_a_mixture(tmp_path):
    same = replace(PETS, name="same")
    members = [[PETS, WILD], [WILD, PETS], [PETS, same], [PETS, WILD.take(np.arange(3))]]
    mixtures = [mix("m", pair) for pair in members]
    assert len({fingerprint(one, image_digests(one, tmp_path)) for one in mixtures}) == 4


def test_notes_of_members_and_missing_parts_are_told():
    parts = ["train", "train", "test", "test"]
    one = replace(made([0, 1, 0, 1], split=parts, name="one"), notes=("read from a table",))
    two, three = replace(one, name="two", split=None), replace(one, name="three", split=None)
    assert mix("m", [one, two]).notes == (
        "mixed from 4 of one, 4 of two",
        "no official parts: two has none",
        "one: read from a table",
        "two: read from a table",
    )
    assert "no official parts: two, three have none" in mix("m", [one, two, three]).notes
    assert mix("m", [one, replace(one, name="two")]).split.tolist() == parts * 2
    assert mix("m", [one, two], proportions=[1, 0.5]).notes == (
        "mixed from 4 of one, 2 of two",
        "no official parts: two has none",
        "one: read from a table",
    )


def test_that_no_groups_are_known_is_not_said_of_each_member():
    one, two = check_dataset(PETS), check_dataset(WILD)
    assert check_dataset(mix("m", [one, two])).warnings == (NO_GROUPS,)
    grouped = made([0, 1, 0, 1], [1, 1, 2, 2], name="grouped")
    assert mix("m", [one, grouped]).warnings == (f"pets: {NO_GROUPS}",)


def test_a_mixture_is_a_dataset_like_any_other(tmp_path):
    mixed = check_dataset(mix("m", [PETS, WILD]))
    other = check_dataset(mix("m", [WILD, PETS]))
    prints = {fingerprint(one, image_digests(one, tmp_path)) for one in (mixed, other)}
    assert len(prints) == 2


SEVERAL = made(np.eye(2), name="several")


@pytest.mark.parametrize(
    ("members", "options", "message"),
    [
        ([PETS], {}, "m: a mixture needs at least two datasets, each named once."),
        ([PETS, PETS], {}, "m: a mixture needs at least two datasets, each named once."),
        (
            [PETS, SEVERAL],
            {},
            "m: a mixture is of datasets with one class per image, or of datasets with several "
            "yes/no labels, not of both.",
        ),
        ([PETS, WILD], {"n": 4}, "m: n needs proportions, one number per dataset."),
        (
            [PETS, WILD],
            {"proportions": [1.0]},
            "m: proportions are [1.0]; expected one positive number for each of 2 datasets.",
        ),
        (
            [PETS, WILD],
            {"proportions": [np.nan, 1.0]},
            "m: proportions are [nan, 1.0]; expected one positive number for each of 2 datasets.",
        ),
        (
            [PETS, WILD],
            {"proportions": [1.0, np.inf]},
            "m: proportions are [1.0, inf]; expected one positive number for each of 2 datasets.",
        ),
        (
            [PETS, WILD],
            {"proportions": [1, 3], "n": 8},
            "m: 8 images in these proportions take 6 of a dataset of 4; at most 5 in all are to be "
            "had.",
        ),
    ],
)
def test_what_cannot_be_mixed_is_said(members, options, message):
    with pytest.raises(DataError) as caught:
        mix("m", members, **options)
    assert str(caught.value) == message
