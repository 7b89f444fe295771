"""Arguments and options of the commands that look at one dataset."""

from pathlib import Path
from typing import Annotated

import typer

ReaderName = Annotated[
    str, typer.Argument(help="Its reader, see `warmstart datasets list`.", metavar="READER")
]
Root = Annotated[
    Path | None,
    typer.Argument(help="Folder or file; not needed by a few readers.", metavar="ROOT"),
]
Labels = Annotated[
    Path | None, typer.Option(help="CSV file with paths and labels; ROOT is the images' folder.")
]
PathColumn = Annotated[str | None, typer.Option(help="Its column of the paths.")]
LabelColumn = Annotated[str | None, typer.Option(help="Its column of the labels.")]
GroupColumn = Annotated[
    str | None, typer.Option(help="Its column of the patients, lesions or slides.")
]
ReaderOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="An option of the reader: groups=false. May be repeated.", metavar="KEY=VALUE"
    ),
]
