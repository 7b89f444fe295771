import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import tomli_w
from PIL import Image

from small_study import warmstart as command
from small_study import write_images, write_study
from warmstart.analysis.comparison import corrected_resampled_interval
from warmstart.errors import ConfigError
from warmstart.models.memory import training_memory
from warmstart.recommendation.recommend import recommend
from warmstart.studies import estimate
from warmstart.studies.study_file import read_study

ROWS = [
    {"source": "plain", "network": "cbr_tiny", "start": "random"},
    {"source": "random", "network": "test_efficientnet", "start": "random"},
]


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(estimate, "CALIBRATION_SECONDS", 0.05)


def catalogue(folder, rows=ROWS):
    path = folder / "starts.toml"
    path.write_text(tomli_w.dumps({"starting_points": rows}))
    return path


def ask(folder, images="lesions", **changes):
    options = {"epochs": 3, "image_size": 32, "out": folder / "out"} | changes
    if "sources" not in options:
        options["sources"] = catalogue(folder)
    return recommend(folder / images, **options)


def finished(folder):
    """Metrics of every finished run, by (network, epochs, fold)."""
    import tomllib

    found = {}
    for path in (folder / "runs").glob("*/run.toml"):
        told = tomllib.loads(path.read_text())["question"]
        outcome = json.loads((path.parent / "metrics.json").read_text())
        aucs = [r["value"] for r in outcome["parts"]["test"] if r["metric"] == "auc_weighted_ovr"]
        found[told["network"], told["recipe"]["epochs"], told["fold"]] = float(np.mean(aucs))
    return found


def test_without_a_budget_nothing_is_trained_and_the_answer_says_so(images):
    found = ask(images)
    assert finished(images / "out") == {}
    assert found.basis in ("predicted", "nothing")
    assert found.chosen is None
    assert {row.point.name for row in found.ranked} == {
        "plain with cbr_tiny",
        "random with test_efficientnet",
    }
    assert all(np.isnan(row.auc) for row in found.ranked)
    assert {"knn", "linear_probe", "logme"} <= set(found.start.scores)
    assert repr(found) == (
        f"Recommendation(target='lesions', start={found.start.point.name!r}, "
        f"basis={found.basis!r}, folder={str(images / 'out')!r})"
    )


def test_with_a_budget_the_value_is_that_of_the_trainings_and_is_corrected(images):
    found = ask(images, budget=600)
    runs = finished(images / "out")
    network = found.start.point.network
    epochs = max(e for n, e, _ in runs if n == network)
    whole = [runs[network, epochs, fold] for fold in range(3)]
    assert found.basis == "trained"
    assert found.start.auc == pytest.approx(np.mean(whole))
    assert (found.start.folds, found.start.short) == (3, False)
    assert found.chosen.uncorrected == pytest.approx(np.mean(whole))
    low, high = np.clip(corrected_resampled_interval(found.chosen.per_fold, 1 / 2), 0, 1)
    assert (found.chosen.low, found.chosen.high) == pytest.approx((low, high), nan_ok=True)
    assert f"uncorrected {found.chosen.uncorrected:.3f}" in str(found)


def test_called_again_it_trains_nothing_and_says_the_same(images):
    first = ask(images, budget=600)
    before = {p: p.stat().st_mtime_ns for p in (images / "out" / "runs").glob("*/metrics.json")}
    again = ask(images, budget=600)
    after = {p: p.stat().st_mtime_ns for p in (images / "out" / "runs").glob("*/metrics.json")}
    assert before == after
    assert again.to_dict() == first.to_dict()


def test_the_study_behind_it_can_be_run_as_any_other(images):
    ask(images, budget=600)
    study = read_study(images / "out" / "study.toml")
    assert set(study.arms) == {"short-random", "full"}  # all of them start from random weights
    assert study.protocol.folds == 3


def test_the_rest_of_its_study_leaves_the_page_of_the_answer_alone(images):
    out = images / "out"
    ask(images, epochs=1)
    answer = (out / "report.html").read_bytes()
    printed, _ = command("study", "run", out / "study.toml", "--data-root", images, "--out", out)
    assert (out / "report.html").read_bytes() == answer
    assert f"{out}/study-report.html" in printed
    assert "<title>" in (out / "study-report.html").read_text()


def test_a_budget_too_short_for_any_training_is_said(images):
    found = ask(images, budget=1e-9)
    assert found.chosen is None
    (told,) = (s for s in found.sentences if s.startswith("The budget"))
    assert told.startswith(
        "The budget leaves no time for any training (looking and scoring count too); the shortest "
        "takes about "
    )


def test_sources_of_a_study_need_their_pretraining_and_are_then_taken_over(images):
    study = write_study(images)
    write_images(images / "moles", ("dark", "light"), seed=5, group="own")
    found = ask(images, "moles", sources=study)
    ((missing, _),) = found.missing
    assert missing.point.source == "shapes"
    results = images / "study-results"
    assert missing.needs == (
        f"its pretraining, which is not in {results}; `warmstart study run` does it"
    )
    command("study", "run", study)
    found = ask(images, "moles", sources=results, data_root=images, image_size=16)
    assert not found.missing
    assert {row.point.source for row in found.ranked} == {"shapes", "random"}
    distances = pd.read_csv(images / "out" / "measures.csv")
    assert set(distances["source"]) == {"shapes", "random"}


