from warmstart.reports import tables


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
