"""``warmstart datasets list``."""

from typing import Annotated, Literal

import typer


def list_readers(
    reader: Annotated[
        str | None,
        typer.Argument(help="Say all about this one: layout, options.", metavar="[READER]"),
    ] = None,
    style: Annotated[
        Literal["text", "markdown"],
        typer.Option("--format", help="markdown: a table, as in docs/readers.md."),
    ] = "text",
) -> None:
    """List the readers, and what each expects on disk."""
    from warmstart.data.readers import readers
    from warmstart.studies.reader_list import (
        options_markdown,
        reader_details,
        reader_lines,
        reader_markdown,
    )

    if reader is not None:
        details = [options_markdown(reader)] if style == "markdown" else reader_details(reader)
        typer.echo("\n".join(details).rstrip("\n"))
        return
    table, problems = readers().usable()
    lines = [reader_markdown(table)] if style == "markdown" else reader_lines(table)
    typer.echo("\n".join(lines).rstrip("\n"))
    for problem in problems:
        typer.echo(f"warning: {problem}", err=True)
