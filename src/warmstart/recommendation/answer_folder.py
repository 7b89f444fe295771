"""The folder of an answer: whose it is, what is written there, and what is taken away."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warmstart.core.identity import question_key
from warmstart.core.store import storing, write_file
from warmstart.core.text import first_few
from warmstart.errors import ConfigError
from warmstart.recommendation.trial_study import title_of
from warmstart.studies.write import ANSWER

ALWAYS = frozenset({ANSWER, "answer.txt", "methods.txt", "report.html"})
MODEL = frozenset(
    {"model.safetensors", "preprocess.json", "README.md", "predictions.csv", "performance.csv"}
)
FIGURES = frozenset(
    f"figures/{name}.{suffix}" for name in ("roc", "calibration") for suffix in ("csv", "svg")
)
_STUDY = frozenset({"study.toml", "measures.csv", "measures.parquet"})
"""Files of the study behind an answer, which are written before there is one."""
ALL = ALWAYS | MODEL | FIGURES | _STUDY
"""Every file that may be written."""
_LIST = ".answer-files.json"
"""Says which images an answer is for and what was delivered, so that no other answer takes its
place, and none takes away or replaces a file of somebody else."""
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class AnswerFolder:
    """Where the answer for some images lies.

    Attributes:
        out: The folder.
        images: What the images were read from.
        labels: The table of their labels, if it is another file.
        name: What the images are called.
    """

    out: Path
    images: Path
    labels: Path | None
    name: str

    def check(self) -> None:
        """Refuse a folder whose files would be taken for images, or replaced by the answer's.

        Raises:
            ConfigError: If it lies among the images, or holds files that are not of an earlier
                answer for the same images.
        """
        self._check_apart()
        title = _title(self.out)
        if title is not None and title != title_of(self.name):
            raise ConfigError(
                f"out is {self.out}, which holds another study, {title!r}; the answer would "
                "replace its files; choose another folder for it."
            )
        known, delivered = _held(self.out)
        if known is not None and known != self._whose:
            raise ConfigError(
                f"out is {self.out}, which holds the answer for other images that are called "
                f"{self.name!r} too; choose another folder for this one with out=DIR."
            )
        own = delivered if known is None else delivered | _STUDY | _of_study(self.out)
        foreign = [name for name in sorted(ALL - own) if os.path.lexists(self.out / name)]
        if foreign:
            raise ConfigError(
                f"out is {self.out}, which holds {first_few(foreign, _SHOWN)}, not of an earlier "
                "answer for these images; the answer would replace what is there; choose another "
                "folder for it."
            )

    def take(self) -> None:
        """Say in the folder whose it is.

        Raises:
            StoreError: If it cannot be written.
        """
        _write_list(self.out, self._whose, _held(self.out)[1])

    @property
    def _whose(self) -> str:
        """Names the images without telling where they lie; folders may be moved together."""
        paths = [self.images, *([] if self.labels is None else [self.labels])]
        return question_key([_from(path.resolve(), self.out.resolve()) for path in paths])

    def _check_apart(self) -> None:
        """Beside folders of classes an answer is told from them by its study; within it is not."""
        among, root = self.out.resolve(), self.images.resolve()
        own = among.parent == root and (
            not self.out.exists() or (self.out / "study.toml").is_file()
        )
        within = self.labels is None and root in among.parents and not own
        if root.is_dir() and (among == root or within):
            which = "the folder of the images" if among == root else "among the images"
            raise ConfigError(f"out is {self.out}, {which}; choose another folder for the answer.")


def replace_files(folder: Path, files: Mapping[str, bytes | str]) -> None:
    """Write the files of an answer, and take away those of an earlier one that it does not have.

    Args:
        folder: The folder of the answer.
        files: Contents by name.

    Raises:
        StoreError: If the folder cannot be written.
    """
    whose, delivered = _held(folder)
    with storing(folder):
        for name in sorted(delivered - set(files)):
            (folder / name).unlink(missing_ok=True)
            _remove_empty((folder / name).parent, folder)
    _write_list(folder, whose, set(files))
    for name, content in files.items():
        write_file(folder / name, content)


def _remove_empty(inner: Path, folder: Path) -> None:
    if inner != folder and inner.is_dir() and not any(inner.iterdir()):
        inner.rmdir()


def _write_list(folder: Path, whose: str | None, files: set[str]) -> None:
    told = {"images": whose, "files": sorted(files)}
    write_file(folder / _LIST, json.dumps(told, indent=1) + "\n")


def _held(folder: Path) -> tuple[str | None, set[str]]:
    """Whose answer a folder holds, and names of its files, as far as they lie in the folder."""
    try:
        told = json.loads((folder / _LIST).read_text("utf-8"))
        whose, names = told["images"], list(told["files"])
    except (OSError, ValueError, TypeError, KeyError):
        return None, set()
    inside = folder.resolve()
    own = {n for n in names if isinstance(n, str) and inside in (folder / n).resolve().parents}
    return whose, own


def _title(folder: Path) -> object:
    """Title of the study in a folder; ``None`` where there is none."""
    try:
        return tomllib.loads((folder / "study.toml").read_text("utf-8")).get("title")
    except (OSError, ValueError):
        return None


def _of_study(folder: Path) -> frozenset[str]:
    """What ``warmstart study run`` writes where there is no answer yet."""
    return FIGURES | {"report.html"} if (folder / "runs.csv").is_file() else frozenset()


def _from(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return path.as_posix()
