"""Runs that fail are named with their cause, and the others are done."""

import re

import pandas as pd

from run_in_process import run
from small_study import warmstart, write_study


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


def test_a_run_whose_pretraining_failed_says_so(images, tmp_path):
    file = write_study(images, pretrain={"learning_rate": 1e30, "image_size": 16})
    _, listener = run(file, tmp_path / "out")
    first, *others = sorted(error for _, error in listener.ended if error)
    text = (
        r"The loss became nan in epoch 2; lower learning_rate \(now 1e\+30\). It was .* in epoch 1."
    )
    assert re.fullmatch(text, first)
    assert others == ["needs pretrain shapes, which failed"] * 2
