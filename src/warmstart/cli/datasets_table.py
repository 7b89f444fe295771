"""``warmstart datasets table``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from warmstart.cli.options import Changes, DataRoot, StudyFile


def table(
    study_file: StudyFile,
    style: Annotated[
        Literal["csv", "markdown", "latex", "html"] | None,
        typer.Option("--format", help="By default that of --out, else markdown."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write to this .csv, .md, .tex or .html file.")
    ] = None,
    changes: Changes = None,
    data_root: DataRoot = None,
) -> None:
    """Print Table I: every dataset of a study, also those that are derived."""
    from warmstart.cli.progress import listening
    from warmstart.core.places import cache_folder
    from warmstart.core.store import write_file
    from warmstart.studies.dataset_table import dataset_table, format_of
    from warmstart.studies.study_file import read_study

    write = format_of(style, out)
    study = read_study(study_file, tuple(changes or ()))
    with listening() as listener:
        datasets = dataset_table(
            study,
            base=data_root or study_file.parent,
            cache=cache_folder(),
            say=listener.say,
            step=listener.step,
        )
    text = write(datasets)
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_file(out, text)
        typer.echo(f"Table: {out}")
