"""``warmstart recommend``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli.atlas_options import OwnAtlas, own_atlas
from warmstart.cli.options import DataRoot, Device, SkipUnreadable
from warmstart.cli.target_options import (
    GroupColumn,
    Images,
    LabelColumn,
    LabelColumns,
    Labels,
    PathColumn,
    Settings,
)


def recommend(
    images: Images,
    labels: Labels = None,
    path_column: PathColumn = None,
    label_column: LabelColumn = None,
    label_columns: LabelColumns = None,
    group_column: GroupColumn = None,
    settings: Settings = None,
    sources: Annotated[
        Path | None,
        typer.Option(
            help="Catalogue of starting points, or a study (its file or folder) with sources.",
            metavar="CATALOG.toml|STUDY",
        ),
    ] = None,
    data_root: DataRoot = None,
    atlas: OwnAtlas = None,
    budget: Annotated[
        str | None,
        typer.Option(
            help="Time until no training is begun any more, looking and scoring included: 90s, "
            "10m, 2h. None: a prediction only.",
            metavar="TIME",
        ),
    ] = None,
    epochs: Annotated[int, typer.Option(min=3, help="Epochs of a whole training.")] = 10,
    image_size: Annotated[
        int | None, typer.Option(min=8, help="Pixels that networks see; by default up to 112.")
    ] = None,
    scored: Annotated[int, typer.Option(min=8, help="Images that are scored, at most.")] = 2000,
    download: Annotated[bool, typer.Option("--download", help="Fetch weights.")] = False,
    skip_unreadable: SkipUnreadable = False,
    device: Device = "auto",
    out: Annotated[
        Path | None, typer.Option(help="Folder of the answer; by default <name>-start.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Say which network and weights to start from for your images, and how sure that is."""
    from warmstart.cli.progress import listening
    from warmstart.cli.target_options import columns_of, settings_of
    from warmstart.core.durations import seconds_of
    from warmstart.recommendation.recommend import recommend as find

    with listening() as listener:
        found = find(
            images,
            labels=labels,
            columns=columns_of(path_column, label_column, label_columns, group_column),
            settings=settings_of(settings),
            sources=sources,
            data_root=data_root,
            atlas=own_atlas(atlas),
            budget=None if budget is None else seconds_of(budget, "--budget"),
            epochs=epochs,
            image_size=image_size,
            most=scored,
            download=download,
            skip_unreadable=skip_unreadable,
            device=device,
            out=out,
            listener=listener,
        )
    typer.echo(json.dumps(found.to_dict(), indent=1) if as_json else str(found))
    if not as_json:
        typer.echo(f"\nEverything is in {found.folder}")
