"""``warmstart measures run``."""

from typing import Annotated

import typer

from warmstart.cli.options import Changes, DataRoot, Out, StudyFile, results_folder


def run_measures(
    study_file: StudyFile,
    only: Annotated[
        str | None, typer.Option(help="Names of measures, separated by commas; all by default.")
    ] = None,
    images: Annotated[
        int, typer.Option(min=8, help="Images of a dataset that are looked at, at most.")
    ] = 2000,
    changes: Changes = None,
    data_root: DataRoot = None,
    out: Out = None,
) -> None:
    """Measure every source-target pair of a study: scores, distances, properties."""
    from warmstart.cli.progress import listening
    from warmstart.studies.measuring import best_lines, measure_study
    from warmstart.studies.options import Options
    from warmstart.studies.study_file import read_study

    study = read_study(study_file, tuple(changes or ()))
    folder = results_folder(study_file, out)
    options = Options(base=data_root or study_file.parent, out=folder)
    names = None if only is None else [name.strip() for name in only.split(",")]
    with listening() as listener:
        table = measure_study(study, options, listener, only=names, most=images)
    for line in best_lines(table):
        typer.echo(line)
    typer.echo(f"Measures: {folder / 'measures.csv'} ({len(table):,} rows)")
    typer.echo(
        "`warmstart study report` shows them beside the results, `warmstart evidence` judges them."
    )
