from collections import Counter

import pytest

from small_study import study_table
from warmstart.core.identity import NUMBERS_VERSION
from warmstart.errors import ConfigError
from warmstart.models.weights import Weights
from warmstart.studies.plan import plan
from warmstart.studies.study_file import build_study

PRINTS = {"shapes": {"dataset": "1" * 64}, "lesions": {"dataset": "2" * 64}}


def runs(prints=PRINTS, weights=None, **changes):
    return plan(build_study(study_table(**changes)), prints, weights or {})


def keys(**arguments):
    return {
        (r.kind, r.network, r.source, r.arm, r.target, r.seed, r.fold, r.tuned): r.key
        for r in runs(**arguments)
    }


def test_a_run_is_network_source_arm_target_seed_fold():
    found = runs(
        networks=["test_efficientnet", "test_resnet"],
        seeds=[0, 1, 2],
        arms={"full": {}, "linear": {"tune": "head"}},
        tune={"learning_rate": [1e-4, 1e-3]},
    )
    count = Counter(run.kind for run in found)
    # networks x seeds; networks x (shapes, random) x arms x target x seeds x folds x trials
    assert count == {"pretrain": 2 * 3, "finetune": 2 * 2 * 2 * 1 * 3 * 2 * 2}
    assert len({run.key for run in found}) == len(found)


def test_sources_and_arms_may_leave_cells_out():
    found = runs(
        networks=["test_efficientnet", "test_resnet"],
        sources={"shapes": {"start": "dataset:shapes", "networks": ["test_resnet"]}},
        arms={"full": {}, "linear": {"tune": "head", "sources": ["shapes"]}},
    )
    cells = {(r.network, r.source, r.arm) for r in found if r.kind == "finetune"}
    assert cells == {
        ("test_efficientnet", "random", "full"),
        ("test_resnet", "random", "full"),
        ("test_resnet", "shapes", "full"),
        ("test_resnet", "shapes", "linear"),
    }
    assert [r.network for r in found if r.kind == "pretrain"] == ["test_resnet"]


def test_a_source_nobody_uses_is_not_pretrained():
    assert not [r for r in runs(arms={"a": {"sources": ["random"]}}) if r.kind == "pretrain"]


def test_fine_tuning_needs_its_pretraining_run():
    found = runs(seeds=[0, 1])
    pretraining = {r.seed: r.key for r in found if r.kind == "pretrain"}
    for run in found:
        if run.kind == "finetune":
            assert run.needs == (pretraining[run.seed] if run.source == "shapes" else None)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"sources": {"forms": {"start": "dataset:shapes"}}},
        {"protocol": {"folds": 2, "threads": 1, "metric": "accuracy", "baseline_per": "fold"}},
    ],
    ids=["title", "name of a source", "what tables are made of"],
)
def test_what_does_not_change_the_numbers_does_not_change_the_keys(change):
    assert set(keys(**change).values()) == set(keys().values())


@pytest.mark.parametrize(
    "change",
    [
        {"prints": PRINTS | {"lesions": {"dataset": "3" * 64}}},
        {"prints": PRINTS | {"lesions": PRINTS["lesions"] | {"window": [0, 255]}}},
        {"networks": ["test_resnet"]},
        {"seeds": [1]},
        {"finetune": {"epochs": 3}},
        {"protocol": {"folds": 3, "threads": 1}},
        {"protocol": {"folds": 2, "threads": 2}},
        {"protocol": {"folds": 2, "threads": 1, "split": "paper"}},
        {"arms": {"full": {"train_images": 4}}},
        {"arms": {"full": {"tune": "head"}}},
        {"arms": {"full": {"finetune": {"last_stages": 1}}}},
        {"tune": {"learning_rate": [3e-4]}},
    ],
    ids=lambda change: str(change),
)
def test_what_changes_the_numbers_changes_every_key_of_fine_tuning(change):
    before = {k for place, k in keys().items() if place[0] == "finetune"}
    after = {k for place, k in keys(**change).items() if place[0] == "finetune"}
    assert not before & after


def test_an_arm_that_changes_no_recipe_asks_the_question_it_always_asked():
    (run,) = [r for r in runs() if (r.source, r.fold) == ("random", 1)]
    assert run.question == {
        "numbers_version": NUMBERS_VERSION,
        "network": "test_efficientnet",
        "dataset": "2" * 64,
        "recipe": {
            **{"epochs": 6, "batch_size": 8, "optimizer": "adam", "learning_rate": 3e-4},
            **{"schedule": "cosine", "weight_decay": 0.0, "augment": "light"},
            **{"class_weights": "balanced", "dropout": 0.2, "image_size": 16, "fit": "squash"},
        },
        "seed": 0,
        "threads": 1,
        "kind": "finetune",
        "start": "random",
        "arm": {"train_images": None, "tune": "all"},
        "split": ["kfold", 2, False],
        "fold": 1,
    }
    assert keys(arms={"full": {"finetune": {}}}) == keys()


def test_two_arms_with_one_recipe_are_one_run():
    arms = {"full": {}, "slow": {"finetune": {"learning_rate": 1e-5}}, "same": {"finetune": {}}}
    found = {run.arm: run for run in runs(arms=arms) if (run.source, run.fold) == ("random", 0)}
    assert found["same"].key == found["full"].key != found["slow"].key
    assert found["slow"].recipe.learning_rate == 1e-5


def test_the_recipe_of_pretraining_changes_what_starts_from_it_and_nothing_else():
    before, after = keys(), keys(pretrain={"epochs": 3})
    same = {place for place in before if before[place] == after[place]}
    assert {place[2] for place in same} == {"random"}
    assert {place[2] for place in before.keys() - same} == {"shapes"}


def test_weights_enter_the_key_with_their_normalisation():
    def of(**changes):
        content = {"digest": "d" * 16, "mean": (0.5,) * 3, "std": (0.5,) * 3}
        weights = Weights(**{"origin": "o", "licence": "l", **content, **changes})
        found = runs(
            sources={"published": {"start": "timm"}},
            targets={"lesions": {"dataset": "lesions"}},
            weights={("test_efficientnet", "published"): weights},
        )
        return {r.key for r in found if r.source == "published"}

    assert of() == of(origin="elsewhere")
    assert not of() & of(digest="e" * 16)
    assert not of() & of(mean=(0.4, 0.5, 0.5))


def test_with_the_papers_baseline_each_target_has_itself_as_a_source():
    found = runs(protocol={"folds": 2, "baseline": "paper"})
    assert {r.source for r in found if r.target == "lesions"} == {"shapes", "random", "lesions"}
    own = next(r for r in found if r.kind == "pretrain" and r.source == "lesions")
    assert own.dataset == "lesions"


def test_the_official_split_has_one_fold():
    found = runs(protocol={"split": "official"})
    assert {r.fold for r in found} == {0}


def test_a_source_may_be_for_some_targets_only():
    two = {name: {"dataset": "lesions"} for name in ("one", "two")}
    found = runs(targets=two, sources={"shapes": {"start": "dataset:shapes", "targets": ["two"]}})
    pairs = {(r.source, r.target) for r in found if r.kind == "finetune"}
    assert pairs == {("shapes", "two"), ("random", "one"), ("random", "two")}


def test_a_source_for_an_unknown_target_is_refused():
    sources = {"shapes": {"start": "dataset:shapes", "targets": ["lesion"]}}
    with pytest.raises(ConfigError) as refused:
        build_study(study_table(sources=sources))
    assert str(refused.value) == (
        "study: [sources.shapes] unknown target 'lesion'. Did you mean 'lesions'? Known: lesions."
    )
