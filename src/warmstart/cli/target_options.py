"""Options that name a user's own images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

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
LabelColumns = Annotated[
    str | None,
    typer.Option(
        help="Columns of several yes/no labels, 0, 1 or blank, with commas between.",
        metavar="A,B,...",
    ),
]
GroupColumn = Annotated[str | None, typer.Option(help="Column of the patients, lesions or slides.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="An option of the reader: extension=.png. May be repeated.",
        metavar="KEY=VALUE",
    ),
]


def columns_of(
    path: str | None, label: str | None, labels: str | None, group: str | None
) -> dict[str, object]:
    """Options of the csv reader, those that were given."""
    several = None if labels is None else [name.strip() for name in labels.split(",")]
    named = {
        "path_column": path,
        "label_column": label,
        "label_columns": several,
        "group_column": group,
    }
    return {key: value for key, value in named.items() if value is not None}


def settings_of(changes: Sequence[str] | None) -> dict[str, Any]:
    """Options of the reader, each as ``KEY=VALUE`` in TOML; a bare word is text."""
    from warmstart.studies.study_file import make_change

    settings: dict[str, Any] = {}
    for change in changes or ():
        make_change(settings, change, example="extension=.png")
    return settings
