"""``warmstart datasets check``."""

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


def check(
    reader: ReaderName,
    root: Root = None,
    labels: Labels = None,
    path_column: PathColumn = None,
    label_column: LabelColumn = None,
    group_column: GroupColumn = None,
    options: ReaderOptions = None,
    folds: Annotated[int, typer.Option(min=2, help="Folds the dataset will be split into.")] = 5,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the pairs found: a table and their pictures.")
    ] = None,
) -> None:
    """Look for damage, copies and leaks in a dataset.

    Exit code 0: nothing found, 1: something found, 2: it could not be checked.
    """
    from warmstart.cli.progress import listening, transferring
    from warmstart.cli.target_options import columns_of
    from warmstart.core.places import cache_folder
    from warmstart.studies.check import check_lines, check_one, write_check
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
        checked = check_one(looked, cache_folder(), folds=folds, step=listener.step)
    written = write_check(checked, out) if out is not None else ()
    for line in check_lines(checked, written):
        typer.echo(line)
    if checked.found:
        raise typer.Exit(1)
