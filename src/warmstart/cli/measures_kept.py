"""``warmstart measures kept``."""

from typing import Annotated

import typer

from warmstart.cli.options import Changes, DataRoot, Out, StudyFile, results_folder


def kept(
    study_file: StudyFile,
    images: Annotated[
        int, typer.Option(min=8, help="Images of a target that are looked at, at most.")
    ] = 100,
    changes: Changes = None,
    data_root: DataRoot = None,
    out: Out = None,
) -> None:
    """Measure how much of its start each run of a study kept; claims are judged by it."""
    from warmstart.cli.progress import listening
    from warmstart.studies.kept import measure_kept
    from warmstart.studies.options import Options
    from warmstart.studies.study_file import read_study

    study = read_study(study_file, tuple(changes or ()))
    folder = results_folder(study_file, out)
    options = Options(base=data_root or study_file.parent, out=folder)
    with listening() as listener:
        table = measure_kept(study, options, listener, most=images)
    means = table.groupby(["network", "source", "stage"], sort=False)[["kept", "unrelated"]].mean()
    typer.echo(means.round(3).to_string())
    typer.echo(f"Kept: {folder / 'kept.csv'}; `warmstart study report` judges claims by it")
