import pytest

from warmstart.analysis.action_sentences import action_sentence, needs_clause
from warmstart.analysis.needed import Needed

INF, NAN = float("inf"), float("nan")

NONE = {"equals": 1, "close": [], "behind": [], "aside": [], "untried": [], "needs": ""}
ACTIONS = {
    "trained, only one": (
        {"basis": "trained"},
        "Start from photos: it is the only candidate.",
    ),
    "trained, some": (
        {
            "basis": "trained",
            "equals": 2,
            "close": ["clip", "dino"],
            "behind": ["random"],
            "needs": "telling them apart needs about 120 more patients",
        },
        "Start from photos: the cheapest of 2 that prediction and trainings put within 0.5 AUC "
        "points of the best. clip and dino may be as good; telling them apart needs about 120 more "
        "patients. random did worse by more than chance explains.",
    ),
    "trained, some set aside": (
        {
            "basis": "trained",
            "close": ["clip"],
            "behind": ["random", "textures"],
            "aside": ["dino"],
        },
        "Start from photos: the best of 5, as far as prediction and trainings say. clip may be as "
        "good. random and textures did worse by more than chance explains. dino was trained in "
        "short only.",
    ),
    "trained, none": (
        {"basis": "trained", "close": ["clip", "dino", "random"]},
        "Start from photos: the best of 4, as far as prediction and trainings say. clip, dino and "
        "random may be as good.",
    ),
    "trained, all": (
        {"basis": "trained", "behind": ["clip", "dino"]},
        "Start from photos: the best of 3, as far as prediction and trainings say. clip and dino "
        "did worse by more than chance explains.",
    ),
    "trained, all but those set aside": (
        {"basis": "trained", "behind": ["clip"], "aside": ["dino", "random"]},
        "Start from photos: the best of 4, as far as prediction and trainings say. clip did worse "
        "by more than chance explains. dino and random were trained in short only.",
    ),
    "trained, the others not": (
        {"basis": "trained", "aside": ["dino"], "untried": ["clip", "random"]},
        "Start from photos: the best of 4, as far as prediction and trainings say. dino was "
        "trained in short only. clip and random were not trained.",
    ),
    "trained, many": (
        {"basis": "trained", "close": list("abcdef"), "behind": list("ghij")},
        "Start from photos: the best of 11, as far as prediction and trainings say. a, b, c and 3 "
        "others may be as good. g, h, i and j did worse by more than chance explains.",
    ),
    "predicted, only one": (
        {"basis": "predicted"},
        "Start from photos: it is the only candidate.",
    ),
    "predicted, some": (
        {"basis": "predicted", "equals": 2, "close": ["clip"], "behind": ["random"]},
        "Start from photos: the cheapest of 2 expected to be within 0.5 AUC points of the best; "
        "this is a prediction, nothing was trained here. clip may be as good; training them here "
        "would tell more. random is expected to be worse.",
    ),
    "predicted, none": (
        {"basis": "predicted", "close": ["clip", "dino"]},
        "Start from photos: expected to be the best of 3; this is a prediction, nothing was "
        "trained here. clip and dino may be as good; training them here would tell more.",
    ),
    "predicted, all": (
        {"basis": "predicted", "behind": ["clip", "random"]},
        "Start from photos: expected to be the best of 3; this is a prediction, nothing was "
        "trained here. clip and random are expected to be worse.",
    ),
    "nothing": (
        {"basis": "nothing", "close": ["clip", "random"]},
        "Nothing is known yet: there is no experience with other targets, and nothing was "
        "trained. Start from photos for now; clip and random may be better.",
    ),
    "nothing, only one": (
        {"basis": "nothing"},
        "Nothing is known yet: there is no experience with other targets, and nothing was "
        "trained. Start from photos: it is the only candidate.",
    ),
}


@pytest.mark.parametrize("case", ACTIONS)
def test_what_to_do(case):
    known, text = ACTIONS[case]
    assert action_sentence("photos", **(NONE | known)) == text


def groups(more, low=0.0, high=INF):
    return Needed(groups=100, more=more, low=low, high=high)


IF_THEY = ", if the differences stay as they are"
NOT_SO = "further training on the same images would not"
NEEDS = {
    "both": (
        (groups(123), 3.06),
        f"telling them apart needs about 120 more patients or about 3.1 h of further training"
        f"{IF_THEY}",
    ),
    "at least": (
        (groups(1234, low=321), NAN),
        f"telling them apart needs about 1,200 more patients (at least 320){IF_THEY}",
    ),
    "between": (
        (groups(40, low=5, high=333), 0.0),
        f"telling them apart needs about 40 more patients (5 to 330){IF_THEY}",
    ),
    "at most": (
        (groups(1, high=87), NAN),
        f"telling them apart needs about 1 more patient (at most 87){IF_THEY}",
    ),
    "training is in vain": (
        (groups(40), INF),
        f"telling them apart needs about 40 more patients{IF_THEY}; {NOT_SO} do",
    ),
    "too many patients": (
        (groups(INF), 0.5),
        f"telling them apart needs more than 64 times as many patients or about 30 min of further "
        f"training{IF_THEY}",
    ),
    "all is in vain": (
        (groups(INF), INF),
        f"telling them apart needs more than 64 times as many patients{IF_THEY}; {NOT_SO} do",
    ),
    "hours only": (
        (None, 30.0),
        f"telling them apart needs about 30.0 h of further training{IF_THEY}",
    ),
    "patients suffice": (
        (groups(0), 2.0),
        f"telling them apart needs about 2.0 h of further training{IF_THEY}",
    ),
    "only that training is in vain": ((None, INF), f"{NOT_SO} tell them apart"),
    "nothing": ((groups(NAN, NAN, NAN), NAN), ""),
    "nothing needed": ((groups(0), 0.0), ""),
}


@pytest.mark.parametrize("case", NEEDS)
def test_what_telling_them_apart_needs(case):
    (needed, hours), text = NEEDS[case]
    assert needs_clause(needed, hours, rivals=["clip", "dino"], close=2, unit="patient") == text


def test_what_telling_two_apart_needs():
    assert needs_clause(groups(40), INF, rivals=["clip"], close=1, unit="image") == (
        "telling the two apart needs about 40 more images, if the difference stays as it is; "
        f"{NOT_SO} do"
    )
    assert (
        needs_clause(None, INF, rivals=["clip"], close=1, unit="image")
        == f"{NOT_SO} tell the two apart"
    )


def test_of_some_it_is_said_which_they_are():
    assert needs_clause(groups(40), NAN, rivals=["clip"], close=3, unit="image") == (
        "telling it and clip apart needs about 40 more images, if the difference stays as it is"
    )
