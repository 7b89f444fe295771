"""Run a study and show how it goes and what it came to."""

from pathlib import Path

import typer

from warmstart.studies.config import Study
from warmstart.studies.runner import Options, run_study


def run_and_show(
    study: Study,
    *,
    base: Path,
    out: Path,
    jobs: int = 1,
    device: str = "auto",
    skip_unreadable: bool = False,
) -> None:
    """Run a study; exit with 1 where a run failed."""
    from warmstart.cli.progress import listening

    options = Options(
        base=base,
        out=out,
        jobs=jobs,
        device=device,
        skip_unreadable=skip_unreadable,
    )
    with listening() as listener:
        written = run_study(study, options, listener)
    typer.echo(written.summary)
    failed = written.runs[written.runs["state"] == "failed"]
    for reason in failed["reason"].unique():
        count = int((failed["reason"] == reason).sum())
        typer.echo(f"{count} failed: {reason}", err=True)
    typer.echo(f"Report: {written.report}")
    if len(failed):
        raise typer.Exit(1)