def test_weights_that_are_not_here_are_named_with_what_they_need(images):
    rows = [
        *ROWS,
        {"source": "far", "network": "resnet18", "start": "timm", "megabytes": 47}
        | {"address": "https://example.org/r18"},
        {"source": "ours", "network": "cbr_tiny", "start": "file:ours.safetensors"},
    ]
    found = ask(images, sources=catalogue(images, rows))
    assert [(one.point.source, one.needs) for one, _ in found.missing] == [
        ("far", "a download of 47 MB from https://example.org/r18"),
        ("ours", "the file ours.safetensors"),
    ]
    far = found.to_dict()["missing"][0]
    assert far["preprocessing"]["mean"] == (0.485, 0.456, 0.406)
    assert far["preprocessing"]["native_size"] == 224
    assert far["parameters"] == 11_176_512
    gigabytes = f"{training_memory('resnet18', 32, far['batch_size']) / 1e9:.2f}"
    needs = (
        f"would need a download of 47 MB from https://example.org/r18, and {gigabytes} GB to train"
    )
    assert needs in str(found)
    with pytest.raises(ConfigError) as raised:
        ask(images, sources=catalogue(images, rows[3:]))
    assert str(raised.value) == (
        "None of the 1 starting points can be started from here; ours with cbr_tiny would need "
        "the file ours.safetensors."
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "starting_points = []: list should have at least 1 item after validation, not 0."),
        (
            [{"source": "a", "network": "cbr_tiny", "start": "random", "size": 3}],
            "[starting_points, row 1] unknown key 'size'. Known: address, licence, megabytes, "
            "multiple, network, sha256, source, start, trained_on.",
        ),
        (
            [{"source": "a", "network": "cbr_tiny"}],
            "[starting_points, row 1] 'start' is missing.",
        ),
        (
            [ROWS[0], ROWS[0]],
            "plain with cbr_tiny is there twice; take one of the rows out.",
        ),
        (
            [ROWS[0], {"source": "plain", "network": "resnet18", "start": "timm"}],
            "the source 'plain' starts from 'random' and from 'timm'; give one of them another "
            "name.",
        ),
    ],
)
def test_a_wrong_catalogue_is_refused_in_one_line(images, rows, message):
    path = catalogue(images, rows)
    with pytest.raises(ConfigError) as raised:
        ask(images, sources=path)
    assert str(raised.value) == f"{path}: {message}"


def test_one_starting_point_is_the_answer(images):
    found = ask(images, sources=catalogue(images, ROWS[:1]), budget=600)
    assert found.sentences[0] == "Start from plain with cbr_tiny: it is the only candidate."
    assert found.chosen.corrected == pytest.approx(found.chosen.uncorrected)


def test_two_images_of_a_class_are_enough(tmp_path):
    write_images(tmp_path / "few", ("a", "b"), per_class=2, groups_of=1)
    found = ask(tmp_path, "few", budget=600)
    assert found.basis == "trained"


def test_many_classes_are_no_trouble(tmp_path):
    write_images(
        tmp_path / "many", [f"c{i:03d}" for i in range(100)], per_class=2, groups_of=1, size=8
    )
    found = ask(tmp_path, "many", sources=catalogue(tmp_path, ROWS[:1]))
    assert len(found.ranked) == 1


def test_several_labels_an_image(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "png").mkdir()
    rows = []
    for i in range(40):
        yes = int(i % 2), int(i % 4 < 2)
        level = 60 + 100 * yes[0]
        pixels = rng.normal(level, 30, (16, 16, 3)).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "png" / f"{i:02d}.png")
        rows.append((f"{i:02d}.png", *yes))
    table = tmp_path / "labels.csv"
    pd.DataFrame(rows, columns=["path", "bright", "wide"]).to_csv(table, index=False)
    columns = {"path_column": "path", "label_columns": ["bright", "wide"]}
    found = ask(tmp_path, "png", labels=table, columns=columns, budget=600)
    assert found.basis == "trained"
    assert 0 <= found.chosen.corrected <= 1


def test_the_command_prints_json_that_programs_can_read(images):
    out, _ = command(
        *("recommend", images / "lesions", "--sources", catalogue(images), "--out", images / "o"),
        *("--image-size", "32", "--json"),
    )
    told = json.loads(out)
    assert told["target"] == "lesions"
    assert {row["network"] for row in told["ranked"]} == {"cbr_tiny", "test_efficientnet"}
    assert told["expected"] is None


def test_a_wrong_budget_is_told_in_one_line(images):
    _, messages = command("recommend", images / "lesions", "--budget", "soon", code=2)
    assert messages == (
        "warmstart: --budget is 'soon'; a time such as 90s, 10m or 2h was expected.\n"
    )


def test_images_that_are_not_there_are_told_before_pytorch_is_loaded(tmp_path):
    code = (
        "import sys, warmstart\n"
        f"try: warmstart.recommend({str(tmp_path / 'gone')!r})\n"
        "except warmstart.WarmstartError as error: print(error)\n"
        "assert not {'torch', 'timm'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (
        0,
        f"gone: {tmp_path}/gone does not exist; reader 'folder' expects a folder with one "
        "sub-folder of images per class.\n",
    )
    assert not list(tmp_path.iterdir())
