"""``warmstart atlas list``."""

import typer

from warmstart.cli.atlas_options import OwnAtlas, own_atlas


def list_atlas(atlas: OwnAtlas = None) -> None:
    """List the studies of the atlas: those that ship, and your own."""
    from warmstart.recommendation.atlas import all_experience, atlas_lines

    typer.echo("\n".join(atlas_lines(all_experience(own_atlas(atlas)))))
