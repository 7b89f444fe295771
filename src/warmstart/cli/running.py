"""Run a study and show how it goes and what it came to."""

from pathlib import Path
from typing import Any

import typer

from warmstart.studies.config import Study
from warmstart.studies.failures import failure_lines
from warmstart.studies.options import Options
from warmstart.studies.runner import run_study


def run_and_show(
    study: Study,
    *,
    base: Path,
    out: Path,
    jobs: int = 1,
    device: str = "auto",
    devices: int = 1,
    skip_unreadable: bool = False,
    retry_failed: bool = False,
    study_folder: Path | None = None,
) -> None:
    """Run a study; exit with 1 where a run failed."""
    from warmstart.cli.progress import listening

    options = Options(
        base=base,
        out=out,
        jobs=jobs,
        device=device,
        devices=devices,
        skip_unreadable=skip_unreadable,
        retry_failed=retry_failed,
        study_folder=study_folder,
    )
    with listening() as listener:
        written = run_study(study, options, listener)
    typer.echo(written.summary)
    failed = written.runs[written.runs["state"] == "failed"]
    rows: Any = list(written.runs.itertuples(index=False))
    reasons = dict(zip(failed["key"], failed["reason"], strict=True))
    for line in failure_lines(rows, reasons):
        typer.echo(line, err=True)
    if reasons:
        option = "" if retry_failed else " with --retry-failed"
        typer.echo(f"The same command{option} repeats them.", err=True)
    typer.echo(f"Report: {written.report}")
    if reasons:
        raise typer.Exit(1)
