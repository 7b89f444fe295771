"""Options that the commands of the atlas share."""

from pathlib import Path
from typing import Annotated

import typer

MINE = Path("atlas")
"""Where one's own atlas lies, unless it is named."""

OwnAtlas = Annotated[
    Path | None,
    typer.Option(
        "--atlas",
        help="Your own atlas, beside the one that ships; by default ./atlas, where there is one.",
        metavar="DIR",
        show_default=False,
    ),
]


def own_atlas(named: Path | None) -> Path | None:
    """One's own atlas: as named, or in the current folder; ``None`` where there is none."""
    return MINE if named is None and MINE.is_dir() else named
