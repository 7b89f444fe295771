"""``warmstart datasets download``."""

from pathlib import Path
from typing import Annotated

import typer


def download(
    name: Annotated[
        str | None, typer.Argument(help="A release; without a name they are listed.")
    ] = None,
    to: Annotated[Path, typer.Option(help="Folder for the file.", metavar="DIR")] = Path(),
    address: Annotated[
        str | None, typer.Option(help="Fetch it from another place, such as a mirror.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List what there is.")] = False,
) -> None:
    """Download a public release and check it; goes on where it stopped."""
    from warmstart.cli.progress import transferring
    from warmstart.core.names import lookup
    from warmstart.data.download import download as fetch
    from warmstart.data.releases import RELEASES
    from warmstart.studies.downloads import release_lines, use_lines

    if name is None or listed:
        lines = release_lines(RELEASES)
    else:
        release = lookup("release", name, RELEASES)
        with transferring(f"downloading {name}") as progress:
            file = fetch(release, to, address=address, progress=progress)
        lines = use_lines(release, file)
    for line in lines:
        typer.echo(line)
