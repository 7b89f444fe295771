"""Options that name a user's own images."""

from pathlib import Path
from typing import Annotated

import typer

Images = Annotated[
    Path,
    typer.Argument(
        help="Folder of class folders, a CSV file, or a MedMNIST .npz.", metavar="IMAGES"
    ),
]
Labels = Annotated[Path | None, typer.Option(help="CSV file with paths and labels.")]
PathColumn = Annotated[str | None, typer.Option(help="Column of the paths.")]
LabelColumn = Annotated[str | None, typer.Option(help="Column of the labels.")]
GroupColumn = Annotated[str | None, typer.Option(help="Column of the patients, lesions or slides.")]


def columns_of(path: str | None, label: str | None, group: str | None) -> dict[str, str]:
    """Options of the csv reader, those that were given."""
    named = {"path_column": path, "label_column": label, "group_column": group}
    return {key: value for key, value in named.items() if value is not None}
