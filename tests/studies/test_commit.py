import os
import shutil
import subprocess
import sys

import pytest

from warmstart.studies import commit
from warmstart.studies.commit import commit_of


@pytest.fixture
def git(tmp_path, monkeypatch):
    """A repository of one commit, and git in it."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    who = {"NAME": "A", "EMAIL": "a@example.org"}
    for role in ("AUTHOR", "COMMITTER"):
        for key, value in who.items():
            monkeypatch.setenv(f"GIT_{role}_{key}", value)
    folder = tmp_path / "repository"
    folder.mkdir()

    def call(*arguments):
        subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)

    call("init", "-b", "main")
    (folder / "study.toml").write_text("title = 'a'\n")
    call("add", "study.toml")
    call("commit", "-m", "a study")
    call.folder = folder
    return call


def test_the_commit_is_that_of_the_branch_in_every_folder_of_the_work_tree(git):
    head = (git.folder / ".git" / "refs" / "heads" / "main").read_text().strip()
    inner = git.folder / "studies"
    inner.mkdir()
    assert commit_of(git.folder) == commit_of(inner) == {"commit": head, "dirty": False}


def test_a_changed_file_makes_it_dirty_and_a_new_one_does_not(git):
    (git.folder / "results.csv").write_text("new")
    assert commit_of(git.folder)["dirty"] is False
    (git.folder / "study.toml").write_text("title = 'b'\n")
    assert commit_of(git.folder)["dirty"] is True


def test_there_is_none_without_a_commit_a_work_tree_or_git(git, tmp_path, monkeypatch):
    assert commit_of(tmp_path / "absent") is None
    empty = tmp_path / "empty"
    empty.mkdir()
    assert commit_of(empty) is None
    subprocess.run(["git", "init", empty], check=True, capture_output=True)
    assert commit_of(empty) is None
    monkeypatch.setenv("PATH", str(empty))
    assert commit_of(git.folder) is None


@pytest.mark.skipif(sys.platform == "win32", reason="needs a script for a program")
def test_git_is_not_waited_for_for_long(git, tmp_path, monkeypatch):
    slow = tmp_path / "git"
    real = shutil.which("git")
    slow.write_text(f'#!/bin/sh\ncase "$*" in *status*) exec sleep 60;; esac\nexec {real} "$@"\n')
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(commit, "SECONDS", 0.5)
    found = commit_of(git.folder)
    assert found is not None
    assert found["dirty"] is None


@pytest.mark.skipif(sys.platform == "win32", reason="needs a script for a program")
def test_a_work_tree_cannot_have_a_program_run(git, tmp_path):
    trap, proof = tmp_path / "trap", tmp_path / "proof"
    trap.write_text(f"#!/bin/sh\ntouch {proof}\n")
    trap.chmod(0o755)
    git("config", "core.fsmonitor", str(trap))
    assert commit_of(git.folder)["dirty"] is False
    assert not proof.exists()
    git("status")
    assert proof.exists()  # the trap was a real one
