"""``warmstart study status``."""

import typer

from warmstart.cli.options import StudyFolder


def status(folder: StudyFolder) -> None:
    """Count the runs of a study folder: done, running, failed, to do."""
    from warmstart.studies.status import status_lines

    for line in status_lines(folder):
        typer.echo(line)
