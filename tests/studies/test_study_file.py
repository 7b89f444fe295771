import pytest

from small_study import study_table
from warmstart.errors import ConfigError
from warmstart.studies.consistency import source_names, target_datasets
from warmstart.studies.study_file import build_study, read_study, shared_toml
from warmstart.training.recipe import Recipe

RECIPE_KEYS = ", ".join(sorted(Recipe.model_fields))


def message(table):
    with pytest.raises(ConfigError) as caught:
        build_study(table, where="study.toml")
    return str(caught.value)


def test_everything_but_datasets_is_optional():
    study = build_study({"datasets": {"lesions": {"reader": "folder", "root": "x"}}})
    assert source_names(study) == ["random"]
    assert target_datasets(study) == {"lesions": "lesions"}
    assert study.protocol.folds == 5
    assert study.protocol.threads == 2


def test_datasets_that_no_source_names_are_targets():
    assert target_datasets(build_study(study_table())) == {"lesions": "lesions"}


def test_with_named_targets_exactly_those_are_targets():
    study = build_study(study_table(targets={"all": {"dataset": "shapes"}}))
    assert target_datasets(study) == {"all": "shapes"}


def test_the_written_study_is_the_study():
    study = build_study(study_table(tune={"learning_rate": [1e-4, 1e-3]}))
    import tomllib

    assert build_study(tomllib.loads(shared_toml(study))) == study


def test_paths_outside_the_study_lose_their_folders_when_written():
    table = study_table(sources={"own": {"start": "file:/home/alice/weights/net.pth"}})
    table["datasets"]["lesions"]["root"] = "/home/alice/lesions"
    table["datasets"]["shapes"]["root"] = "C:\\Users\\alice\\shapes"
    text = shared_toml(build_study(table))
    assert "alice" not in text
    assert 'root = "lesions"' in text
    assert 'root = "shapes"' in text
    assert 'start = "file:net.pth"' in text


def test_one_unknown_key_is_named_with_the_nearest_known_one():
    table = study_table()
    table["protocol"]["fold"] = 3
    assert message(table) == (
        "study.toml: [protocol] unknown key 'fold'. Did you mean 'folds'? Known: baseline, "
        "baseline_per, folds, leakage, metric, split, steps_to_auc, threads."
    )


def test_all_wrong_keys_are_named_at_once():
    table = study_table(sead=[0], finetune={"epoch": 3, "learning_rate": -1.0})
    table["datasets"]["lesions"]["subset"] = {"n": 5, "stratfied": True}
    assert message(table).splitlines() == [
        "study.toml: 4 problems:",
        "  [datasets.lesions.subset] unknown key 'stratfied'. Did you mean 'stratified'? Known: "
        "fraction, n, parts, seed, stratified, weights.",
        "  unknown key 'sead'. Did you mean 'seeds'? Known: arms, claims, datasets, finetune, "
        "networks, pairs, pretrain, protocol, seeds, sources, targets, title, tune.",
        "  [finetune] learning_rate = -1.0: expected greater than 0.",
        f"  [finetune] unknown key 'epoch'. Did you mean 'epochs'? Known: {RECIPE_KEYS}.",
    ]


def test_wrong_keys_of_recipes_are_named_with_their_table():
    table = study_table(finetune={"epoch": 3, "learning_rate": -1.0})
    table["sources"]["shapes"]["pretrain"] = {"optimizer": "adm"}
    assert message(table).splitlines() == [
        "study.toml: 3 problems:",
        "  [sources.shapes.pretrain] optimizer = \"adm\": expected 'adam', 'adamw' or 'sgd'.",
        "  [finetune] learning_rate = -1.0: expected greater than 0.",
        f"  [finetune] unknown key 'epoch'. Did you mean 'epochs'? Known: {RECIPE_KEYS}.",
    ]


