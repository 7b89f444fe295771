"""``warmstart reproduce``."""

from pathlib import Path
from typing import Annotated

import typer


def reproduce(
    study: Annotated[
        str | None, typer.Argument(help="Which; without it they are listed.", metavar="[STUDY]")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--from", help="Its tables, or a clone of its repository.", metavar="DIR"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the table to this CSV file.")] = None,
) -> None:
    """Compute the numbers of a published study again from its own tables."""
    from warmstart.reports.match_lines import match_lines
    from warmstart.studies.reproduce import list_published, write_matches
    from warmstart.studies.reproduce import reproduce as compute

    if study is None:
        typer.echo("\n".join(list_published()))
        return
    if folder is None:
        raise typer.BadParameter("name the folder of its tables.", param_hint="--from")
    published, table = compute(study, folder)
    typer.echo("\n".join(match_lines(published.title, table)))
    if out is not None:
        write_matches(table, out)
        typer.echo(f"Table: {out}")
