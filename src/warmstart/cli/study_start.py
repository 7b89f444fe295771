"""``warmstart study start``."""

from pathlib import Path
from typing import Annotated

import typer


def start(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN_FOLDER")],
) -> None:
    """Rebuild the weights that a run started from, in RUN_FOLDER/start."""
    from warmstart.core.places import cache_folder
    from warmstart.studies.run_starts import START, write_start

    checked = write_start(run, cache_folder())
    typer.echo(
        f"{run / START}: the weights before the first step, "
        + ("bit for bit" if checked else "not checked: the run recorded no digest of them")
    )
