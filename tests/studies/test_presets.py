"""The studies of the two papers: what they plan without any image, and that they run to the end."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from release import build
from safetensors.torch import save_file

from warmstart.models.architectures import build_network
from warmstart.models.stages import stages
from warmstart.reports import figures
from warmstart.studies import estimate
from warmstart.studies.inputs import used_datasets
from warmstart.studies.listener import Silent
from warmstart.studies.options import Options
from warmstart.studies.overview import overview
from warmstart.studies.plan import plan
from warmstart.studies.runner import run_study
from warmstart.studies.study_file import build_study, read_study

STUDIES = Path(__file__).resolve().parents[2] / "studies"
PUBLISHED = "cats-not-cat-scans-as-published"
DESCRIBED = "cats-not-cat-scans-as-described"
TRANSFUSION = "transfusion"
WEIGHTS = "transfusion-weights"
PRESETS = (PUBLISHED, DESCRIBED, TRANSFUSION, WEIGHTS)

every = pytest.mark.parametrize("preset", PRESETS)


def preset_table(preset):
    return tomllib.loads((STUDIES / f"{preset}.toml").read_text("utf-8"))


def planned(preset):
    study = read_study(STUDIES / f"{preset}.toml")
    return plan(study, {name: {"dataset": name} for name in used_datasets(study)}, {})


@pytest.fixture
def told(monkeypatch, tmp_path):
    """What `study plan` says of a preset in a folder without any image."""
    monkeypatch.setattr(estimate, "_calibrate", lambda *_, **__: 1e12)

    def say(preset):
        study = read_study(STUDIES / f"{preset}.toml")
        return overview(
            study, base=tmp_path, out=tmp_path / "out", cache=tmp_path, listener=Silent()
        )

    return say


@every
def test_a_preset_plans_without_data_and_says_so(preset, told):
    text = told(preset)
    roots = [s["root"] for s in preset_table(preset)["datasets"].values() if "root" in s]
    assert f"  not found under {text.split('under ')[1].split(':')[0]}: {', '.join(roots)}" in text
    assert "which are done is not known without images" in text
    assert "on a GPU: not measured; about" in text


def test_the_published_study_is_24_pairs_of_five_folds_and_96_million_images(told):
    text = told(PUBLISHED)
    assert "128 runs: 8 pretrainings, 120 fine-tunings;" in text
    pretraining = 0.8 * (
        13_000 * 50 + 8_060 * 70 + 5_640 * 60 + 10_015 * 70 + 5_856 * 70 + 100_000 * 50
    ) + 0.8 * (10_000 * 70 + 960 * 100)
    # eight sources each of five folds of 80 %
    finetuning = 8 * 5 * (8_012 * 50 + round(0.8 * 5_856) * 50 + 80_000 * 20)
    images = int(re.search(r"([\d,]+) training images", text)[1].replace(",", ""))
    assert images == pytest.approx(pretraining + finetuning, abs=100)


@pytest.mark.parametrize("preset", [PUBLISHED, DESCRIBED])
def test_weighted_losses_are_divided_as_keras_does_in_both_phases(preset):
    found = {(run.kind, run.recipe.class_weights) for run in planned(preset)}
    assert found == {("pretrain", "balanced_per_image"), ("finetune", "balanced_per_image")}


def test_the_pairs_are_those_of_figure_3():
    runs = [run for run in planned(PUBLISHED) if run.kind == "finetune"]
    pairs = Counter((run.source, run.target) for run in runs)
    assert set(pairs.values()) == {5}
    sources = {source for source, _ in pairs}
    every_pair = {(s, t) for s in sources for t in ("isic2018", "chest", "pcam-middle")}
    assert len(sources) == 9
    assert every_pair - set(pairs) == {
        ("kimia960", "isic2018"),
        ("kimia960", "chest"),
        ("pcam-small", "pcam-middle"),
    }


TABLE_III = {
    "stl10": (96, 128, 1e-3, 30, 50),
    "sti10": (112, 128, 1e-4, 50, 70),
    "dtd": (300, 12, 1e-3, None, 60),
    "isic2018": (112, 128, 1e-5, None, 70),
    "chest": (112, 128, 1e-6, None, 70),
    "pcam-middle": (96, 128, 1e-6, None, 50),
    "pcam-small": (96, 128, 1e-6, None, 70),
    "kimia960": (224, 12, 1e-5, None, 100),  # 308 x 168 in the paper; images are square here
}


@pytest.mark.parametrize("preset", [PUBLISHED, DESCRIBED])
def test_pretraining_follows_table_iii(preset):
    found = {
        run.source: (
            run.recipe.image_size,
            run.recipe.batch_size,
            run.recipe.learning_rate,
            run.recipe.halve_after,
            run.recipe.epochs,
        )
        for run in planned(preset)
        if run.kind == "pretrain"
    }
    assert found == TABLE_III


@pytest.mark.parametrize("preset", [PUBLISHED, DESCRIBED])
def test_fine_tuning_follows_appendix_b(preset):
    for run in planned(preset):
        if run.kind == "finetune":
            size, epochs = (96, 20) if run.target == "pcam-middle" else (112, 50)
            recipe = run.recipe
            assert (recipe.image_size, recipe.batch_size, recipe.dropout) == (size, 128, 0.5)
            assert 1e-6 <= recipe.learning_rate <= 1e-4
            assert recipe.epochs == epochs or run.source == "random"


def test_the_baseline_as_described_is_trained_as_the_source_of_these_images_is():
    runs = planned(DESCRIBED)
    for run in runs:
        if run.source == "random":
            size, _, rate, _, epochs = TABLE_III[run.target]
            recipe = run.recipe
            assert (recipe.image_size, recipe.learning_rate, recipe.epochs) == (size, rate, epochs)


def test_transfusion_counts_every_start_although_no_weights_are_fetched(told):
    cells = 6 * 3 * 2 * 2 + 3 * 2  # networks, starts, arms, targets; ResNet-50 in its own two arms
    assert f"{4 + 5 * cells} runs: 4 pretrainings, {5 * cells} fine-tunings;" in told(TRANSFUSION)
    starts = 4 + 1 + 4 + 2  # prefixes, Gabor, scale, imagenet and random; the slim network has two
    assert f"{5 * (starts + 2 + 4)} runs: 0 pretrainings," in told(WEIGHTS)


def test_what_is_frozen_is_what_was_transferred():
    arms = {(r.source, r.arm, r.recipe.frozen_stages) for r in planned(WEIGHTS)}
    order = [stage.name for stage in stages("resnet50")]
    frozen = {(source, arm, number) for source, arm, number in arms if arm != "full"}
    assert {source for source, _, _ in frozen} == {"conv1", "block1", "block2", "block3"}
    for source, arm, number in frozen:
        assert arm == f"frozen-{source}"
        assert order[:number][-1] == source


def test_every_network_of_transfusion_has_every_start_arm_and_target():
    runs = planned(TRANSFUSION)
    cells = {(r.network, r.arm, r.target, r.source.removesuffix("-here")) for r in runs}
    starts = ("random", "imagenet", "mean-var")
    networks = ("resnet50", "inception_v3", "cbr_larget", "cbr_largew", "cbr_small", "cbr_tiny")
    for network in networks:
        for arm in ("full", "n5000"):
            for target in ("fundus", "chest"):
                assert {s for n, a, t, s in cells if (n, a, t) == (network, arm, target)} == {
                    *starts
                }
    pretrained = Counter(run.network for run in runs if run.kind == "pretrain")
    assert pretrained.keys() == {n for n in networks if n.startswith("cbr")}


@every
def test_the_documentation_names_the_preset_its_claims_and_its_size(preset, told):
    text = (STUDIES.parent / "docs" / "presets.md").read_text("utf-8")
    for claim in preset_table(preset)["claims"].values():
        assert f"| {claim['says']} | {claim['cite']} |" in text
    said = told(preset)
    runs = re.search(r"(\d+) runs:", said)[1]
    images = re.search(r"([\d,]+) training images", said)[1]
    operations = re.search(r"\(([\d,]+) PFLOP", said)[1]
    assert f"| `{preset}.toml` | {runs} | {images} | {operations} |" in text


SMALL = {"image_size": 32, "epochs": 1, "batch_size": 8}
SMALLER = SMALL | {"halve_after": 1, "record_every": 2, "train_images": 6, "n": 12}
STAND_INS = {"resnet50": "test_resnet", "cbr_tiny": "cbr_tiny"}


def shrunken(table, weights):
    """The same study of few images, small ones, for one epoch, with two small networks at most."""
    found = smaller(table, weights)
    for phase in ("pretrain", "finetune"):
        found[phase] = found.get(phase, {}) | SMALL
    found["protocol"] |= {"folds": 2, "threads": 1}
    return found


def smaller(part, weights):
    if isinstance(part, str):
        return part.replace("timm:tv_in1k", f"file:{weights}")
    if not isinstance(part, dict):
        return part
    found = {key: SMALLER.get(key, smaller(value, weights)) for key, value in part.items()}
    if "networks" in found:
        found["networks"] = [STAND_INS[name] for name in part["networks"] if name in STAND_INS]
    found.pop("network", None)  # a claim about one network is then about all
    return found


def miniatures(table, folder):
    """Every release that a study reads, small; its roots in the study then point at them."""
    for section in table["datasets"].values():
        if "reader" in section:
            place = folder / section["root"]
            place.mkdir()
            release = build(section["reader"], place)
            section |= {"root": str(release.root), **release.options}


@pytest.fixture
def one_figure(monkeypatch):
    """Reports draw their first figure only: dozens of panels take most of a minute to draw."""
    first = dict(list(figures.FIGURES.items())[:1])
    monkeypatch.setattr(figures, "FIGURES", first)


@every
@pytest.mark.usefixtures("one_figure")
def test_a_preset_runs_to_the_end_on_miniatures_of_its_releases(preset, tmp_path):
    weights = tmp_path / "weights.safetensors"
    save_file(build_network("test_resnet", 2, seed=0).state_dict(), weights)
    table = shrunken(preset_table(preset), weights)
    (tmp_path / "data").mkdir()
    miniatures(table, tmp_path / "data")
    study = build_study(table)
    written = run_study(study, Options(base=tmp_path, out=tmp_path / "out"))
    assert set(written.runs["state"]) == {"done"}, written.runs[["source", "target", "reason"]]
    summary = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert set(summary["target"]) == set(study.targets)
    claims = pd.read_csv(tmp_path / "out" / "claims.csv")
    assert claims["claim"].tolist() == list(study.claims)
    assert set(claims["verdict"]) == {"undecided"}  # two folds decide nothing
    assert not claims["why"].str.contains("no results").any()
    assert "Undecided: " in written.summary
