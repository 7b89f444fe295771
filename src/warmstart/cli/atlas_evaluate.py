"""``warmstart atlas evaluate``."""

from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli.atlas_options import ATLAS


def evaluate(
    atlas: ATLAS = Path("atlas"),
    always: Annotated[str, typer.Option(help="The source taken without thinking.")] = "imagenet",
) -> None:
    """Say how often recommendations from this atlas would have been right."""
    from warmstart.recommendation.atlas import atlas_places, read_atlas
    from warmstart.recommendation.evaluation_lines import evaluation_lines

    places = atlas_places(read_atlas(atlas))
    typer.echo("\n".join(evaluation_lines(places, always=always)))
