"""A study of real runs, whole, killed, shared between processes, and run again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib

import pandas as pd
import pytest

from run_in_process import run
from small_study import command, warmstart, write_images, write_study
from warmstart.metrics import roc_auc
from warmstart.studies.jobs import Place

RUNS = 5  # one pretraining, two sources on two folds


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The small study, run without interruption in this process."""
    images = tmp_path_factory.mktemp("images")
    write_images(images / "shapes", ("circle", "square", "star"), seed=1)
    write_images(images / "lesions", ("benign", "malignant"), seed=2)
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
def test_killed_and_started_again_the_results_are_the_same(finished, tmp_path, runs_before_kill):
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