def test_a_value_of_the_wrong_type_is_named():
    assert message(study_table(protocol={"folds": "3"})) == (
        'study.toml: [protocol] folds = "3": expected a valid integer.'
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"sources": {"shapes": {"start": "dataset:shape"}}},
            "[sources.shapes] unknown dataset 'shape'. Did you mean 'shapes'? Known: lesions, "
            "shapes.",
        ),
        (
            {"sources": {"imagenet": {"start": "tim"}}},
            "[sources.imagenet] Unknown start 'tim'. Did you mean 'timm'? Known: random, timm or "
            "timm:TAG, hf:OWNER/NAME, file:PATH, dataset:NAME, mean-var:SPEC, sampled:SPEC, "
            "shuffled:SPEC, transfuse:SPEC@STAGE, gabor:SPEC.",
        ),
        (
            {"targets": {"t": {"dataset": "lesion"}}},
            "[targets.t] unknown dataset 'lesion'. Did you mean 'lesions'? Known: lesions, shapes.",
        ),
        (
            {"arms": {"few": {"sources": ["shape"]}}},
            "[arms.few] unknown source 'shape'. Did you mean 'shapes'? Known: random, shapes.",
        ),
        (
            {"arms": {"late": {"finetune": {"last_stage": 2}}}},
            "[arms.late.finetune] unknown key 'last_stage'. Did you mean 'last_stages'? Known: "
            f"{RECIPE_KEYS}.",
        ),
        (
            {"arms": {"late": {"finetune": {"last_stages": 0}}}},
            "[arms.late.finetune] last_stages = 0: expected greater than or equal to 1.",
        ),
        (
            {"arms": {"late": {"fine_tune": {"last_stages": 1}}}},
            "[arms.late] unknown key 'fine_tune'. Did you mean 'finetune'? Known: finetune, "
            "networks, sources, train_images, tune.",
        ),
        (
            {"arms": {"late": {"pretrain": {}}}},
            "[arms.late] unknown key 'pretrain'. Known: finetune, networks, sources, "
            "train_images, tune.",
        ),
        (
            {"arms": {"linear": {"tune": "head", "finetune": {"last_stages": 2, "epochs": 3}}}},
            '[arms.linear] tune = "head" trains the linear layer only; leave out last_stages, '
            "or tune.",
        ),
        (
            {
                "networks": ["resnet18", "resnet50"],
                "sources": {"shapes": {"start": "dataset:shapes", "networks": ["resnet18"]}},
                "arms": {"deep": {"networks": ["resnet50"], "sources": ["shapes"]}},
            },
            "no run leads to the target 'lesions': no source goes with an arm and a network there.",
        ),
        (
            {"pairs": {"shape->lesions": {"finetune": {}}}},
            "[pairs.'shape->lesions'] unknown source 'shape'. Did you mean 'shapes'? Known: "
            "random, shapes.",
        ),
        (
            {"tune": {"learning_rat": [1e-3]}},
            "[tune] unknown key 'learning_rat'. Did you mean 'learning_rate'? Known: "
            f"{RECIPE_KEYS}.",
        ),
        (
            {"protocol": {"metric": "auc"}},
            "[protocol] unknown metric 'auc'. Known: accuracy, auc_macro_ovr, auc_weighted_ovr, "
            "balanced_accuracy.",
        ),
        (
            {"sources": {"random": {"start": "timm"}}},
            "[sources.random] is the baseline and starts at random; give this source another name.",
        ),
        (
            {"sources": {s: {"start": f"dataset:{s}"} for s in ("shapes", "lesions")}},
            "every dataset is a source; name a target: [targets.NAME] dataset = ...",
        ),
        ({"seeds": [0, 0]}, "seeds names a value twice."),
        (
            {"protocol": {"split": "paper"}, "finetune": {"early_stopping": 3}},
            "[finetune] early_stopping keeps the weights that do best on the validation part, "
            'which split = "paper" makes the test part; take another split, or leave '
            "early_stopping out.",
        ),
        (
            {
                "protocol": {"split": "paper"},
                "pairs": {"shapes->lesions": {"finetune": {"early_stopping": 3}}},
            },
            "[pairs.'shapes->lesions'.finetune] early_stopping keeps the weights that do best on "
            'the validation part, which split = "paper" makes the test part; take another split, '
            "or leave early_stopping out.",
        ),
        (
            {"protocol": {"split": "paper"}, "tune": {"learning_rate": [1e-3, 1e-4]}},
            "[tune] chooses what does best on the validation part, which "
            'split = "paper" makes the test part; take another split, or leave [tune] out.',
        ),
        (
            {"sources": {"imagenet": {"start": "timm", "pretrain": {"epochs": 2}}}},
            "[sources.imagenet] pretrain has no effect: 'timm' is not pretrained here.",
        ),
    ],
)
def test_what_cannot_be_is_said_in_one_line(changes, line):
    assert message(study_table(**changes)) == f"study.toml: {line}"


