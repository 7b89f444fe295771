"""``warmstart atlas list``."""

from pathlib import Path

import typer

from warmstart.cli.atlas_options import ATLAS


def list_atlas(atlas: ATLAS = Path("atlas")) -> None:
    """List the studies of the atlas."""
    from warmstart.recommendation.atlas import atlas_lines, read_atlas

    typer.echo("\n".join(atlas_lines(read_atlas(atlas))))
