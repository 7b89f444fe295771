"""``warmstart atlas evaluate``."""

from typing import Annotated

import typer

from warmstart.cli.atlas_options import OwnAtlas, own_atlas


def evaluate(
    atlas: OwnAtlas = None,
    always: Annotated[str, typer.Option(help="The source taken without thinking.")] = "imagenet",
) -> None:
    """Say how often recommendations from this atlas would have been right."""
    from warmstart.recommendation.atlas import all_experience, atlas_places
    from warmstart.recommendation.evaluation_lines import evaluation_lines

    places = atlas_places(all_experience(own_atlas(atlas)))
    typer.echo("\n".join(evaluation_lines(places, always=always)))
