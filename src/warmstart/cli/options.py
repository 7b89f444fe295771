"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from warmstart.studies.options import DeviceName

StudyFile = Annotated[Path, typer.Argument(help="The study file.", metavar="STUDY.toml")]
StudyFolder = Annotated[Path, typer.Argument(help="The folder a study wrote.", metavar="DIR")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a key of the study: protocol.folds=3.", metavar="KEY=VALUE"),
]
DataRoot = Annotated[
    Path | None, typer.Option(help="What relative roots are relative to, if not the study file.")
]
Out = Annotated[
    Path | None, typer.Option(help="Study folder; by default <study name>-results beside the file.")
]
Jobs = Annotated[int, typer.Option(min=1, help="Runs at once, each in a process of its own.")]
Device = Annotated[DeviceName, typer.Option(help="auto takes a GPU where PyTorch sees one.")]
Devices = Annotated[
    int, typer.Option(min=1, help="GPUs that share each run, one run at a time; not with --jobs.")
]
SkipUnreadable = Annotated[
    bool, typer.Option("--skip-unreadable", help="Leave out images that cannot be read.")
]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Do failed runs again, anew.")]


def results_folder(study_file: Path, out: Path | None) -> Path:
    """Where a study's results go."""
    return out or study_file.parent / f"{study_file.stem}-results"
