"""``warmstart study new``."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def new(
    images: Annotated[
        Path,
        typer.Argument(
            help="Folder of class folders, a CSV file, or a MedMNIST .npz.", metavar="IMAGES"
        ),
    ],
    labels: Annotated[Path | None, typer.Option(help="CSV file with paths and labels.")] = None,
    path_column: Annotated[str | None, typer.Option(help="Column of the paths.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of the labels.")] = None,
    group_column: Annotated[
        str | None, typer.Option(help="Column of the patients, lesions or slides.")
    ] = None,
) -> None:
    """Look at images and write a complete, commented study to the standard output."""
    from warmstart.studies.new import new_study

    named = {
        "path_column": path_column,
        "label_column": label_column,
        "group_column": group_column,
    }
    columns = {key: value for key, value in named.items() if value is not None}
    text = new_study(images, labels=labels, columns=columns)
    sys.stdout.buffer.write(text.encode())  # UTF-8 whatever the terminal's code page: it is TOML
    sys.stdout.flush()
