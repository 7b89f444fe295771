"""``warmstart study report``."""

from typing import Annotated

import typer

from warmstart.cli.options import StudyFolder


def report(
    folder: StudyFolder,
    share: Annotated[
        bool, typer.Option("--share", help="Leave out the pictures, for a page meant for others.")
    ] = False,
) -> None:
    """Write tables and report again from what is done."""
    from warmstart.studies.status import write_again

    typer.echo(f"Report: {write_again(folder, share=share)}")
