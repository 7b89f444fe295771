import re

import pytest

from warmstart.sharing.cards import run_card as write_card

OPENING = "model = open_it()\n"

RECIPE = {"image_size": 64, "fit": "squash", "epochs": 3, "batch_size": 32}


OUTCOME = {
    "images": {"train": 1200, "validation": 0, "test": 300},
    "micro_batch": 32,
    "parts": {
        "test": [
            {"label": "", "metric": "auc_weighted_ovr", "value": 0.87654},
            {"label": "", "metric": "accuracy", "value": 0.5},
        ]
    },
}


def run_card(record, classes, outcome=OUTCOME):
    return write_card(record, classes, OPENING, outcome)


def record(**more):
    question = {"network": "resnet18", "seed": 0, "fold": 1, "recipe": RECIPE}
    base = {"question": question, "source": "photos", "target": "lesions", "start": "timm"}
    return base | {"dataset": "lesions"} | more


def test_a_card_says_what_the_run_is():
    card = run_card(record(), ["benign", "malignant"])
    assert card.startswith("# photos -> lesions, resnet18\n")
    assert "| started from | timm |\n| licence of the start | " in card
    assert "|\n| trained on | lesions, 1,200 images |\n" in card
    assert "| recipe | image_size 64, fit squash, epochs 3, batch_size 32 |" in card
    assert "```python\nmodel = open_it()\n```" in card
    assert run_card(record(target=""), []).startswith("# Source photos, resnet18\n")


KEY = "0123456789abcdef"


@pytest.mark.parametrize(
    ("start", "shown"),
    [
        (KEY, f"run `{KEY}`"),
        (f"mean-var of {KEY}", f"mean-var of run `{KEY}`"),
        (f"transfuse (up to block_1|) of {KEY}", rf"transfuse (up to block_1\|) of run `{KEY}`"),
        (f"sampled of file {KEY}", f"sampled of file {KEY}"),
        (f"file {KEY}", f"file {KEY}"),
        ("random", "random"),
    ],
)
def test_a_run_that_was_started_from_is_called_one(start, shown):
    assert f"| started from | {shown} |\n" in run_card(record(start=start), [])


def test_a_card_says_what_every_part_came_to():
    assert "|\n| test, 300 images | auc_weighted_ovr 0.877, accuracy 0.500 |\n\nOpen" in run_card(
        record(), []
    )


def test_several_labels_are_put_into_their_mean_and_what_is_undefined_is_left_out():
    values = {"auc_weighted_ovr": (0.9, 0.7, None), "accuracy": (None,)}
    rows = [{"label": "x", "metric": m, "value": v} for m, vs in values.items() for v in vs]
    parts = {"validation": rows}
    outcome = {"images": {"train": 3, "validation": 2}, "micro_batch": 3, "parts": parts}
    assert "| validation, 2 images | auc_weighted_ovr 0.800 |\n" in run_card(record(), [], outcome)


@pytest.mark.parametrize("place", ["source", "target", "dataset", "start", "licence", "class"])
def test_a_name_cannot_break_the_card(place):
    hostile = "a|b\n# <img> [x](y) `c` *d* _e_ f_g \\"
    escaped = r"a\|b # &lt;img> \[x\](y) \`c\` \*d\* \_e\_ f_g \\"
    fields = {} if place == "class" else {place: hostile}
    card = run_card(record(**fields), [hostile if place == "class" else "benign"])
    assert escaped in card
    assert "<img" not in card
    assert len(re.findall("^#", card, flags=re.MULTILINE)) == 1


def test_the_licence_of_the_start_is_always_a_row():
    assert "| licence of the start | Apache-2.0 |\n| trained" in run_card(
        record(licence="Apache-2.0"), []
    )
    for nothing in ({}, {"licence": ""}):
        card = run_card(record(**nothing), [])
        assert "| licence of the start | not stated |\n| trained" in card


def test_the_size_that_the_start_was_made_for_is_a_row_where_it_is_known():
    card = run_card(record(licence="MIT", native_size=224), [])
    assert "| MIT |\n| the start was made for | images of 224 x 224 pixels |\n| trained" in card
    assert "made for" not in run_card(record(licence="MIT"), [])


@pytest.mark.parametrize(
    ("found", "row"),
    [
        ({"micro_batch": 8}, "| images at a time | 8 of a batch of 32 |\n"),
        (
            {"micro_batch": 16, "devices": 2},
            "| images at a time | 16 of a batch of 32, on each of 2 devices |\n",
        ),
    ],
    ids=["one device", "two devices"],
)
def test_batches_that_were_taken_in_parts_are_a_row(found, row):
    assert f"batch_size 32 |\n{row}| test, 300" in run_card(record(), [], OUTCOME | found)


def test_whole_batches_are_no_row():
    assert "at a time" not in run_card(record(), [])
    few = {"images": {"train": 20, "test": 300}, "micro_batch": 20}  # fewer than a batch
    assert "at a time" not in run_card(record(), [], OUTCOME | few)
