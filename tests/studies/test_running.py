"""A study of real runs, whole, killed, shared between processes, and run again."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from small_study import command, warmstart, write_images, write_study
from warmstart.metrics import roc_auc
from warmstart.studies.jobs import Place
from warmstart.studies.listener import Silent
from warmstart.studies.options import Options
from warmstart.studies.runner import run_study
from warmstart.studies.study_file import read_study

RUNS = 5  # one pretraining, two sources on two folds


class Notes(Silent):
    """Notes how runs ended."""

    def __init__(self):
        self.ended = []

    def end(self, key, error):
        self.ended.append((key, error))


def run(file, out, **options):
    listener = Notes()
    cache = options.pop("cache", out.parent / "cache")
    chosen = Options(base=file.parent, out=out, cache=cache, device="cpu", **options)
    return run_study(read_study(file), chosen, listener), listener


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    write_images(folder / "shapes", ("circle", "square", "star"), seed=1)
    write_images(folder / "lesions", ("benign", "malignant"), seed=2)
    return folder


@pytest.fixture(scope="module")
def finished(images, tmp_path_factory):
    """The small study, run without interruption in this process."""
    out = tmp_path_factory.mktemp("finished") / "results"
    file = write_study(images)
    written, listener = run(file, out)
    assert [error for _, error in listener.ended] == [None] * RUNS
    return file, out, written


def finished_runs(out):
    return {
        path.name: path.stat().st_mtime_ns
        for path in (out / "runs").glob("*")
        if not path.name.startswith(".")
    }


def test_every_cell_has_every_metric_once(finished):
    _, out, _ = finished
    results = pd.read_csv(out / "results.csv", keep_default_na=False)
    assert list(results.columns) == [
        *("network", "source", "arm", "target", "seed", "fold"),
        *("label", "metric", "value", "n_train", "n_test"),
    ]
    assert len(results) == 2 * 2 * 4  # sources x folds x metrics
    assert not results.duplicated(["source", "fold", "metric"]).any()
    assert (results["n_train"] + results["n_test"] == 24).all()
    pd.testing.assert_frame_equal(
        results, pd.read_parquet(out / "results.parquet"), check_dtype=False
    )


def test_the_results_are_those_of_the_stored_predictions(finished):
    _, out, _ = finished
    results = pd.read_csv(out / "results.csv")
    runs = pd.read_csv(out / "runs.csv").query("kind == 'finetune'")
    for row in runs.itertuples():
        stored = pd.read_parquet(out / "runs" / row.key / "predictions.parquet")
        test = stored[stored["part"] == "test"]
        place = (results["source"] == row.source) & (results["fold"] == row.fold)
        value = results[place & (results["metric"] == "auc_weighted_ovr")]["value"].item()
        assert value == pytest.approx(roc_auc(test["label"], test["score_1"]), abs=1e-15)


def test_every_image_is_tested_once_and_groups_stay_together(finished):
    _, out, _ = finished
    runs = pd.read_csv(out / "runs.csv").query("kind == 'finetune' and source == 'random'")
    parts = [pd.read_parquet(out / "runs" / key / "predictions.parquet") for key in runs["key"]]
    tested = pd.concat(p[p["part"] == "test"].assign(fold=i) for i, p in enumerate(parts))
    assert sorted(tested["image"]) == list(range(24))
    assert (tested.groupby("group")["fold"].nunique() == 1).all()


def test_the_study_folder_holds_what_the_design_says(finished):
    _, out, written = finished
    names = {"study.toml", "results.csv", "results.parquet", "runs.csv", "pretrain.csv"}
    assert names <= {path.name for path in out.iterdir()}
    assert written.report.is_file()
    run_names = {
        *("run.toml", "predictions.parquet", "history.parquet", "metrics.json"),
        *("model.safetensors", "preprocess.json", "environment.json", "README.md"),
    }
    for key in finished_runs(out):
        assert {path.name for path in (out / "runs" / key).iterdir()} == run_names


def test_a_run_records_its_seed_and_the_images_it_was_trained_on(finished):
    _, out, _ = finished
    for key in finished_runs(out):
        found = json.loads((out / "runs" / key / "environment.json").read_text())
        question = tomllib.loads((out / "runs" / key / "run.toml").read_text())["question"]
        assert (found["seed"], found["dataset"]) == (0, question["dataset"])
        assert found["git"] is None  # no work tree was named
        assert found["energy_kwh"] is None or found["energy_kwh"] >= 0


def test_a_run_records_the_commit_of_the_study_file(finished, tmp_path, monkeypatch):
    file, out, _ = finished
    mine = tmp_path / "results"
    shutil.copytree(out, mine)
    key = pd.read_csv(out / "runs.csv").query("source == 'random'")["key"].iloc[0]
    shutil.rmtree(mine / "runs" / key)
    commit = {"commit": "c" * 40, "dirty": False}
    monkeypatch.setattr("warmstart.studies.runner.commit_of", {tmp_path: commit}.get)
    run(file, mine, study_folder=tmp_path)
    found = json.loads((mine / "runs" / key / "environment.json").read_text())
    assert found["git"] == commit


def test_a_finished_study_run_again_trains_nothing_and_loads_no_pytorch(finished):
    file, out, _ = finished
    before = finished_runs(out)
    results = (out / "results.csv").read_bytes()
    code = (
        "import sys, runpy\n"
        f"sys.argv = ['warmstart', 'study', 'run', {str(file)!r}, '--out', {str(out)!r}]\n"
        "try: runpy.run_module('warmstart.cli.main', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "heavy = {'torch', 'timm', 'altair', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    environment = os.environ | {"WARMSTART_CACHE": str(out.parent / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Report: " in done.stdout
    assert finished_runs(out) == before
    assert (out / "results.csv").read_bytes() == results


@pytest.mark.parametrize("runs_before_kill", [0, 1, 3])
def test_killed_and_started_again_the_results_are_the_same(
    finished, images, tmp_path, runs_before_kill
):
    file, out, _ = finished
    mine = tmp_path / "results"
    every_epoch = "import warmstart.training.run as r; r.CHECKPOINT_SECONDS = 0.0; "
    start = "from warmstart.cli.main import main; main()"
    arguments = ["study", "run", file, "--out", mine, "--device", "cpu"]
    process = subprocess.Popen(
        [sys.executable, "-c", every_epoch + start, *map(str, arguments)],
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while len(finished_runs(mine)) < runs_before_kill and time.monotonic() < deadline:
        time.sleep(0.01)
    if not runs_before_kill:
        time.sleep(1.5)
    while runs_before_kill and not list((mine / "runs").glob(".partial/*/*")):
        assert process.poll() is None, "the study ended before it could be killed"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = finished_runs(mine)
    assert runs_before_kill <= len(before) < RUNS
    run(file, mine)
    after = finished_runs(mine)
    assert {key: after[key] for key in before} == before  # no finished run is repeated
    assert (mine / "results.csv").read_bytes() == (out / "results.csv").read_bytes()


@pytest.mark.parametrize("damage", ["", "{", None], ids=["empty", "cut off", "gone"])
def test_a_damaged_run_is_done_again(finished, tmp_path, damage):
    file, out, _ = finished
    mine = tmp_path / "results"
    shutil.copytree(out, mine)
    broken = next(iter(finished_runs(mine)))
    outcome = mine / "runs" / broken / "metrics.json"
    outcome.unlink() if damage is None else outcome.write_text(damage)
    _, listener = run(file, mine)
    assert [key for key, _ in listener.ended] == [broken]
    assert (mine / "results.csv").read_bytes() == (out / "results.csv").read_bytes()


def test_a_report_of_a_folder_without_its_runs_is_refused(finished, tmp_path):
    _, out, _ = finished
    mine = tmp_path / "results"
    shutil.copytree(out, mine, ignore=shutil.ignore_patterns("runs"))
    _, messages = warmstart("study", "report", mine, code=2)
    assert messages == (
        f"warmstart: {mine} holds results but none of its runs; its tables are left as they are. "
        "Bring the folder runs/ back, or run the study again.\n"
    )
    assert (mine / "results.csv").read_bytes() == (out / "results.csv").read_bytes()


def test_the_results_are_the_same_whatever_the_number_of_jobs(finished, tmp_path):
    file, out, _ = finished
    written, _ = run(file, tmp_path / "results", jobs=2)
    assert (tmp_path / "results" / "results.csv").read_bytes() == (out / "results.csv").read_bytes()
    assert (written.runs["state"] == "done").all()


def test_two_processes_share_a_folder(finished, tmp_path):
    file, out, _ = finished
    mine = tmp_path / "results"
    both = [
        subprocess.Popen(
            command("study", "run", file, "--out", mine, "--device", "cpu"),
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    messages = [process.communicate(timeout=200)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], messages
    assert (mine / "results.csv").read_bytes() == (out / "results.csv").read_bytes()
    assert len(finished_runs(mine)) == RUNS


def test_a_diverged_run_is_named_with_its_epoch_and_cause_and_the_others_are_done(images, tmp_path):
    file = write_study(images, pairs={"random->lesions": {"finetune": {"learning_rate": 1e30}}})
    stdout, stderr = warmstart("study", "run", file, "--out", tmp_path / "out", code=1)
    named = [
        "2 failed: The loss became nan in epoch 1; lower learning_rate (now 1e+30).",
        "  random -> lesions, fold 1; random -> lesions, fold 2",
    ]
    assert stderr.splitlines()[-3:] == [
        *named,
        "The same command with --retry-failed repeats them.",
    ]
    assert "2 of 5 runs failed" in stdout
    states = pd.read_csv(tmp_path / "out" / "runs.csv")["state"].value_counts()
    assert dict(states) == {"done": 3, "failed": 2}
    status, _ = warmstart("study", "status", tmp_path / "out")
    assert status.splitlines() == [
        "3 done, 0 running, 2 failed, 0 to do",
        *named,
        "Repeat them: warmstart study run STUDY.toml --retry-failed",
    ]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "The loss became nan" in page
    write_study(images)
    warmstart("study", "run", file, "--out", tmp_path / "out")
    assert set(pd.read_csv(tmp_path / "out" / "runs.csv")["state"]) == {"done"}


def test_a_failed_run_stays_failed_until_it_is_retried_anew(finished, tmp_path):
    file, out, _ = finished
    mine = tmp_path / "results"
    shutil.copytree(out, mine)
    runs = pd.read_csv(out / "runs.csv").query("source == 'shapes'").set_index("kind")["key"]
    place = Place(folder=mine)
    for key in runs:
        shutil.rmtree(place.run(key))
    failed = runs["pretrain"]
    place.partial(failed).mkdir(parents=True)
    (place.partial(failed) / "training.pt").write_text("kept before it failed")
    place.failure(failed).parent.mkdir(exist_ok=True)
    place.failure(failed).write_text("The loss became nan in epoch 1.\n")
    written, listener = run(file, mine)
    assert listener.ended == []
    assert (place.partial(failed) / "training.pt").is_file()
    reasons = written.runs.query("state == 'failed'").set_index("key")["reason"].to_dict()
    assert reasons == {
        failed: "The loss became nan in epoch 1.",
        **dict.fromkeys(runs["finetune"], "needs pretrain shapes, which failed"),
    }
    _, listener = run(file, mine, retry_failed=True)
    assert sorted(listener.ended) == sorted((key, None) for key in runs)
    assert (mine / "results.csv").read_bytes() == (out / "results.csv").read_bytes()
    assert not list((mine / "runs" / ".failed").iterdir())


def test_a_run_whose_pretraining_failed_says_so(images, tmp_path):
    file = write_study(images, pretrain={"learning_rate": 1e30, "image_size": 16})
    _, listener = run(file, tmp_path / "out")
    first, *others = sorted(error for _, error in listener.ended if error)
    text = (
        r"The loss became nan in epoch 2; lower learning_rate \(now 1e\+30\). It was .* in epoch 1."
    )
    assert re.fullmatch(text, first)
    assert others == ["needs pretrain shapes, which failed"] * 2


def test_the_trial_with_the_best_validation_value_is_chosen(images, tmp_path):
    file = write_study(images, tune={"learning_rate": [1e-6, 3e-3]})
    written, _ = run(file, tmp_path / "out")
    runs = written.runs.query("kind == 'finetune'")
    assert len(runs) == 2 * 2 * 2
    for _, cell in runs.groupby(["source", "fold"]):
        values = []
        for key in cell["key"]:
            stored = pd.read_parquet(tmp_path / "out" / "runs" / key / "predictions.parquet")
            part = stored[stored["part"] == "validation"]
            values.append(roc_auc(part["label"], part["score_1"]))
        assert list(cell["chosen"]) == [i == int(np.argmax(values)) for i in range(2)]
    assert len(pd.read_csv(tmp_path / "out" / "results.csv")) == 2 * 2 * 4
    page = (tmp_path / "out" / "report.html").read_text()
    assert "learning_rate" in page


def test_derived_datasets_arms_and_seeds_run(images, tmp_path):
    file = write_study(
        images,
        seeds=[0, 1],
        datasets={
            "shapes": {"reader": "folder", "root": "shapes"},
            "lesions": {"reader": "folder", "root": "lesions"},
            "few": {"derive": "shapes", "subset": {"n": 18}},
        },
        sources={"shapes": {"start": "dataset:shapes"}, "few": {"start": "dataset:few"}},
        targets={"lesions": {"dataset": "lesions"}},
        arms={
            "small": {"train_images": 6},
            "linear": {"tune": "head", "sources": ["few"]},
            "late": {"sources": ["few"], "finetune": {"last_stages": 1, "image_size": 24}},
        },
    )
    written, _ = run(file, tmp_path / "out")
    assert (written.runs["state"] == "done").all()
    results = pd.read_csv(tmp_path / "out" / "results.csv")
    assert set(results.query("arm == 'small'")["n_train"]) == {6}
    assert set(results.query("arm == 'linear'")["source"]) == {"few"}
    assert set(results["seed"]) == {0, 1}
    prepared = (tmp_path / "cache" / "prepared").glob("*/pixels.npy")
    sizes = [np.load(file, mmap_mode="r").shape[1] for file in prepared]
    assert sizes.count(16) == 2  # the derived dataset shares its parent's images
    assert sizes.count(24) == 1  # those of the target, which one arm shows larger
    runs = written.runs.query("source == 'few' and seed == 0")
    origin = runs.query("kind == 'pretrain'")["key"].item()
    late = runs.query("arm == 'late' and fold == 0")["key"].item()
    before, after = (
        load_file(tmp_path / "out" / "runs" / key / "model.safetensors") for key in (origin, late)
    )
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert any(name.startswith("conv_head") for name in moved)
    assert not any(name.startswith(("conv_stem", "blocks")) for name in moved)


def test_several_labels_run_and_are_named_in_the_results(tmp_path):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, (40, 3)).astype(np.uint8)
    pixels = rng.integers(0, 120, (40, 28, 28), dtype=np.uint8) + labels[:, :1, None] * 100
    parts = {"train": slice(0, 24), "val": slice(24, 30), "test": slice(30, 40)}
    arrays = {f"{part}_images": pixels[rows] for part, rows in parts.items()}
    arrays |= {f"{part}_labels": labels[rows] for part, rows in parts.items()}
    np.savez_compressed(tmp_path / "chest.npz", **arrays)
    chest = {"reader": "medmnist", "root": "chest.npz", "class_names": ["a", "b", "c"]}
    file = write_study(tmp_path, datasets={"chest": chest}, sources={})
    written, _ = run(file, tmp_path / "out")
    assert (written.runs["state"] == "done").all()
    results = pd.read_csv(tmp_path / "out" / "results.csv")
    assert set(results["label"]) == {"a", "b", "c"}
    summary = pd.read_csv(tmp_path / "out" / "summary.csv", keep_default_na=False)
    assert set(summary["label"]) == {"", "a", "b", "c"}


def test_the_papers_baseline_runs(images, tmp_path):
    file = write_study(images, protocol={"folds": 2, "threads": 1, "baseline": "paper"})
    written, _ = run(file, tmp_path / "out")
    assert (written.runs["state"] == "done").all()
    summary = pd.read_csv(tmp_path / "out" / "summary.csv").set_index("source")
    assert summary.loc["lesions", "transferability"] == 0


def test_starts_that_change_weights_share_the_pretraining_and_run(images, tmp_path):
    file = write_study(
        images,
        sources={
            "shapes": {"start": "dataset:shapes"},
            "scale": {"start": "mean-var:dataset:shapes"},
            "stem": {"start": "transfuse:dataset:shapes@stem"},
        },
        finetune={"epochs": 1, "image_size": 16, "batch_size": 8, "learning_rate": 1e-9},
    )
    written, _ = run(file, tmp_path / "out")
    assert (written.runs["state"] == "done").all()
    pretrained = written.runs.query("kind == 'pretrain'")
    assert pretrained["key"].nunique() == 1
    runs = tmp_path / "out" / "runs"
    origin = load_file(runs / pretrained["key"].iloc[0] / "model.safetensors")
    finetuned = written.runs.query("kind == 'finetune' and fold == 0").set_index("source")["key"]
    stem, later = "conv_stem.weight", "blocks.1.0.conv_dw.weight"
    found = {
        source: load_file(runs / key / "model.safetensors") for source, key in finetuned.items()
    }
    same = lambda source, name: torch.allclose(found[source][name], origin[name], atol=1e-6)  # noqa: E731
    if later not in origin:
        later = next(n for n in origin if n.startswith("blocks.1") and n.endswith("weight"))
    assert same("shapes", stem)
    assert same("shapes", later)
    assert same("stem", stem)
    assert not same("stem", later)
    assert not same("scale", stem)
    card = (runs / finetuned["scale"] / "README.md").read_text()
    assert f"mean-var of run `{pretrained['key'].iloc[0]}`" in card
