"""How a study is run."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from warmstart.core.places import cache_folder

DeviceName = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a study is run; nothing here changes its numbers.

    Attributes:
        base: Folder that relative roots and weights are relative to.
        out: The study folder.
        cache: Where prepared images, digests and weights are kept.
        jobs: Runs at once.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        devices: How many of them share each run.
        skip_unreadable: Leave out images that cannot be read.
        retry_failed: Do runs again that failed earlier.
        study_folder: Where the study file lies; runs record its git commit.
    """

    base: Path
    out: Path
    cache: Path = field(default_factory=cache_folder)
    jobs: int = 1
    device: str = "auto"
    devices: int = 1
    skip_unreadable: bool = False
    retry_failed: bool = False
    study_folder: Path | None = None
