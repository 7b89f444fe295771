import subprocess
import sys

import pytest
from pydantic import ValidationError

from warmstart.core.identity import question_key
from warmstart.studies.messages import describe
from warmstart.training.recipe import COMBINATION, Recipe

FIRST = {  # what a recipe was before it had further fields, and the key this gave
    "epochs": 10,
    "batch_size": 32,
    "optimizer": "adam",
    "learning_rate": 3e-4,
    "schedule": "cosine",
    "weight_decay": 0.0,
    "augment": "light",
    "class_weights": "balanced",
    "dropout": 0.2,
    "image_size": 64,
    "fit": "squash",
}


def test_a_recipe_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Recipe().epochs = 3


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("epoch", 3),
        ("epochs", 0),
        ("epochs", 1.5),
        ("epochs", True),
        ("batch_size", 0),
        ("optimizer", "Adam"),
        ("learning_rate", 0.0),
        ("learning_rate", "1e-3"),
        ("weight_decay", -1.0),
        ("dropout", 1.0),
        ("image_size", 7),
        ("fit", "stretch"),
        ("schedule", "step"),
        ("halve_after", 0),
        ("warmup_epochs", -0.5),
        ("label_smoothing", 1.0),
        ("accumulate", 0),
        ("precision", "float16"),
        ("early_stopping", 0),
        ("layer_decay", 0.0),
        ("layer_decay", 1.1),
        ("freeze_batch_norm", 1),
        ("frozen_stages", -1),
        ("last_stages", 0),
        ("augment", "heavy"),
        ("augment_strength", -1.0),
        ("record_every", 0),
    ],
)
def test_what_no_training_can_use_is_refused(key, value):
    with pytest.raises(ValidationError):
        Recipe(**{key: value})


def test_a_recipe_loads_no_torch():
    code = "import sys, warmstart.training.recipe; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "timm"} & set(done.stdout.split())


# Keys in pairs.


def message(**keys):
    with pytest.raises(ValidationError) as raised:
        Recipe(**keys)
    (problem,) = raised.value.errors()
    assert problem["type"] == COMBINATION
    return describe(problem, "finetune", Recipe.model_fields)


@pytest.mark.parametrize("schedule", ["halving", "halve_once"])
def test_a_halving_schedule_needs_to_know_when(schedule):
    assert Recipe(schedule=schedule, halve_after=3).halve_after == 3
    assert message(schedule=schedule) == (
        "[finetune] halve_after = null: expected a number of epochs, which schedule = "
        f'"{schedule}" needs.'
    )


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_another_schedule_halves_nothing(schedule):
    assert message(schedule=schedule, halve_after=3) == (
        f'[finetune] halve_after = 3: expected none with schedule = "{schedule}"; only "halving" '
        'and "halve_once" take it.'
    )


def test_a_wrong_schedule_is_the_only_problem_of_a_recipe_that_has_one():
    with pytest.raises(ValidationError) as raised:
        Recipe(schedule="halfing", halve_after=3)
    assert [problem["loc"] for problem in raised.value.errors()] == [("schedule",)]


def test_frozen_and_trained_stages_are_not_both_counted():
    assert Recipe(frozen_stages=0, last_stages=2).last_stages == 2
    assert message(frozen_stages=1, last_stages=2) == (
        "[finetune] last_stages = 2: expected none with frozen_stages = 1; one of the two says it "
        "all."
    )


# Old keys stay.


def test_the_question_of_an_old_recipe_is_what_it_always_was():
    assert Recipe().question() == FIRST
    assert question_key(Recipe().question()) == "b7b64aa752a83ef7"
    changed = FIRST | {"epochs": 3, "optimizer": "sgd", "augment": "none", "dropout": 0.0}
    assert Recipe(**changed).question() == changed


NEWER = {
    "halve_after": 2,
    "warmup_epochs": 1.0,
    "label_smoothing": 0.1,
    "accumulate": 2,
    "precision": "auto",
    "early_stopping": 3,
    "layer_decay": 0.8,
    "freeze_batch_norm": True,
    "frozen_stages": 1,
    "last_stages": 1,
    "augment_strength": 0.5,
    "record_every": 5,
}


def test_the_newer_fields_are_all_there():
    assert Recipe.model_fields.keys() == FIRST.keys() | NEWER.keys()


@pytest.mark.parametrize("name", NEWER)
def test_a_newer_field_is_in_the_question_where_it_is_not_the_default(name):
    schedule = "halving" if name == "halve_after" else "cosine"
    asked = Recipe(schedule=schedule, **{name: NEWER[name]}).question()
    assert asked == FIRST | {"schedule": schedule, name: NEWER[name]}
    default = Recipe.model_fields[name].default
    assert Recipe(**{name: default}).question() == FIRST
