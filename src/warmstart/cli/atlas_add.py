"""``warmstart atlas add``."""

from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli.atlas_options import MINE


def add(
    path: Annotated[
        str,
        typer.Argument(help="Study folder, table of results, or published tables (or their name)."),
    ],
    atlas: Annotated[
        Path, typer.Option("--atlas", help="Folder of your atlas.", metavar="DIR")
    ] = MINE,
    measures: Annotated[
        Path | None, typer.Option(help="Table of measures beside a table of results.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    licence: Annotated[str | None, typer.Option(help="Licence of the tables.")] = None,
) -> None:
    """Take a study into your atlas; a name of the catalogue is fetched first."""
    from warmstart.core.text import counted
    from warmstart.recommendation.atlas import add as take_in
    from warmstart.recommendation.catalogue import CATALOGUE, fetch

    known = path in CATALOGUE and not Path(path).exists()
    place = fetch(path, atlas / ".published") if known else Path(path)
    card = take_in(atlas, place, measures=measures, name=name, licence=licence)
    typer.echo(f"{card.name}: {counted(len(card.targets), 'target')}, licence {card.licence}")
    for note in card.notes:
        typer.echo(note)
