"""The git commit of a folder, where it has one."""

import os
import subprocess
from pathlib import Path

SECONDS = 5.0
"""How long git is waited for."""


def commit_of(folder: Path) -> dict[str, str | bool | None] | None:
    """Return the commit that a folder's work tree is at, and whether tracked files have changed.

    Returns:
        ``commit``, and ``dirty``, which is ``None`` where git cannot tell in time; or ``None``
        without git, without a work tree, or before its first commit.
    """
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": None if changed is None else bool(changed)}


def _git(folder: Path, *arguments: str) -> str | None:
    # A work tree may be anybody's: it names no program that git then runs, and nothing is locked.
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", *arguments]
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, env=environment, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()