@pytest.mark.parametrize(
    ("section", "line"),
    [
        (
            {},
            "[datasets.few] needs one of reader = ..., derive = ... and mix = ..., and only one.",
        ),
        (
            {"derive": "lesions"},
            "[datasets.few] says derive but not how; add one of classes, subset, resolution, "
            "grayscale, regroup.",
        ),
        (
            {"derive": "lesions", "subset": {"seed": 1}},
            "[datasets.few] subset needs either n or fraction, such as subset = { n = 500 }.",
        ),
        (
            {"derive": "lesions", "subset": {"n": 9, "weights": "class_count"}},
            '[datasets.few] weights = "class_count" needs stratified = false.',
        ),
        ({"derive": "lesions", "classes": {}}, "[datasets.few] classes needs keep or merge."),
        *(
            (
                {"derive": "lesions", "classes": classes},
                "[datasets.few] classes holds an empty name; a class needs a name.",
            )
            for classes in ({"keep": [""]}, {"merge": {" ": ["a"]}}, {"merge": {"a": ["b", ""]}})
        ),
        (
            {"mix": {"datasets": ["lesions", "shapes"], "proportions": [1, float("nan")]}},
            "[datasets.few.mix.proportions] 1 = NaN: expected a finite number.",
        ),
        (
            {"reader": "folder", "root": "x", "grayscale": True},
            "[datasets.few] grayscale makes a dataset of its own: derive = ..., grayscale = ...",
        ),
        (
            {"mix": {"datasets": ["lesions", "shape"]}},
            "[datasets.few] unknown dataset 'shape'. Did you mean 'shapes'? Known: few, lesions, "
            "shapes.",
        ),
        ({"mix": {"datasets": ["lesions", "few"]}}, "[datasets.few] is made from itself."),
        (
            {"mix": {"datasets": ["lesions", "shapes"]}, "resolutoin": 3},
            "[datasets.few] unknown key 'resolutoin'. Known: mix.",
        ),
        (
            {"derive": "lesion", "subset": {"n": 3}},
            "[datasets.few] unknown dataset 'lesion'. Did you mean 'lesions'? Known: few, lesions, "
            "shapes.",
        ),
        ({"derive": "few", "subset": {"n": 3}}, "[datasets.few] is made from itself."),
        (
            {"derive": "lesions", "subset": {"n": 3}, "root": "x"},
            "[datasets.few] 'root' belongs to the dataset it is made from.",
        ),
    ],
)
def test_wrong_derived_datasets_are_said_in_one_line(section, line):
    table = study_table(targets={"t": {"dataset": "lesions"}})
    table["datasets"]["few"] = section
    assert message(table) == f"study.toml: {line}"


def test_a_change_is_made_before_the_study_is_checked(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text('[datasets.x]\nreader = "folder"\nroot = "x"\n')
    study = read_study(file, ("protocol.folds=3", "title=A b", "finetune.learning_rate=1e-5"))
    assert (study.protocol.folds, study.title) == (3, "A b")
    assert study.finetune == {"learning_rate": 1e-5}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("folds", "--set 'folds' should read KEY=VALUE, such as protocol.folds=3."),
        ("title.x=1", "--set 'title.x=1': 'title' is a value, not a table."),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(tmp_path, change, line):
    file = tmp_path / "study.toml"
    file.write_text('title = "t"\n')
    with pytest.raises(ConfigError) as caught:
        read_study(file, (change,))
    assert str(caught.value) == line


def test_a_missing_study_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError) as caught:
        read_study(tmp_path / "no.toml")
    assert str(caught.value) == (
        f"Cannot read the study file {tmp_path / 'no.toml'}: No such file or directory. "
        "`warmstart study new IMAGES > study.toml` writes one."
    )


def test_what_is_not_toml_is_refused(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text("title = \n")
    with pytest.raises(ConfigError, match=r"study.toml is not a TOML file: Invalid value"):
        read_study(file)
