import pytest

from small_study import study_table
from warmstart.errors import ConfigError
from warmstart.studies.plan import section_of
from warmstart.studies.recipes import (
    finetune_recipe,
    needs_validation,
    pretrain_recipe,
    trial_name,
    trials,
)
from warmstart.studies.study_file import build_study
from warmstart.training.recipe import Recipe


def recipe(source="shapes", trial=None, **changes):
    study = build_study(study_table(**changes))
    section, arm = section_of(study, source), next(iter(study.arms.values()))
    return finetune_recipe(study, source, section, "lesions", arm, trial or {})


def test_the_last_one_wins_general_source_target_pair_arm_trial():
    of = lambda rate: {"finetune": {"learning_rate": rate}}  # noqa: E731
    changes = {"finetune": {"learning_rate": 1e-1}}
    assert recipe(**changes).learning_rate == 1e-1
    changes["sources"] = {"shapes": {"start": "dataset:shapes"} | of(1e-2)}
    assert recipe(**changes).learning_rate == 1e-2
    changes["targets"] = {"lesions": {"dataset": "lesions"} | of(1e-3)}
    assert recipe(**changes).learning_rate == 1e-3
    changes["pairs"] = {"shapes->lesions": of(1e-4)}
    assert recipe(**changes).learning_rate == 1e-4
    assert recipe("random", **changes).learning_rate == 1e-3
    changes["arms"] = {"slow": of(1e-5)}
    assert recipe(**changes).learning_rate == 1e-5
    assert recipe(trial={"learning_rate": 1e-6}, **changes).learning_rate == 1e-6


def test_random_initialisation_trains_three_times_as_long_unless_told():
    target = {"lesions": {"dataset": "lesions", "finetune": {"epochs": 4}}}
    assert recipe("random").epochs == 6
    assert recipe("random", targets=target).epochs == 12
    told = {"shapes": {"start": "dataset:shapes"}, "random": {"finetune": {"epochs": 5}}}
    assert recipe("random", sources=told, finetune={}).epochs == 5
    assert recipe("random", pairs={"random->lesions": {"finetune": {"epochs": 7}}}).epochs == 7


def test_epochs_of_an_arm_hold_for_every_source_as_they_are():
    changes = {"arms": {"brief": {"finetune": {"epochs": 3}}}}
    changes["sources"] = {"shapes": {"start": "dataset:shapes"}, "random": {}}
    assert [recipe(source, **changes).epochs for source in ("shapes", "random")] == [3, 3]
    changes["sources"]["random"] = {"finetune": {"epochs": 18}}
    changes["pairs"] = {"random->lesions": {"finetune": {"epochs": 7}}}
    assert recipe("random", **changes).epochs == 3
    changes["arms"] = {"slow": {"finetune": {"learning_rate": 1e-5}}}
    assert recipe("random", **changes).epochs == 7


def test_pretraining_has_defaults_of_its_own():
    study = build_study(study_table(pretrain={}))
    found = pretrain_recipe(study, section_of(study, "shapes"))
    assert (found.epochs, found.learning_rate) == (20, 1e-3)


def test_the_grid_is_every_combination():
    grid = {"learning_rate": [1e-4, 1e-3], "weight_decay": [0.0, 0.1]}
    names = [trial_name(trial) for trial in trials(build_study(study_table(tune=grid)))]
    assert names == [
        "learning_rate=0.0001, weight_decay=0.0",
        "learning_rate=0.0001, weight_decay=0.1",
        "learning_rate=0.001, weight_decay=0.0",
        "learning_rate=0.001, weight_decay=0.1",
    ]


def test_without_a_grid_there_is_one_trial_without_a_name():
    assert [trial_name(trial) for trial in trials(build_study(study_table()))] == [""]


def test_recipes_are_checked_once_their_levels_are_put_together():
    halving = {"schedule": "halving", "epochs": 4}
    build_study(study_table(finetune=halving | {"halve_after": 2}))
    apart = study_table(finetune=halving)
    apart["sources"]["shapes"]["finetune"] = {"halve_after": 2}
    apart["sources"]["random"] = {"finetune": {"halve_after": 3}}
    assert build_study(apart).finetune["schedule"] == "halving"
    with pytest.raises(ConfigError) as caught:
        build_study(study_table(finetune=halving))
    assert str(caught.value).splitlines() == [
        "study: 2 problems:",
        "  [finetune, shapes -> lesions] halve_after = null: expected a number of epochs, which "
        'schedule = "halving" needs.',
        "  [finetune, random -> lesions] halve_after = null: expected a number of epochs, which "
        'schedule = "halving" needs.',
    ]


def test_a_clash_that_an_arm_makes_is_told_with_the_arm():
    table = study_table(finetune={"frozen_stages": 1})
    table["arms"] = {"full": {}, "late": {"sources": ["random"], "finetune": {"last_stages": 2}}}
    with pytest.raises(ConfigError) as caught:
        build_study(table)
    assert str(caught.value) == (
        "study: [finetune, random -> lesions, arm late] last_stages = 2: expected none with "
        "frozen_stages = 1; one of the two says it all."
    )


def test_early_stopping_anywhere_cuts_a_validation_part_for_all():
    assert not needs_validation(build_study(study_table()))
    table = study_table()
    table["arms"] = {"full": {}, "patient": {"finetune": {"early_stopping": 3}}}
    assert needs_validation(build_study(table))
    del table["arms"]
    table["sources"]["shapes"]["finetune"] = {"early_stopping": 3}
    assert needs_validation(build_study(table))


def test_a_recipe_that_names_nothing_new_asks_the_question_it_always_asked():
    assert "halve_after" not in Recipe().question()
    assert Recipe(warmup_epochs=1.0).question()["warmup_epochs"] == 1.0
