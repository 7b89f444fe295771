"""``warmstart measures list``."""

from typing import Annotated, Literal

import typer


def list_measures(
    measure: Annotated[
        str | None,
        typer.Argument(help="Say all about this one: formula, when it misleads.", metavar="[NAME]"),
    ] = None,
    style: Annotated[
        Literal["text", "markdown"],
        typer.Option("--format", help="markdown: all of them, as in docs/measures.md."),
    ] = "text",
) -> None:
    """List the measures of datasets and networks, and what each needs."""
    from warmstart.measures.table import known_measures
    from warmstart.studies.measure_list import measure_details, measure_lines, measure_markdown

    if measure is not None:
        typer.echo("\n".join(measure_details(measure)))
        return
    table, problems = known_measures()
    lines = [measure_markdown(table)] if style == "markdown" else measure_lines(table)
    typer.echo("\n".join(lines).rstrip("\n"))
    for problem in problems:
        typer.echo(f"warning: {problem}", err=True)
