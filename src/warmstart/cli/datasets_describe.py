"""``warmstart datasets describe``."""

from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli.dataset_options import (
    GroupColumn,
    LabelColumn,
    Labels,
    PathColumn,
    ReaderName,
    ReaderOptions,
    Root,
)


def describe(
    reader: ReaderName,
    root: Root = None,
    labels: Labels = None,
    path_column: PathColumn = None,
    label_column: LabelColumn = None,
    group_column: GroupColumn = None,
    options: ReaderOptions = None,
    out: Annotated[Path, typer.Option(help="Folder for the picture grid and its table.")] = Path(),
    every_class: Annotated[
        bool, typer.Option("--all", help="List every class, also where there are many.")
    ] = False,
) -> None:
    """Say what a dataset holds, and draw a grid of its images.

    Writes NAME-grid.png, a row of images per class, and NAME-grid.csv, which image stands where.
    """
    from warmstart.cli.progress import listening, transferring
    from warmstart.cli.target_options import columns_of
    from warmstart.core.places import cache_folder
    from warmstart.studies.describe import describe_lines
    from warmstart.studies.grid import picture_grid, write_grid
    from warmstart.studies.one_dataset import look_at, read_one

    with transferring("unpacking") as unpacking:
        dataset = read_one(
            reader,
            root,
            labels=labels,
            columns=columns_of(path_column, label_column, None, group_column),
            changes=options or (),
            unpacking=unpacking,
        )
    with listening() as listener:
        looked = look_at(dataset, cache_folder(), listener.step)
    for line in describe_lines(looked, every_class=every_class):
        typer.echo(line)
    picture, table = write_grid(picture_grid(looked), dataset.name, out)
    typer.echo(f"Pictures: {picture}\nTheir files: {table}")
