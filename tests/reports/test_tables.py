import pandas as pd
import pytest

from warmstart.reports import tables


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("mean", 0.84249, "0.842"),
        ("test_auc", float("nan"), tables.MISSING),
        ("transferability_low", -3.26, "\N{MINUS SIGN}3.3 %"),
        ("transferability", 0.04, "0.0 %"),
        ("learning_rate", 1e-3, "0.001"),
        ("seconds", 750.0, "12 min"),
        ("images", 12345, "12,345"),
        ("seed", 12345, "12345"),
        ("converged", True, "yes"),
        ("groups", pd.NA, tables.MISSING),
        ("augment", ["flip", "crop"], "flip, crop"),
    ],
)
def test_cells_are_formatted_by_what_they_are(name, value, text):
    assert tables.cell_text(name, value) == text


def test_cells_and_headings_are_escaped():
    frame = pd.DataFrame({"<b>": ["<script>alert(1)</script>"], "n": [1]})
    html = tables.html_table(frame)
    assert "<script" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_columns_without_a_value_are_left_out():
    frame = pd.DataFrame({"source": ["a"], "label": [""], "groups": [pd.NA]})
    assert "label" not in tables.html_table(frame)
    assert "groups" not in tables.html_table(frame)


def test_an_answer_says_highest_lower_and_not_told_apart(contents):
    found = tables.answer(contents)
    of_histology = found[found["target"] == "histology"].set_index("source")["verdict"]
    assert of_histology.to_dict() == {
        "imagenet": "highest",
        "textures": "not told apart",
        "photos": "lower",
        "random": "lower",
    }


def test_notes_name_the_reason_once_and_where_it_holds(contents):
    assert tables.notes(tables.answer(contents)) == [
        "(lesions): 2 of 3 baseline runs did not converge"
    ]


def test_a_bracket_without_a_reason_gets_one(contents):
    row = contents.summary.iloc[[4]].assign(reason="")
    assert tables._note(row.to_dict("records")[0]) == "the baseline has not converged"


def test_recipes_say_once_what_is_shared_and_join_what_is_equal(contents):
    shared, rows = tables.recipe_tables(contents.recipes, "finetune")
    assert dict(zip(shared["setting"], shared["value"], strict=True))["image size"] == "64"
    assert rows.to_dict("records") == [
        {
            "source": "imagenet, photos, textures",
            "target": "histology, lesions",
            "epochs": "10",
        },
        {"source": "random", "target": "histology, lesions", "epochs": "30"},
    ]


def test_a_long_note_of_a_dataset_is_shortened_and_the_others_are_kept(contents):
    frame = contents.datasets.head(1).assign(notes="x" * 500 + " · short")
    assert tables.dataset_table(frame).loc[0, "notes"] == "x" * 397 + "... · short"


def test_unknown_groups_are_said_to_be_unknown(contents):
    table = tables.dataset_table(contents.datasets).set_index("dataset")
    assert table.loc["photos", "groups"] == "unknown"
    assert table.loc["lesions", "groups"] == "1,102"
