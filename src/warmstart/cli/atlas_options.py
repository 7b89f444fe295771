"""Options that the commands of the atlas share."""

from pathlib import Path
from typing import Annotated

import typer

ATLAS = Annotated[Path, typer.Option("--atlas", help="Folder of the atlas.", metavar="DIR")]
