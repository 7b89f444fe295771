"""``warmstart measures compare``."""

from pathlib import Path
from typing import Annotated

import typer


def compare(
    a: Annotated[Path, typer.Argument(help="A dataset, or the folder of a run.")],
    b: Annotated[Path, typer.Argument(help="Another of the same kind.")],
    on: Annotated[Path | None, typer.Option(help="Images on which two runs are compared.")] = None,
    reader: Annotated[str, typer.Option(help="How datasets are read.")] = "folder",
    network: Annotated[
        str, typer.Option(help="Whose features of two datasets are compared.")
    ] = "tf_efficientnet_lite0",
    size: Annotated[int, typer.Option(min=8, help="Side at which they are shown to it.")] = 64,
    images: Annotated[
        int, typer.Option(min=8, help="Images of a dataset that are looked at, at most.")
    ] = 2000,
) -> None:
    """Compare two datasets, or two trained networks on the same images."""
    from warmstart.cli.progress import listening
    from warmstart.core.places import cache_folder
    from warmstart.errors import ConfigError
    from warmstart.studies.comparing import (
        checkpoint_lines,
        dataset_lines,
        is_checkpoint,
        read_checkpoint,
    )
    from warmstart.studies.one_dataset import read_one

    networks = [is_checkpoint(place) for place in (a, b)]
    if any(networks) != all(networks) or (on is None) == all(networks):
        raise ConfigError(
            "Compare two datasets (A B), or the folders of two runs on images (A B --on IMAGES); "
            f"got {a} and {b}{' --on ' + str(on) if on else ''}."
        )
    cache = cache_folder()
    with listening() as listener:
        if on is not None:
            lines = checkpoint_lines(
                read_checkpoint(a),
                read_checkpoint(b),
                read_one(reader, on),
                most=images,
                cache=cache,
                step=listener.step,
            )
        else:
            lines = dataset_lines(
                read_one(reader, a),
                read_one(reader, b),
                network=network,
                size=size,
                most=images,
                cache=cache,
                step=listener.step,
            )
        found = list(lines)
    typer.echo("\n".join(found))
